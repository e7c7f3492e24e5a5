//! The form-post plan: what it has beyond the modules of the basic plan, which run in both modes.

use http::StatusCode;
use okta_tower::ResponseMode;

use super::world::{carry, is_signed_in, world};

/// `oidcc-client-test-form-post-error`
#[tokio::test]
async fn form_post_error_of_prompt_none_shows_a_page() {
    let world = world(ResponseMode::FormPost).await;
    let mut browser = world.browser();
    let started = browser.get("/login?prompt=none&max_age=0").await;
    let asked = |name: &str| started.parameter(name);
    assert_eq!(asked("prompt").as_deref(), Some("none"));
    assert_eq!(asked("response_mode").as_deref(), Some("form_post"));
    world
        .issuer
        .refuse_automatically("login_required", "The client specified not to prompt.");
    let callback = world.issuer.authorize(started.location());
    assert_eq!(callback.get("error"), Some("login_required"));
    let page = carry(&mut browser, &callback).await;
    assert_eq!(page.status, StatusCode::UNAUTHORIZED, "{page:?}");
    assert!(page.text.contains("You are not signed in"), "{}", page.text);
    assert!(!page.text.contains("The client specified"), "{}", page.text);
    assert!(!is_signed_in(&mut browser).await);
    assert_eq!(world.issuer.token_requests("authorization_code"), 0);
    // A user whom the issuer knows needs no prompt.
    world.issuer.sign_in_automatically_as("admin");
    let started = browser.get("/login?prompt=none").await;
    let callback = world.issuer.authorize(started.location());
    carry(&mut browser, &callback).await;
    assert!(is_signed_in(&mut browser).await);
}
