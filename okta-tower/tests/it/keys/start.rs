//! Ways to start: with keys, lazily, and as a pair.

use std::{
    convert::Infallible,
    sync::mpsc,
    time::{Duration, SystemTime},
};

use http::{Request, Response, StatusCode};
use okta_tower::{
    AuthErrorKind, Okta, StartErrorKind,
    clock::{Clock, Sleep, SystemClock},
    keys::KeyStatus,
};
use okta_tower_test::{Endpoint, Fault, Issuer, ManualClock};

use tower::{Layer, ServiceExt, service_fn};

use super::world::{Flood, World, at_once, issuer, seconds, settings, until, within};

async fn inner(_: Request<()>) -> Result<Response<()>, Infallible> {
    Ok(Response::new(()))
}

#[tokio::test]
async fn start_waits_for_the_keys() {
    let world = World::start().await;
    assert_eq!(world.result(&world.good()), "accepted");
    assert_eq!(world.result(&world.forged()), "bad_signature");
    assert_eq!(world.issuer.requests(Endpoint::Discovery), 1);
    assert_eq!(world.issuer.requests(Endpoint::Keys), 1);
    let state = world.state();
    assert_eq!(state.status, KeyStatus::Fresh);
    assert_eq!(state.kids.len(), 2);
    assert!(state.is_running && !state.is_refreshing && state.is_ready());
}

#[tokio::test]
async fn failed_start_names_the_document_and_the_reason() {
    let (issuer, clock) = issuer().await;
    let failure = async || {
        let error = within(settings(&issuer, &clock).start()).await.unwrap_err();
        assert_eq!(error.kind(), StartErrorKind::Keys);
        issuer.heal();
        issuer.serve_true_documents();
        error.to_string()
    };
    let (discovery, keys) = (issuer.discovery_url(), issuer.keys_url());

    issuer.stop_listening().await;
    let text = failure().await;
    let expected = format!("{keys} could not be used: the connection failed: ");
    assert!(text.starts_with(&expected));
    assert!(text.ends_with("set `issuer_address`"), "{text}");
    issuer.resume().await;

    issuer.fault_everywhere(&Fault::Status(StatusCode::NOT_FOUND));
    let text = failure().await;
    assert_eq!(
        text,
        format!("{keys} could not be used: the answer was 404")
    );

    issuer.set_metadata("issuer", format!("{}/", issuer.url()));
    let text = failure().await;
    let problem = "its `issuer` is not exactly the configured one, but \"";
    let expected = format!(
        "{discovery} could not be used: {problem}{}/\"; ",
        issuer.url()
    );
    assert!(text.starts_with(&expected), "{text}");

    issuer.serve_metadata("<!doctype html>");
    let text = failure().await;
    let problem = "it is not valid authorization server metadata";
    assert_eq!(text, format!("{discovery} could not be used: {problem}"));

    issuer.set_metadata("jwks_uri", "https://elsewhere.example/keys");
    let text = failure().await;
    let problem = "its `jwks_uri` is on https://elsewhere.example, which is not https or not the \
                   issuer's host; if the issuer is reached there, set `issuer_address`";
    assert_eq!(text, format!("{discovery} could not be used: {problem}"));

    issuer.fault(Endpoint::Keys, Fault::Empty);
    let text = failure().await;
    assert_eq!(
        text,
        format!("{keys} could not be used: it holds no usable key")
    );

    issuer.serve_keys("{}");
    let text = failure().await;
    assert_eq!(
        text,
        format!("{keys} could not be used: it has no array `keys`")
    );

    issuer.serve_keys(r#"{"keys":[],"keys":[]}"#);
    let text = failure().await;
    let problem = "it is not a JSON object with each member once";
    assert_eq!(text, format!("{keys} could not be used: {problem}"));

    assert!(within(settings(&issuer, &clock).start()).await.is_ok());
}

#[tokio::test]
async fn failed_start_leaves_nothing_running() {
    let (issuer, clock) = issuer().await;
    issuer.fault_everywhere(&Fault::Status(StatusCode::BAD_GATEWAY));
    assert!(within(settings(&issuer, &clock).start()).await.is_err());
    until(|| clock.sleepers() == 0).await;
    within(issuer.wait_for_connections(0)).await;
}

#[tokio::test]
async fn wrong_setting_is_a_configuration_error_at_start() {
    let slash = Okta::builder("https://dev-1234.okta.com/oauth2/default/");
    assert_eq!(
        slash.start().await.unwrap_err().kind(),
        StartErrorKind::Config
    );
    let slash = Okta::builder("https://dev-1234.okta.com/oauth2/default/");
    assert_eq!(
        slash.start_lazy().unwrap_err().kind(),
        StartErrorKind::Config
    );
    let slash = Okta::builder("https://dev-1234.okta.com/oauth2/default/");
    assert_eq!(slash.pair().unwrap_err().kind(), StartErrorKind::Config);
}

#[test]
fn start_without_a_runtime_fails_and_pair_does_not() {
    let builder = Okta::builder("https://dev-1234.okta.com/oauth2/default");
    let error = builder.clone().start_lazy().unwrap_err();
    assert_eq!(error.kind(), StartErrorKind::NoRuntime);
    assert!(error.to_string().contains("no tokio runtime is running"));
    let error = at_once(builder.clone().start()).unwrap().unwrap_err();
    assert_eq!(error.kind(), StartErrorKind::NoRuntime);
    assert!(builder.pair().is_ok());
}

#[test]
fn start_on_a_runtime_without_timers_fails() {
    let (done, result) = mpsc::channel();
    // In a thread of its own, so that this test fails instead of hanging.
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        let builder = Okta::builder("http://127.0.0.1:9/oauth2/default");
        let start = builder.danger().allow_http_on_loopback().start();
        let _ = done.send(runtime.unwrap().block_on(start));
    });
    let error = result.recv_timeout(seconds(10)).unwrap().unwrap_err();
    assert_eq!(error.kind(), StartErrorKind::NoRuntime);
}

