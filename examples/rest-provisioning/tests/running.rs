//! The started program: with tokens over HTTP, and with sessions in a real browser.

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
async fn profile_needs_a_valid_token() {
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

    // Only the signature differs.
    let (rest, signature) = authorization.rsplit_once('.').unwrap();
    let first = if signature.starts_with('A') { 'B' } else { 'A' };
    let changed = format!("{rest}.{first}{}", &signature[1..]);
    let refused = ask(Some(changed)).await.unwrap();
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    let anonymous = ask(None).await.unwrap();
    assert_eq!(anonymous.status(), StatusCode::UNAUTHORIZED);
}

#[test]
fn signed_in_user_keeps_the_row_until_sign_out() {
    let program = start();
    let url = program.url();
    let scenario = "user_is_created_and_found_again";
    browser::play("rest-provisioning", scenario, url, &[]);
}

#[tokio::test]
async fn token_during_outage_is_503_and_no_token_401() {
    let other = start();
    let token = other.attempts().next().expect("a command");
    let token = token.authorization().to_owned();
    let program = Started::start(
        env!("CARGO_BIN_EXE_rest-provisioning"),
        env!("CARGO_TARGET_TMPDIR"),
        &[
            // Nothing listens on this port.
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
    let anonymous = Client::new().get(&url).send().await.unwrap();
    assert_eq!(anonymous.status(), StatusCode::UNAUTHORIZED);
}

#[test]
fn each_role_has_a_row_that_its_token_finds() {
    let program = start();
    let scenario = "each_role_has_its_own_row";
    let token = program.attempts().next().expect("a command");
    let viewer = [("viewer", token.authorization())];
    browser::play("rest-provisioning", scenario, program.url(), &viewer);
}

#[test]
fn social_sign_in_uses_its_identity_provider() {
    let program = start();
    let scenario = "social_sign_in_uses_its_identity_provider";
    browser::play("rest-provisioning", scenario, program.url(), &[]);
}

#[test]
fn public_forms_work_by_keyboard_and_reveal_nothing() {
    let program = start();
    let scenario = "forms_do_not_reveal_accounts";
    browser::play("rest-provisioning", scenario, program.url(), &[]);
}

#[test]
fn built_in_issuer_is_rejected_on_public_addresses() {
    Started::assert_private(
        env!("CARGO_BIN_EXE_rest-provisioning"),
        env!("CARGO_TARGET_TMPDIR"),
        "EXAMPLE_ADDR",
    );
}
