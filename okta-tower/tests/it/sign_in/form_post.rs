//! `response_mode=form_post`: the browser posts Okta's response.

use http::{Request, StatusCode, header};
use okta_tower::{Body, ResponseMode};

use super::world::{CALLBACK, World, sign_in};

async fn world() -> World {
    World::with(sign_in().response_mode(ResponseMode::FormPost)).await
}

#[tokio::test]
async fn cross_site_form_callback_signs_in() {
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
async fn rejected_form_code_is_retried_once_by_form() {
    let world = world().await;
    let mut browser = world.browser();
    let callback = world
        .attempt(&mut browser, "/login?return_to=/a", "admin")
        .await;
    world.refuse_next_code();
    let again = browser.post(CALLBACK, &callback.form(), "cross-site").await;
    // 303: the browser continues with GET.
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
async fn callback_in_another_mode_is_rejected() {
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
async fn dropped_secure_cookie_on_http_gets_an_explanation() {
    let world = world().await;
    let mut browser = world.browser();
    for is_last in [false, true] {
        let callback = world.attempt(&mut browser, "/login", "admin").await;
        browser.cookies.clear();
        let answered = browser.post(CALLBACK, &callback.form(), "cross-site").await;
        assert!(answered.is_sent_to_okta(&world));
        let callback = world.issuer.authorize_as("admin", answered.location());
        browser.cookies.clear();
        let answer = browser.post(CALLBACK, &callback.form(), "cross-site").await;
        assert!(
            answer.text.contains("reject without https"),
            "{is_last} {}",
            answer.text
        );
    }
}
