//! The headers of the sign-in service, and its pages for provider errors.

use http::{StatusCode, header};

use super::world::{CALLBACK, World};
use crate::world::okta;

#[tokio::test]
async fn responses_carry_security_headers() {
    let world = World::new().await;
    let mut browser = world.browser();
    let callback = world.attempt(&mut browser, "/login", "admin").await;
    for url in [
        "/login".to_owned(),
        callback.url(),
        "/login/done?to=/".into(),
        "/session".into(),
        "/login?prompt=x".into(),
    ] {
        let seen = browser.get(&url).await;
        assert_eq!(seen.headers[header::CACHE_CONTROL], "no-store", "{url}");
        assert_eq!(
            seen.headers[header::REFERRER_POLICY],
            "no-referrer",
            "{url}"
        );
        assert_eq!(
            seen.headers[header::X_CONTENT_TYPE_OPTIONS],
            "nosniff",
            "{url}"
        );
        let policy = seen.headers[header::CONTENT_SECURITY_POLICY]
            .to_str()
            .unwrap();
        assert!(policy.contains("frame-ancestors 'none'"), "{url}");
    }
}

#[tokio::test]
async fn provider_error_page_uses_fixed_text_and_a_retry_link() {
    let world = World::new().await;
    for (error, status, says) in [
        ("access_denied", StatusCode::FORBIDDEN, "cancelled"),
        (
            "server_error",
            StatusCode::INTERNAL_SERVER_ERROR,
            "operator of this application",
        ),
        (
            "temporarily_unavailable",
            StatusCode::SERVICE_UNAVAILABLE,
            "in a minute",
        ),
        (
            "unmet_authentication_requirements",
            StatusCode::FORBIDDEN,
            "stronger",
        ),
        (
            "%3Cscript%3E",
            StatusCode::INTERNAL_SERVER_ERROR,
            "operator of this application",
        ),
    ] {
        let mut browser = world.browser();
        let started = browser.get("/login?return_to=/a").await;
        let state = started.parameter("state").unwrap();
        let url = format!(
            "{CALLBACK}?error={error}&error_description=%3Cb%3Ehello%3C/b%3E&state={state}"
        );
        let answer = browser.get(&url).await;
        assert_eq!(answer.status, status, "{error}");
        assert!(answer.text.contains(says), "{error}: {}", answer.text);
        assert!(
            answer.text.contains("href=\"/login?return_to=%2Fa\""),
            "{error}"
        );
        for leak in ["hello", "<script", &*state] {
            assert!(!answer.text.contains(leak), "{error}: {leak}");
        }
        assert_eq!(browser.attempts(), 0);
    }
}

#[tokio::test]
async fn other_paths_pass_and_other_methods_are_405() {
    let world = World::new().await;
    let mut browser = world.browser();
    assert_eq!(
        browser.fetch("/login/help").await.status,
        StatusCode::UNAUTHORIZED
    );
    let delete = http::Request::delete("/login").body(okta_tower::Body::default());
    assert_eq!(
        browser.send(delete.unwrap()).await.status,
        StatusCode::METHOD_NOT_ALLOWED
    );
    // Only a third party posts here, and names the issuer.
    assert_eq!(
        browser.post("/login", "", "same-origin").await.status,
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn unconfigured_sign_in_passes_every_path_on() {
    use okta_tower::Body;
    use tower::{Layer, ServiceExt, service_fn};
    let world = World::new().await;
    let okta = okta(&world.issuer, &world.clock, |okta| okta).await;
    let request = || http::Request::get("/login").body(Body::default()).unwrap();
    let inner = service_fn(|_: http::Request<Body>| async {
        Ok::<_, std::convert::Infallible>(http::Response::new(b"mine".to_vec()))
    });
    let passed = okta
        .sign_in_layer()
        .layer(inner)
        .oneshot(request())
        .await
        .unwrap();
    assert_eq!(passed.into_body(), b"mine");
    let unknown = okta.sign_in_service().oneshot(request()).await.unwrap();
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
    let known = world
        .okta
        .sign_in_service()
        .oneshot(request())
        .await
        .unwrap();
    assert_eq!(known.status(), StatusCode::SEE_OTHER);
}