#[tokio::test]
async fn lazy_start_answers_503_until_keys_are_loaded() {
    let (issuer, clock) = issuer().await;
    let okta = settings(&issuer, &clock).start_lazy().unwrap();
    let token = issuer.token().sign();
    assert_eq!(issuer.requests(Endpoint::Discovery), 0);
    assert_eq!(okta.key_state().status, KeyStatus::NotLoaded);

    let error = at_once(okta.verify(&token)).unwrap().unwrap_err();
    assert_eq!(error.kind(), AuthErrorKind::Unavailable);
    assert_eq!(error.reason(), "keys_not_loaded");

    let service = okta.layer().layer(service_fn(inner));
    let status = async || {
        let request = Request::get("/").header("authorization", format!("Bearer {token}"));
        let response = (service.clone().oneshot(request.body(()).unwrap()))
            .await
            .unwrap();
        response.status()
    };
    assert_eq!(status().await, StatusCode::SERVICE_UNAVAILABLE);
    until(|| okta.is_ready()).await;
    assert_eq!(status().await, StatusCode::OK);
}

#[tokio::test]
async fn lazy_start_during_an_outage_recovers_automatically() {
    let (issuer, clock) = issuer().await;
    issuer.stop_listening().await;
    let okta = settings(&issuer, &clock).start_lazy().unwrap();
    let mut failures = 0;
    let mut waits = Vec::new();
    for _ in 0..10 {
        within(clock.wait_for_sleepers(1)).await;
        let state = okta.key_state();
        failures += 1;
        assert_eq!(
            (state.status, state.failures),
            (KeyStatus::NotLoaded, failures)
        );
        assert!(state.last_failure.is_some() && state.is_running && !okta.is_ready());
        let wait = clock.next_due().unwrap();
        assert_eq!(state.next_attempt, Some(wait));
        waits.push(wait);
        clock.advance(wait);
    }
    // The first pause is a second at most, and every pause a minute at most.
    assert!(waits[0] <= seconds(1));
    assert!(waits[9] >= seconds(30));
    assert!(waits.iter().all(|wait| *wait <= seconds(60)));

    within(clock.wait_for_sleepers(1)).await;
    issuer.resume().await;
    clock.advance(clock.next_due().unwrap());
    until(|| okta.is_ready()).await;
    let state = okta.key_state();
    assert_eq!((state.status, state.failures), (KeyStatus::Fresh, 0));
    assert!(state.last_failure.is_none());
    assert!(okta.verify(&issuer.token().sign()).await.is_ok());
}

/// The time of a manual clock, and the system clock's sleep, which needs Tokio.
#[derive(Debug)]
struct SleepsByTokio(ManualClock);

impl Clock for SleepsByTokio {
    fn now(&self) -> SystemTime {
        self.0.now()
    }

    fn uptime(&self) -> Duration {
        self.0.uptime()
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        SystemClock::new().sleep(duration)
    }
}

#[test]
fn unknown_key_outside_tokio_is_rejected_without_wait() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let clock = ManualClock::new();
    let (issuer, okta) = runtime.block_on(async {
        let issuer = Issuer::start().await;
        let settings = settings(&issuer, &clock).clock(SleepsByTokio(clock.clone()));
        let okta = settings.start().await;
        (issuer, okta.unwrap())
    });
    clock.advance(seconds(10));
    let unknown = Flood::new().token();
    let refusal = at_once(okta.verify(&unknown)).unwrap().unwrap_err();
    assert_eq!(refusal.reason(), "unknown_key");
    // The keys are fetched nevertheless.
    runtime.block_on(within(issuer.wait_for_requests(Endpoint::Keys, 2)));
    drop(issuer);
}
