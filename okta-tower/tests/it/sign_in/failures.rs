//! Okta is slow, busy or broken during a sign-in or a refresh: no wrong sign-in, and no lost
//! session.

use http::{StatusCode, header};
use okta_tower_test::{Endpoint, Fault};

use super::world::{World, sign_in};

fn faults() -> Vec<(&'static str, Fault)> {
    let answer = |status: StatusCode, text: &str| Fault::Answer(status, text.to_owned());
    vec![
        (
            "429 that calls the grant invalid",
            answer(
                StatusCode::TOO_MANY_REQUESTS,
                r#"{"error":"invalid_grant"}"#,
            ),
        ),
        ("429", Fault::Status(StatusCode::TOO_MANY_REQUESTS)),
        ("500", Fault::Status(StatusCode::INTERNAL_SERVER_ERROR)),
        (
            "503 that calls the grant invalid",
            answer(
                StatusCode::SERVICE_UNAVAILABLE,
                r#"{"error":"invalid_grant"}"#,
            ),
        ),
        ("closed", Fault::Close),
        ("garbage", Fault::Garbage),
        (
            "400 without JSON",
            answer(StatusCode::BAD_REQUEST, "<html>"),
        ),
        (
            "401 invalid_client",
            answer(StatusCode::UNAUTHORIZED, r#"{"error":"invalid_client"}"#),
        ),
        (
            "403",
            answer(StatusCode::FORBIDDEN, r#"{"error":"access_denied"}"#),
        ),
    ]
}

#[tokio::test]
async fn failing_token_endpoint_starts_no_session() {
    let world = World::new().await;
    for (what, fault) in faults() {
        let mut browser = world.browser();
        let callback = world.attempt(&mut browser, "/login", "admin").await;
        world.issuer.fault_next(Endpoint::Token, fault);
        let answer = browser.get(&callback.url()).await;
        assert!(
            answer.status.is_client_error() || answer.status.is_server_error(),
            "{what}: {answer:?}"
        );
        assert_eq!(
            browser.fetch("/").await.status,
            StatusCode::UNAUTHORIZED,
            "{what}"
        );
        // After a 429, code exchanges rest.
        world.advance(60);
        let done = world.sign_in(&mut browser, "/login", "admin").await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{what}");
    }
}

#[tokio::test]
async fn status_of_a_failed_exchange_says_whose_mistake_it_is() {
    let world = World::new().await;
    let answer = |status: u16, error: &str| {
        let status = StatusCode::from_u16(status).unwrap();
        Fault::Answer(status, format!(r#"{{"error":"{error}"}}"#))
    };
    for (fault, status, result) in [
        (answer(400, "server_error"), 502, "provider_error"),
        (answer(400, "who_knows"), 502, "provider_error"),
        (answer(400, "temporarily_unavailable"), 503, "unavailable"),
        (answer(500, "server_error"), 503, "unavailable"),
        (Fault::Close, 503, "unavailable"),
        (answer(403, "access_denied"), 403, "cancelled"),
        (answer(400, "invalid_request"), 500, "misconfigured"),
        (answer(400, "unauthorized_client"), 500, "misconfigured"),
        (answer(401, "invalid_client"), 500, "misconfigured"),
    ] {
        let mut browser = world.browser();
        let callback = world.attempt(&mut browser, "/login", "admin").await;
        let label = format!("okta_tower_sign_ins_total{{result=\"{result}\"}}");
        let count = || {
            let metrics = world.okta.metrics().to_string();
            let line = metrics
                .lines()
                .find(|line| line.starts_with(&label))
                .unwrap();
            line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()
        };
        let before = count();
        world.issuer.fault_next(Endpoint::Token, fault.clone());
        let page = browser.get(&callback.url()).await;
        assert_eq!(page.status.as_u16(), status, "{fault:?}");
        assert_eq!(count(), before + 1, "{fault:?}");
    }
}

#[tokio::test]
async fn failed_refresh_keeps_the_session_and_is_503_at_expiry() {
    for (what, fault) in faults() {
        let world = World::with(
            sign_in()
                .offline_access()
                .idle_timeout(std::time::Duration::from_secs(7200)),
        )
        .await;
        let mut browser = world.signed_in("admin").await;
        world.issuer.fault(Endpoint::Token, fault);
        world.advance(3550);
        // The session is due, and its token is still valid.
        assert_eq!(browser.fetch("/").await.status, StatusCode::OK, "{what}");
        world.advance(100);
        let answer = browser.fetch("/").await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{what}");
        assert!(answer.headers.contains_key(header::RETRY_AFTER), "{what}");
        assert!(browser.cookies.contains_key("okta_session"), "{what}");
        world.issuer.heal();
        world.advance(120);
        assert_eq!(browser.fetch("/").await.status, StatusCode::OK, "{what}");
    }
}

#[tokio::test]
async fn revoked_grant_ends_the_session() {
    let world = World::with(sign_in().offline_access()).await;
    let mut browser = world.signed_in("admin").await;
    world.issuer.revoke_tokens_of("admin");
    world.advance(3550);
    for _ in 0..2 {
        let ended = browser.fetch("/").await;
        assert_eq!(ended.status, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(world.issuer.token_requests("refresh_token"), 1);
}

#[tokio::test]
async fn concurrent_requests_share_one_refresh_and_succeed() {
    let world = World::with(sign_in().offline_access()).await;
    let browser = world.signed_in("admin").await;
    world.advance(3550);
    let requests = (0..100).map(|_| {
        let mut browser = browser.clone();
        tokio::spawn(async move {
            let seen = browser.fetch("/").await;
            (seen.status, browser.cookies)
        })
    });
    let requests: Vec<_> = requests.collect();
    for request in requests {
        let (status, cookies) = request.await.unwrap();
        assert_eq!(status, StatusCode::OK);
        // Every response sets the new cookie.
        assert_ne!(cookies, browser.cookies);
    }
    assert_eq!(world.issuer.token_requests("refresh_token"), 1);
}

#[tokio::test]
async fn dripping_token_endpoint_times_out() {
    let world = World::of(super::world::client(), |okta| {
        let okta = okta
            .client_secret("s3cr3t")
            .fetch_timeout(std::time::Duration::from_millis(300));
        okta.sign_in(sign_in())
    })
    .await;
    let mut browser = world.browser();
    let callback = world.attempt(&mut browser, "/login", "admin").await;
    world.issuer.fault_next(
        Endpoint::Token,
        Fault::Drip(std::time::Duration::from_millis(50)),
    );
    let answer = browser.get(&callback.url()).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
}
