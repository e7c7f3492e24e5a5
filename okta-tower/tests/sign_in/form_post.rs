//! Okta's answer as a form that the browser posts.

use http::{Request, StatusCode, header};
use okta_tower::{Body, ResponseMode};

use crate::world::{CALLBACK, World, sign_in};

async fn world() -> World {
    World::with(sign_in().response_mode(ResponseMode::FormPost)).await
}

#[tokio::test]
async fn the_code_comes_in_a_form_of_another_site_and_signs_in() {
    let world = world().await;
    let mut browser = world.browser();
    let started = browser.get("/login?return_to=/a").await;
    assert_eq!(
        started.parameter("response_mode").as_deref(),
        Some("form_post")
    );
    let cookie = started.headers[header::SET_COOKIE].to_str().unwrap();
    assert!(
        cookie.contains("SameSite=None") && cookie.contains("Secure"),
        "{cookie}"
    );
    let callback = world.issuer.authorize_as("admin", started.location());
    let answered = browser.post(CALLBACK, &callback.form(), "cross-site").await;
    assert_eq!(answered.status, StatusCode::SEE_OTHER, "{answered:?}");
    let done = browser.get(answered.location()).await;
    assert_eq!(done.location(), "http://localhost:3000/a");
    assert_eq!(
        browser.get("/").await.text,
        "admin@example.com admin Session"
    );
}

#[tokio::test]
async fn a_refused_code_of_a_form_costs_one_more_round_by_form() {
    let world = world().await;
    let mut browser = world.browser();
    let callback = world
        .attempt(&mut browser, "/login?return_to=/a", "admin")
        .await;
    world.refuse_next_code();
    let again = browser.post(CALLBACK, &callback.form(), "cross-site").await;
    // Which a browser fetches with GET.
    assert_eq!(again.status, StatusCode::SEE_OTHER);
    assert!(again.is_sent_to_okta(&world), "{again:?}");
    let mode = again.parameter("response_mode");
    assert_eq!(mode.as_deref(), Some("form_post"));
    let callback = world.issuer.authorize_as("admin", again.location());
    let answered = browser.post(CALLBACK, &callback.form(), "cross-site").await;
    let done = browser.get(answered.location()).await;
    assert_eq!(done.location(), "http://localhost:3000/a");
}

#[tokio::test]
async fn the_other_mode_and_other_bodies_are_refused() {
    let world = world().await;
    let mut browser = world.browser();
    let callback = world.attempt(&mut browser, "/login", "admin").await;
    let by_get = browser
        .get(&format!("{CALLBACK}?{}", callback.form()))
        .await;
    assert_eq!(by_get.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(by_get.headers[header::ALLOW], "POST");
    let path = "/authorization-code/callback";
    let json = Request::post(path).header(header::CONTENT_TYPE, "application/json");
    let json = browser
        .send(json.body(Body::from(callback.form())).unwrap())
        .await;
    assert_eq!(json.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let long = format!("{}&x={}", callback.form(), "a".repeat(20_000));
    assert_eq!(
        browser.post(path, &long, "cross-site").await.status,
        StatusCode::BAD_REQUEST
    );
    let twice = format!("{}&error=a&error=b", callback.form());
    assert_eq!(
        browser.post(path, &twice, "cross-site").await.status,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        browser
            .post(path, &callback.form(), "cross-site")
            .await
            .status,
        StatusCode::SEE_OTHER
    );
}

#[tokio::test]
async fn a_browser_that_keeps_no_secure_cookie_on_plain_http_is_told_so() {
    let world = world().await;
    let mut browser = world.browser();
    for is_last in [false, true] {
        let callback = world.attempt(&mut browser, "/login", "admin").await;
        browser.cookies.clear();
        let answered = browser.post(CALLBACK, &callback.form(), "cross-site").await;
        assert!(answered.is_sent_to_okta(&world));
        let callback = world.issuer.authorize_as("admin", answered.location());
        browser.cookies.clear();
        let told = browser.post(CALLBACK, &callback.form(), "cross-site").await;
        assert!(
            told.text.contains("addresses without https"),
            "{is_last} {}",
            told.text
        );
    }
}
