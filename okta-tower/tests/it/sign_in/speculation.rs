//! Requests that a browser sends before the user asks: they start and end nothing.

use http::{Request, StatusCode, header};
use okta_tower::Body;
use okta_tower_test::Endpoint;

use super::world::{Browser, ORIGIN, Seen, World, sign_in};

const PREFETCH: &str = "prefetch;prerender";

async fn prefetch(browser: &mut Browser, url: &str) -> Seen {
    let path = url.strip_prefix(ORIGIN).unwrap_or(url);
    let request = Request::get(path)
        .header("sec-purpose", PREFETCH)
        .header("sec-fetch-mode", "navigate")
        .header("sec-fetch-dest", "document");
    browser.send(request.body(Body::default()).unwrap()).await
}

#[tokio::test]
async fn prefetched_links_leave_the_sign_in_under_way() {
    let world = World::new().await;
    let mut browser = world.browser();
    let callback = world
        .attempt(&mut browser, "/login?return_to=/a", "admin")
        .await;
    let attempt = browser.cookies.clone();
    for link in 0..6 {
        let link = format!("/page/{link}");
        let seen = prefetch(&mut browser, &link).await;
        assert_eq!(seen.status, StatusCode::UNAUTHORIZED);
        assert!(!seen.headers.contains_key(header::LOCATION));
        assert_eq!(seen.headers[header::CACHE_CONTROL], "private, no-store");
        let login = prefetch(&mut browser, &format!("/login?return_to={link}")).await;
        assert_eq!(login.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(login.headers[header::CACHE_CONTROL], "no-store");
    }
    assert_eq!(browser.cookies, attempt);
    // Even the callback waits for the user.
    prefetch(&mut browser, &callback.url()).await;
    assert_eq!(world.issuer.token_requests("authorization_code"), 0);
    let answered = browser.get(&callback.url()).await;
    let done = browser.get(answered.location()).await;
    assert_eq!(done.location(), "http://localhost:3000/a");
}

#[tokio::test]
async fn prefetched_logout_link_ends_no_session() {
    let world = World::with(sign_in().logout_by_get().offline_access()).await;
    let mut browser = world.signed_in("admin").await;
    let seen = prefetch(&mut browser, "/logout").await;
    assert_eq!(seen.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(world.issuer.requests(Endpoint::Revoke), 0);
    assert_eq!(browser.fetch("/").await.status, StatusCode::OK);
    // The page that is prerendered with a session may read who is signed in.
    assert_eq!(
        prefetch(&mut browser, "/session").await.status,
        StatusCode::OK
    );
    assert_eq!(prefetch(&mut browser, "/").await.status, StatusCode::OK);
    browser.get("/logout").await;
    assert_eq!(browser.fetch("/").await.status, StatusCode::UNAUTHORIZED);
}
