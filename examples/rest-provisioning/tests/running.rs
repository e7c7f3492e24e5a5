//! The program as it is started: by token over HTTP, and by session in a real browser.

use reqwest::{Client, StatusCode};
use scaffold::{Started, browser};

fn start() -> Started {
    Started::start(
        env!("CARGO_BIN_EXE_rest-provisioning"),
        env!("CARGO_TARGET_TMPDIR"),
        &[("EXAMPLE_ADDR", "localhost:0")],
    )
}

#[tokio::test]
async fn the_profile_is_for_a_good_token_and_not_for_a_changed_one_or_none() {
    let program = start();
    let url = format!("{}/api/profile", program.url());
    let token = program.attempts().next().expect("a command");
    let authorization = token.authorization().to_owned();
    let ask = |authorization: Option<String>| {
        let request = Client::new().get(&url);
        match authorization {
            Some(value) => request.header("authorization", value).send(),
            None => request.send(),
        }
    };
    let good = ask(Some(authorization.clone())).await.unwrap();
    assert_eq!(good.status(), StatusCode::OK);
    let body = good.text().await.unwrap();
    assert!(body.contains("\"local\":null"), "{body}");

    // Its signature, and nothing else, is another.
    let (rest, signature) = authorization.rsplit_once('.').unwrap();
    let first = if signature.starts_with('A') { 'B' } else { 'A' };
    let changed = format!("{rest}.{first}{}", &signature[1..]);
    let refused = ask(Some(changed)).await.unwrap();
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    let nobody = ask(None).await.unwrap();
    assert_eq!(nobody.status(), StatusCode::UNAUTHORIZED);
}

#[test]
fn whoever_signs_in_has_a_row_and_finds_it_again_until_they_sign_out() {
    let program = start();
    let url = program.url();
    let scenario = "a_person_is_created_and_found_again";
    browser::play("rest-provisioning", scenario, url, &[]);
}

#[tokio::test]
async fn with_the_issuer_down_a_token_is_answered_503_and_no_token_401() {
    let other = start();
    let token = other.attempts().next().expect("a command");
    let token = token.authorization().to_owned();
    let program = Started::start(
        env!("CARGO_BIN_EXE_rest-provisioning"),
        env!("CARGO_TARGET_TMPDIR"),
        &[
            // Nobody listens there.
            ("OKTA_OAUTH2_ISSUER", "https://127.0.0.1:1/oauth2/default"),
            ("OKTA_OAUTH2_CLIENT_ID", "0oa1"),
            ("OKTA_OAUTH2_CLIENT_SECRET", "a-secret"),
        ],
    );
    let url = format!("{}/api/profile", program.url());
    let request = Client::new().get(&url).header("authorization", token);
    let down = request.send().await.unwrap();
    assert_eq!(down.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(down.headers().contains_key("retry-after"));
    let nobody = Client::new().get(&url).send().await.unwrap();
    assert_eq!(nobody.status(), StatusCode::UNAUTHORIZED);
}

#[test]
fn every_role_has_a_row_of_its_own_which_a_token_finds_too() {
    let program = start();
    let scenario = "every_role_has_a_row_of_its_own";
    let token = program.attempts().next().expect("a command");
    let viewer = [("viewer", token.authorization())];
    browser::play("rest-provisioning", scenario, program.url(), &viewer);
}

#[test]
fn a_social_sign_in_goes_by_its_identity_provider() {
    let program = start();
    let scenario = "a_social_sign_in_goes_by_its_identity_provider";
    browser::play("rest-provisioning", scenario, program.url(), &[]);
}

#[test]
fn the_public_forms_are_filled_in_by_keyboard_and_answer_everybody_the_same() {
    let program = start();
    let scenario = "the_forms_answer_everybody_the_same";
    browser::play("rest-provisioning", scenario, program.url(), &[]);
}
