//! Sign-in for a single-page application, in a popup.

use http::StatusCode;

use super::world::{CALLBACK, World, sign_in};

const SPA: &str = "https://spa.example.com";

#[tokio::test]
async fn popup_messages_the_opener_at_its_exact_origin() {
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
async fn access_token_is_handed_to_the_opener_only_if_enabled() {
    let world = World::with(sign_in().opener(SPA).hand_over_access_token()).await;
    let mut browser = world.browser();
    let callback = world
        .attempt(&mut browser, "/login?mode=popup", "admin")
        .await;
    let page = browser.get(&callback.url()).await;
    let (_, rest) = page.text.split_once("accessToken&quot;:&quot;").unwrap();
    let token = rest.split("&quot;").next().unwrap();
    assert!(world.okta.verify(token).await.is_ok());
    // A sign-in without a popup hands nothing over.
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
async fn popup_reports_a_failure_to_the_opener() {
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
async fn rejected_popup_code_is_retried_once_then_reported() {
    let world = World::with(sign_in().opener(SPA)).await;
    for (is_refused_again, reported) in [(false, "signed-in"), (true, "sign-in-failed")] {
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
        let message = format!("okta-tower:{reported}");
        assert!(page.text.contains(&message), "{}", page.text);
    }
}

#[tokio::test]
async fn popup_without_a_configured_opener_is_rejected() {
    let world = World::new().await;
    let refused = world.browser().get("/login?mode=popup").await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
}
