//! HEAD on the paths of sign-in: as GET, without an effect.

use http::{Request, StatusCode, header};
use okta_tower::Body;

use super::world::{Browser, Seen, World, sign_in};

async fn head(browser: &mut Browser, url: &str) -> Seen {
    let path = url.strip_prefix(super::world::ORIGIN).unwrap_or(url);
    let request = Request::head(path).body(Body::default()).unwrap();
    browser.send(request).await
}

#[tokio::test]
async fn head_is_answered_as_get_without_content_or_cookies() {
    let world = World::with(sign_in().logout_by_get()).await;
    let mut browser = world.browser();
    for (path, status) in [
        ("/login", StatusCode::SEE_OTHER),
        ("/login/done", StatusCode::SEE_OTHER),
        (
            "/authorization-code/callback?code=x&state=y",
            StatusCode::SEE_OTHER,
        ),
        ("/logout", StatusCode::SEE_OTHER),
        ("/session", StatusCode::UNAUTHORIZED),
    ] {
        let seen = head(&mut browser, path).await;
        assert_eq!((seen.status, &*seen.text), (status, ""), "{path}");
        assert!(!seen.headers.contains_key(header::SET_COOKIE), "{path}");
    }
    let mut browser = world.signed_in("admin").await;
    let seen = head(&mut browser, "/session").await;
    assert_eq!((seen.status, &*seen.text), (StatusCode::OK, ""));
}

#[tokio::test]
async fn head_of_a_callback_leaves_the_code_to_get() {
    let world = World::new().await;
    let mut browser = world.browser();
    let callback = world.attempt(&mut browser, "/login", "admin").await;
    head(&mut browser, &callback.url()).await;
    assert_eq!(world.issuer.token_requests("authorization_code"), 0);
    assert_eq!(browser.attempts(), 1);
    assert_eq!(
        browser.get(&callback.url()).await.status,
        StatusCode::SEE_OTHER
    );
    assert_eq!(browser.get("/").await.status, StatusCode::OK);
}

#[tokio::test]
async fn head_of_a_logout_link_ends_no_session() {
    let world = World::with(sign_in().logout_by_get()).await;
    let mut browser = world.signed_in("admin").await;
    head(&mut browser, "/logout").await;
    assert_eq!(browser.fetch("/").await.status, StatusCode::OK);
    // Without the setting, GET and HEAD are not allowed.
    let world = World::new().await;
    let seen = head(&mut world.browser(), "/logout").await;
    assert_eq!(seen.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(seen.headers[header::ALLOW], "POST");
}
