//! Logout: the local session ends first and always, then the session at Okta.

use http::{Request, StatusCode, header};
use okta_tower::Body;
use okta_tower_test::{Endpoint, Fault};

use super::world::{World, sign_in};

#[tokio::test]
async fn logout_ends_the_session_and_posts_to_okta() {
    let world = World::with(sign_in().offline_access()).await;
    let mut browser = world.signed_in("admin").await;
    let mut thief = browser.clone();
    let page = browser.post("/logout", "", "same-origin").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("name=\"id_token_hint\""));
    assert!(page.text.contains("/v1/logout\""));
    assert_eq!(world.issuer.requests(Endpoint::Revoke), 1);
    assert!(browser.cookies.is_empty());
    assert_eq!(browser.fetch("/").await.status, StatusCode::UNAUTHORIZED);
    // A copy of the cookie is rejected too.
    assert_eq!(thief.fetch("/").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn cross_site_logout_is_rejected() {
    let world = World::new().await;
    let mut browser = world.signed_in("admin").await;
    for site in ["cross-site", "same-site"] {
        let refused = browser.post("/logout", "", site).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{site}");
        assert_eq!(browser.fetch("/").await.status, StatusCode::OK);
    }
    let by_get = browser.get("/logout").await;
    assert_eq!(
        (by_get.status, &by_get.headers[header::ALLOW]),
        (StatusCode::METHOD_NOT_ALLOWED, &"POST".parse().unwrap())
    );
    assert_eq!(browser.fetch("/").await.status, StatusCode::OK);
    assert_eq!(
        browser.post("/logout", "", "same-origin").await.status,
        StatusCode::OK
    );
    assert_eq!(browser.fetch("/").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn logout_by_get_works_if_enabled() {
    let world = World::with(sign_in().logout_by_get()).await;
    let mut browser = world.signed_in("admin").await;
    assert_eq!(browser.get("/logout").await.status, StatusCode::OK);
    assert_eq!(browser.fetch("/").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn logout_by_fetch_gets_no_page() {
    let world = World::new().await;
    let mut browser = world.signed_in("admin").await;
    let request = Request::post("/logout")
        .header("sec-fetch-site", "same-origin")
        .header("sec-fetch-mode", "cors");
    let done = browser.send(request.body(Body::default()).unwrap()).await;
    assert_eq!((done.status, &*done.text), (StatusCode::NO_CONTENT, ""));
    assert_eq!(browser.fetch("/").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn logout_during_an_outage_ends_the_session() {
    for fault in [
        Fault::Close,
        Fault::Status(StatusCode::SERVICE_UNAVAILABLE),
        Fault::Status(StatusCode::BAD_REQUEST),
    ] {
        let world = World::with(sign_in().offline_access()).await;
        let mut browser = world.signed_in("admin").await;
        world.issuer.fault(Endpoint::Revoke, fault.clone());
        assert_eq!(
            browser.post("/logout", "", "same-origin").await.status,
            StatusCode::OK
        );
        assert_eq!(
            browser.fetch("/").await.status,
            StatusCode::UNAUTHORIZED,
            "{fault:?}"
        );
    }
}

#[tokio::test]
async fn hanging_revocation_is_awaited_two_seconds() {
    let world = World::with(sign_in().offline_access()).await;
    let mut browser = world.signed_in("admin").await;
    world.issuer.fault(Endpoint::Revoke, Fault::Hang);
    let clock = world.clock.clone();
    let leaving = tokio::spawn(async move {
        let page = browser.post("/logout", "", "same-origin").await;
        (browser, page)
    });
    world.issuer.wait_for_requests(Endpoint::Revoke, 1).await;
    clock.advance(std::time::Duration::from_secs(2));
    let (mut browser, page) = leaving.await.unwrap();
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(browser.fetch("/").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn logout_without_a_session_redirects_home() {
    let world = World::new().await;
    let mut browser = world.browser();
    let home = browser.post("/logout", "", "same-origin").await;
    assert_eq!(
        (home.status, home.location()),
        (StatusCode::SEE_OTHER, "http://localhost:3000/")
    );
}
