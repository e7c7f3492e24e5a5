//! The started program: the API, CORS, and the front end in a real browser.

use std::process::Command;

use cross_tests::attempts::answered_as_expected;
use okta_tower_test::Issuer;
use reqwest::{Client, Method, StatusCode, header};
use scaffold::{Started, browser, tools, world::until};

const PROGRAM: &str = env!("CARGO_BIN_EXE_spa-popup");
const FOLDER: &str = env!("CARGO_TARGET_TMPDIR");
const FRONTEND: &str = "http://localhost:5173";
/// Without the front end.
const ELSEWHERE: (&str, &str) = ("EXAMPLE_FRONTEND", "none");

/// Starts the program with its front end. If that cannot be built, prints a notice and returns
/// `None`.
fn with_front_end(variables: &[(&str, &str)]) -> Option<(Started, String)> {
    // The program builds its front end too, but then only says that it failed.
    let build = concat!(env!("CARGO_MANIFEST_DIR"), "/web/build");
    let built = tools::require(&["bash", "node", "npm"]).and_then(|()| {
        let built = Command::new("bash").arg(build).output();
        match built {
            Ok(output) if output.status.success() => Ok(()),
            Ok(output) => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
            Err(error) => Err(error.to_string()),
        }
    });
    if let Err(why) = built {
        tools::skip("the front end", &why);
        return None;
    }
    let mut all = vec![
        ("EXAMPLE_ADDR", "localhost:0"),
        ("EXAMPLE_FRONTEND", "localhost:0"),
    ];
    all.extend_from_slice(variables);
    let program = Started::start(PROGRAM, FOLDER, &all);
    let page = program.line("To sign in, open this in a browser:  ");
    let front_end = page.trim_end_matches('/').to_owned();
    Some((program, front_end))
}

fn play(scenario: &str, variables: &[(&str, &str)]) {
    if let Some((program, front_end)) = with_front_end(variables) {
        let more = [("backend", program.url())];
        browser::play("spa-popup", scenario, &front_end, &more);
    }
}

#[tokio::test]
async fn printed_requests_get_their_status_and_no_token_401() {
    let program = Started::start(PROGRAM, FOLDER, &[ELSEWHERE]);
    let url = format!("{}/secure-data", program.url());
    let attempts = program.attempts();
    let attempts = attempts.map(|attempt| (attempt.authorization(), attempt.expected));
    assert_eq!(answered_as_expected(&url, attempts).await, 2);
    let anonymous = Client::new().get(&url).send().await.unwrap();
    assert_eq!(anonymous.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn only_the_front_end_origin_may_read_responses() {
    let program = Started::start(PROGRAM, FOLDER, &[ELSEWHERE]);
    let url = format!("{}/secure-data", program.url());
    let allowed = header::ACCESS_CONTROL_ALLOW_ORIGIN;
    for (origin, is_allowed) in [(FRONTEND, true), ("http://localhost:5174", false)] {
        let preflight = Client::new()
            .request(Method::OPTIONS, &url)
            .header(header::ORIGIN, origin)
            .header(header::ACCESS_CONTROL_REQUEST_METHOD, "GET")
            .header(header::ACCESS_CONTROL_REQUEST_HEADERS, "authorization");
        let refused = Client::new().get(&url).header(header::ORIGIN, origin);
        for (request, status) in [
            (preflight, StatusCode::OK),
            (refused, StatusCode::UNAUTHORIZED),
        ] {
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status(), status);
            let allows = answer
                .headers()
                .get(&allowed)
                .map(header::HeaderValue::as_bytes);
            assert_eq!(allows == Some(origin.as_bytes()), is_allowed, "{origin}");
        }
    }
}

#[tokio::test]
async fn valid_token_during_outage_is_accepted() {
    let issuer = Issuer::start().await;
    let variables = [ELSEWHERE];
    let callback = "/signin-oidc";
    let program = Started::at(&issuer, PROGRAM, FOLDER, callback, &variables);
    let url = format!("{}/secure-data", program.url());
    let token = issuer.token().sign();
    let ask = || Client::new().get(&url).bearer_auth(&token).send();
    // The program listens before it has the issuer's keys.
    until(async || ask().await.unwrap().status() == StatusCode::OK).await;
    issuer.stop_listening().await;
    assert_eq!(ask().await.unwrap().status(), StatusCode::OK);
    let bad = Client::new().get(&url).bearer_auth(format!("{token}x"));
    assert_eq!(bad.send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
}

#[test]
fn each_role_signs_in_by_popup_and_signs_out() {
    play("each_role_signs_in_and_out", &[]);
}

#[test]
fn token_is_stored_only_if_configured() {
    play("token_in_memory_is_lost_on_reload", &[]);
    let local = [("EXAMPLE_TOKEN_STORAGE", "local")];
    play("token_in_local_storage_survives_reload", &local);
}

#[test]
fn rejected_token_asks_for_one_sign_in_without_loop() {
    play("rejected_token_asks_for_one_sign_in", &[]);
}

#[test]
fn failed_popup_sign_in_is_shown_on_the_page() {
    play("failed_sign_in_is_reported", &[]);
}

#[test]
fn built_in_issuer_is_rejected_on_public_addresses() {
    for variable in ["EXAMPLE_ADDR", "EXAMPLE_FRONTEND"] {
        Started::assert_private(PROGRAM, FOLDER, variable);
    }
}
