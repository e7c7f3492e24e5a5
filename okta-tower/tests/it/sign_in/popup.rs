//! Signing in for a single-page application, in a window of its own.

use http::StatusCode;

use super::world::{CALLBACK, World, sign_in};

const SPA: &str = "https://spa.example.com";

#[tokio::test]
async fn the_opener_is_told_at_its_exact_origin_and_the_cookie_is_set() {
    let world = World::with(sign_in().opener(SPA)).await;
    let mut browser = world.browser();
    let callback = world
        .attempt(&mut browser, "/login?mode=popup", "admin")
        .await;
    let page = browser.get(&callback.url()).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(
        page.text.contains("okta-tower:signed-in")
            && page
                .text
                .contains("data-origin=\"https://spa.example.com\"")
    );
    assert!(!page.text.contains("accessToken"));
    assert_eq!(
        browser.get("/").await.text,
        "admin@example.com admin Session"
    );
}

#[tokio::test]
async fn the_access_token_is_handed_over_only_where_that_was_switched_on() {
    let world = World::with(sign_in().opener(SPA).hand_over_access_token()).await;
    let mut browser = world.browser();
    let callback = world
        .attempt(&mut browser, "/login?mode=popup", "admin")
        .await;
    let page = browser.get(&callback.url()).await;
    let (_, rest) = page.text.split_once("accessToken&quot;:&quot;").unwrap();
    let token = rest.split("&quot;").next().unwrap();
    assert!(world.okta.verify(token).await.is_ok());
    // A sign-in in the same window hands nothing over.
    let callback = world.attempt(&mut browser, "/login", "admin").await;
    assert!(
        !browser
            .get(&callback.url())
            .await
            .text
            .contains("accessToken")
    );
}

#[tokio::test]
async fn the_opener_is_told_of_a_failure_too() {
    let world = World::with(sign_in().opener(SPA)).await;
    let mut browser = world.browser();
    let started = browser.get("/login?mode=popup").await;
    let state = started.parameter("state").unwrap();
    let page = browser
        .get(&format!("{CALLBACK}?error=access_denied&state={state}"))
        .await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(page.text.contains("okta-tower:sign-in-failed") && page.text.contains("cancelled"));
}

#[tokio::test]
async fn a_refused_code_costs_a_popup_one_more_round_and_then_its_opener_is_told() {
    let world = World::with(sign_in().opener(SPA)).await;
    for (is_refused_again, told) in [(false, "signed-in"), (true, "sign-in-failed")] {
        let mut browser = world.browser();
        let login = "/login?mode=popup";
        let callback = world.attempt(&mut browser, login, "admin").await;
        world.refuse_next_code();
        let again = browser.get(&callback.url()).await;
        assert!(again.is_sent_to_okta(&world), "{again:?}");
        let callback = world.issuer.authorize_as("admin", again.location());
        if is_refused_again {
            world.refuse_next_code();
        }
        let page = browser.get(&callback.url()).await;
        let message = format!("okta-tower:{told}");
        assert!(page.text.contains(&message), "{}", page.text);
    }
}

#[tokio::test]
async fn without_an_opener_there_are_no_popups() {
    let world = World::new().await;
    let refused = world.browser().get("/login?mode=popup").await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
}
