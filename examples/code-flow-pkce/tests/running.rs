//! The started program: with tokens, with sessions, and in a real browser.

use cross_tests::{attempts::answered_as_expected, visitor::Visitor};
use okta_tower_test::Issuer;
use reqwest::{Client, Method, StatusCode};
use scaffold::{Started, browser, world::until};

const PROGRAM: &str = env!("CARGO_BIN_EXE_code-flow-pkce");
const FOLDER: &str = env!("CARGO_TARGET_TMPDIR");

fn start(variables: &[(&str, &str)]) -> Started {
    let mut all = vec![("EXAMPLE_ADDR", "localhost:0")];
    all.extend_from_slice(variables);
    Started::start(PROGRAM, FOLDER, &all)
}

async fn at(issuer: &Issuer, variables: &[(&str, &str)]) -> Started {
    issuer.sign_in_automatically_as("viewer");
    Started::at(
        issuer,
        PROGRAM,
        FOLDER,
        "/authorization-code/callback",
        variables,
    )
}

#[tokio::test]
async fn printed_requests_get_their_status_and_no_token_401() {
    let program = start(&[]);
    let url = format!("{}/read-items", program.url());
    let attempts = program.attempts();
    let attempts = attempts.map(|attempt| (attempt.authorization(), attempt.expected));
    assert_eq!(answered_as_expected(&url, attempts).await, 2);
    let anonymous = Client::new().get(&url).send().await.unwrap();
    assert_eq!(anonymous.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn token_for_another_audience_is_rejected() {
    let issuer = Issuer::start().await;
    let program = at(&issuer, &[]).await;
    let url = format!("{}/read-items", program.url());
    for (audience, status) in [
        (issuer.audience(), StatusCode::OK),
        ("api://another", StatusCode::UNAUTHORIZED),
    ] {
        let token = issuer.token().audience(audience).sign();
        let ask = || Client::new().get(&url).bearer_auth(&token).send();
        // The program listens before it has the issuer's keys.
        let is_ready = async || ask().await.unwrap().status() != StatusCode::SERVICE_UNAVAILABLE;
        until(is_ready).await;
        assert_eq!(ask().await.unwrap().status(), status, "{audience}");
    }
}

#[tokio::test]
async fn authorization_request_has_pkce_and_chosen_options() {
    let issuer = Issuer::start().await;
    for (variables, mode, prompt) in [
        (&[][..], None, None),
        (
            &[
                ("EXAMPLE_RESPONSE_MODE", "form_post"),
                ("OKTA_PROMPT", "login"),
            ],
            Some("form_post"),
            Some("login"),
        ),
    ] {
        let program = at(&issuer, variables).await;
        let client = Client::builder().redirect(reqwest::redirect::Policy::none());
        let login = format!("{}/login", program.url());
        let answer = client.build().unwrap().get(login).send().await.unwrap();
        let location = answer.headers()["location"].to_str().unwrap();
        let location = reqwest::Url::parse(location).unwrap();
        let value = |name: &str| {
            let mut pairs = location.query_pairs();
            pairs.find_map(|(key, value)| (key == name).then(|| value.into_owned()))
        };
        assert_eq!(value("code_challenge_method").as_deref(), Some("S256"));
        assert!(value("code_challenge").is_some_and(|challenge| challenge.len() == 43));
        assert!(value("state").is_some() && value("nonce").is_some());
        let sent = value("response_mode").filter(|mode| mode != "query");
        assert_eq!(sent.as_deref(), mode);
        assert_eq!(value("prompt").as_deref(), prompt);
    }
}

#[tokio::test]
async fn access_token_is_shown_only_in_development() {
    let issuer = Issuer::start().await;
    for (variables, is_shown) in [(&[][..], false), (&[("EXAMPLE_DEVELOPMENT", "true")], true)] {
        let program = at(&issuer, variables).await;
        let visitor = Visitor::new();
        let page = visitor.open(&format!("{}/profile", program.url())).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.text.contains("viewer@example.com"));
        assert_eq!(page.text.contains("<textarea"), is_shown);
        assert_eq!(page.text.contains("eyJ"), is_shown);
    }
}

#[test]
fn development_mode_on_public_address_is_rejected() {
    let variables = [
        ("EXAMPLE_ADDR", "0.0.0.0:0"),
        ("EXAMPLE_DEVELOPMENT", "true"),
        ("OKTA_OAUTH2_ISSUER", "https://127.0.0.1:1/oauth2/default"),
        ("OKTA_OAUTH2_CLIENT_ID", "0oa1"),
        ("OKTA_OAUTH2_CLIENT_SECRET", "a-secret"),
    ];
    let refusal = Started::refusal(PROGRAM, FOLDER, &variables);
    assert!(refusal.contains("EXAMPLE_DEVELOPMENT"), "{refusal}");
}

#[tokio::test]
async fn outage_keeps_sessions_and_admits_no_new_user() {
    let issuer = Issuer::start().await;
    let program = at(&issuer, &[]).await;
    let (known, profile) = (Visitor::new(), format!("{}/profile", program.url()));
    assert_eq!(known.open(&profile).await.status, StatusCode::OK);
    issuer.stop_listening().await;

    assert_eq!(known.open(&profile).await.status, StatusCode::OK);
    let items = format!("{}/read-items", program.url());
    let answer = known.ask(Method::GET, &items).await.unwrap();
    assert_eq!(answer.status, StatusCode::OK);
    // A new visitor is sent to Okta, which does not respond, and is not let in.
    let answer = Visitor::new().ask(Method::GET, &items).await.unwrap();
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);

    known
        .ask(Method::POST, &format!("{}/logout", program.url()))
        .await
        .unwrap();
    let answer = known.ask(Method::GET, &items).await.unwrap();
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}

#[test]
fn each_role_sees_its_claims_and_signs_out() {
    for scenario in [
        "each_role_reads_its_own_claims",
        "sign_in_works_by_keyboard",
    ] {
        let program = start(&[("EXAMPLE_DEVELOPMENT", "true")]);
        browser::play("code-flow-pkce", scenario, program.url(), &[]);
    }
}

#[test]
fn form_post_response_mode_signs_in_a_browser() {
    let program = start(&[("EXAMPLE_RESPONSE_MODE", "form_post")]);
    let scenario = "each_role_reads_its_own_claims";
    browser::play("code-flow-pkce", scenario, program.url(), &[]);
}

#[test]
fn built_in_issuer_is_rejected_on_public_addresses() {
    Started::assert_private(PROGRAM, FOLDER, "EXAMPLE_ADDR");
}
