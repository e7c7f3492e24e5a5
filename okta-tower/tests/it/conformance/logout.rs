//! The plan `oidcc-client-rp-initiated-logout`: the `state` of a sign-out. Back-channel logout is
//! not supported.

use http::{StatusCode, header};
use okta_tower::ResponseMode;

use super::Party;
use crate::{
    sign_in::world::{Browser, Seen, sign_in},
    world::log::Log,
};

const COOKIE: &str = "okta_session-logout";

/// Signs in and out, up to the issuer. Returns the `state` of the logout request.
async fn signed_out(party: &Party) -> (Browser, String) {
    let (mut browser, answered) = party.callback().await;
    browser.get(answered.location()).await;
    let page = browser.post("/logout", "", "same-origin").await;
    let state = page.text.split("name=\"state\" value=\"").nth(1);
    let state = state.unwrap().split('"').next().unwrap().to_owned();
    assert_eq!(browser.fetch("/").await.status, StatusCode::UNAUTHORIZED);
    (browser, state)
}

async fn party() -> Party {
    Party::new(ResponseMode::Query).await
}

/// The return is answered by a redirect to the page without `state`, and is not checked again.
fn assert_ends_on_the_page(browser: &Browser, seen: &Seen) {
    assert_eq!(seen.status, StatusCode::SEE_OTHER, "{seen:?}");
    assert_eq!(seen.location(), "http://localhost:3000/");
    assert!(!browser.cookies.contains_key(COOKIE));
}

/// How often the library has reported a wrong `state`.
fn wrong_states(party: &Party) -> u64 {
    let metrics = party.world.okta.metrics();
    metrics
        .get("okta_tower_sign_ins_total", "unknown_state")
        .unwrap()
}

/// Suite: `oidcc-client-test-rp-init-logout`.
#[tokio::test]
async fn state_of_a_sign_out_is_accepted() {
    let party = party().await;
    let (mut browser, state) = signed_out(&party).await;
    assert!(state.len() >= 22, "{state}");
    let seen = browser.get(&format!("/?state={state}")).await;
    assert_ends_on_the_page(&browser, &seen);
    assert_eq!(wrong_states(&party), 0);
    // Each sign-out has its own.
    assert_ne!(signed_out(&party).await.1, state);
}

/// Suite: `oidcc-client-test-rp-init-logout-other-state`. The session has ended before, so the
/// user still gets to the page.
#[tokio::test]
async fn other_state_of_a_sign_out_is_reported() {
    let party = party().await;
    let log = Log::capture();
    for (number, other) in ["another", "", &"a".repeat(2000)].into_iter().enumerate() {
        let (mut browser, _) = signed_out(&party).await;
        let seen = browser.get(&format!("/?state={other}")).await;
        assert_ends_on_the_page(&browser, &seen);
        assert_eq!(wrong_states(&party), number as u64 + 1, "{other}");
    }
    let written = log.take().concat();
    assert!(
        written.contains("unknown_state") && !written.contains("another"),
        "{written}"
    );
}

/// Suite: `oidcc-client-test-rp-init-logout-no-state`. Nothing tells the return from any other
/// visit of the page.
#[tokio::test]
async fn return_without_state_reaches_the_application() {
    let party = party().await;
    let (mut browser, _) = signed_out(&party).await;
    let seen = browser.get("/").await;
    // The application's page requires a session: the layer leads to the sign-in.
    assert!(seen.is_sent_to_okta(&party.world) || seen.location().contains("/login"));
    assert_eq!(wrong_states(&party), 0);
}

#[tokio::test]
async fn state_that_is_the_applications_own_reaches_it() {
    let party = party().await;
    let own = ["/?state=a&code=b", "/?code=b&state=a", "/other?state=a"];
    for path in own {
        let (mut browser, _) = signed_out(&party).await;
        let seen = browser.get(path).await;
        assert!(seen.location().contains("/login"), "{path}: {seen:?}");
        assert!(browser.cookies.contains_key(COOKIE), "{path}");
    }
    // Without a sign-out under way, every `state` is.
    let mut browser = party.world.browser();
    let seen = browser.get("/?state=a").await;
    assert!(seen.location().contains("/login"), "{seen:?}");
    assert_eq!(wrong_states(&party), 0);
}

#[tokio::test]
async fn script_gets_the_state_in_the_url_and_in_the_cookie() {
    let party = party().await;
    let (mut browser, answered) = party.callback().await;
    browser.get(answered.location()).await;
    let request = http::Request::post("/logout")
        .header("sec-fetch-site", "same-origin")
        .header("sec-fetch-mode", "cors")
        .header(header::ACCEPT, "application/json");
    let seen = browser
        .send(request.body(okta_tower::Body::default()).unwrap())
        .await;
    let json: serde_json::Value = serde_json::from_str(&seen.text).unwrap();
    let url = url::Url::parse(json["url"].as_str().unwrap()).unwrap();
    let state = url
        .query_pairs()
        .find(|(name, _)| name == "state")
        .unwrap()
        .1
        .into_owned();
    assert_eq!(browser.cookies[COOKIE], state);
    let seen = browser.get(&format!("/?state={state}")).await;
    assert_ends_on_the_page(&browser, &seen);
    assert_eq!(wrong_states(&party), 0);
}

#[tokio::test]
async fn configured_page_with_a_query_keeps_it() {
    let home = "http://localhost:3000/bye?from=okta";
    let settings = sign_in().post_logout_redirect_uri(home);
    let party = Party::with(ResponseMode::Query, settings).await;
    let (mut browser, state) = signed_out(&party).await;
    let seen = browser.get(&format!("/bye?from=okta&state={state}")).await;
    assert_eq!(
        (seen.status, seen.location()),
        (StatusCode::SEE_OTHER, home)
    );
    assert_eq!(wrong_states(&party), 0);
}
