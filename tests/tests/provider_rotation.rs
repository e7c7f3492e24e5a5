//! Key rotations at a certified provider, under continuous load.

use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use cross_tests::{
    clock::ForwardClock,
    provider::{Provider, Step},
};
use http::{Request, Response, StatusCode, header::AUTHORIZATION};
use http_body_util::Empty;
use okta_tower::{AuthError, Okta, TokenErrorKind, auth::AuthLayer};
use tokio::{
    sync::watch,
    task::{JoinHandle, yield_now},
};
use tower::{Layer, ServiceExt, service_fn};

/// Longer than the time until any refresh.
const AN_INTERVAL: Duration = Duration::from_secs(3600);
/// Longer than any cool-down.
const A_COOL_DOWN: Duration = Duration::from_secs(11);

type Body = Empty<Bytes>;

/// Callers that continuously send requests with each token of the list in turn.
struct Load {
    tokens: watch::Sender<Vec<String>>,
    accepted: Arc<AtomicUsize>,
    rounds: Arc<AtomicUsize>,
    is_over: Arc<AtomicBool>,
    callers: Vec<JoinHandle<()>>,
}

impl Load {
    fn start(layer: &AuthLayer, tokens: Vec<String>) -> Self {
        let tokens = watch::Sender::new(tokens);
        let accepted = Arc::new(AtomicUsize::new(0));
        let rounds = Arc::new(AtomicUsize::new(0));
        let is_over = Arc::new(AtomicBool::new(false));
        let callers = (0..8)
            .map(|_| {
                let service = layer.layer(service_fn(|_: Request<Body>| async {
                    Ok::<_, Infallible>(Response::new(Body::new()))
                }));
                let tokens = tokens.subscribe();
                let (accepted, rounds) = (Arc::clone(&accepted), Arc::clone(&rounds));
                let is_over = Arc::clone(&is_over);
                tokio::spawn(async move {
                    while !is_over.load(Ordering::Relaxed) {
                        let current = tokens.borrow().clone();
                        for token in current {
                            let request = Request::get("/")
                                .header(AUTHORIZATION, format!("Bearer {token}"))
                                .body(Body::new())
                                .unwrap();
                            let Ok(response) = service.clone().oneshot(request).await;
                            let why = response.extensions().get::<AuthError>();
                            assert_eq!(response.status(), StatusCode::OK, "{why:?}");
                            accepted.fetch_add(1, Ordering::Relaxed);
                        }
                        rounds.fetch_add(1, Ordering::Relaxed);
                        yield_now().await;
                    }
                })
            })
            .collect();
        Self {
            tokens,
            accepted,
            rounds,
            is_over,
            callers,
        }
    }

    /// Replaces the tokens of all callers.
    fn switch_to(&self, tokens: &[&str]) {
        self.tokens
            .send_replace(tokens.iter().map(|token| (*token).to_owned()).collect());
    }

    /// Waits until every caller has used its current tokens.
    async fn goes_on(&self) {
        let until = self.rounds.load(Ordering::Relaxed) + 10 * self.callers.len();
        while self.rounds.load(Ordering::Relaxed) < until {
            assert!(
                self.callers.iter().all(|caller| !caller.is_finished()),
                "a caller was rejected"
            );
            yield_now().await;
        }
    }

    /// Stops the callers, and returns the number of requests, none of which was rejected.
    async fn end(self) -> usize {
        self.is_over.store(true, Ordering::Relaxed);
        for caller in self.callers {
            caller.await.expect("a valid token was rejected");
        }
        self.accepted.load(Ordering::Relaxed)
    }
}

/// Starts the next refresh, and waits for its end.
async fn refresh(okta: &Okta, clock: &ForwardClock) {
    let count = |okta: &Okta| {
        okta.metrics()
            .get("okta_tower_key_refreshes_total", "success")
            .unwrap()
    };
    let before = count(okta);
    clock.advance(AN_INTERVAL);
    // The provider is another process, with its own clock.
    let refreshed = async {
        while count(okta) == before {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), refreshed)
        .await
        .expect("a refresh within a minute");
}

async fn start(provider: &Provider) -> (Okta, ForwardClock) {
    let clock = ForwardClock::new();
    let okta = provider
        .settings()
        .clock(clock.clone())
        .start()
        .await
        .unwrap();
    (okta, clock)
}

async fn assert_unknown_key(okta: &Okta, token: &str) {
    let error = okta.verify(token).await.expect_err("the key is withdrawn");
    assert_eq!(
        error.token_error().unwrap().kind(),
        TokenErrorKind::UnknownKey
    );
}

#[expect(clippy::print_stdout, reason = "the figure is what the test is about")]
fn report(what: &str, accepted: usize) {
    println!("{what}: {accepted} requests with valid tokens, none rejected");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn announced_rotation_rejects_no_valid_token() {
    let Some(provider) = Provider::start() else {
        return;
    };
    let (okta, clock) = start(&provider).await;
    let old = provider.tokens("user=admin").await;
    let old_service = provider.tokens("client=service").await;
    let load = Load::start(
        &okta.layer(),
        vec![old.access().into(), old_service.access().into()],
    );
    load.goes_on().await;

    provider.rotate(Step::PublishNext).await;
    load.goes_on().await;
    refresh(&okta, &clock).await;
    assert_eq!(okta.key_state().kids.len(), 2);
    load.goes_on().await;

    provider.rotate(Step::ActivateNext).await;
    let new = provider.tokens("user=admin").await;
    load.switch_to(&[old.access(), new.access(), old_service.access()]);
    load.goes_on().await;
    refresh(&okta, &clock).await;
    load.goes_on().await;

    // Clients with an old token get a new one before the old key is withdrawn.
    load.switch_to(&[new.access()]);
    load.goes_on().await;
    provider.rotate(Step::WithdrawOld).await;
    load.goes_on().await;
    assert!(
        okta.verify(old.access()).await.is_ok(),
        "the withdrawal is not known yet"
    );
    refresh(&okta, &clock).await;
    assert_unknown_key(&okta, old.access()).await;
    assert_unknown_key(&okta, old_service.access()).await;
    load.goes_on().await;

    let accepted = load.end().await;
    assert!(accepted > 0);
    assert_eq!(
        okta.metrics()
            .get("okta_tower_requests_total", "authenticated"),
        Some(accepted as u64)
    );
    assert_eq!(
        okta.metrics()
            .get("okta_tower_requests_total", "invalid_token"),
        Some(0)
    );
    report("announced rotation", accepted);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn first_token_of_an_unseen_key_costs_one_fetch() {
    let Some(provider) = Provider::start() else {
        return;
    };
    let (okta, clock) = start(&provider).await;
    let old = provider.tokens("user=admin").await;
    let load = Load::start(&okta.layer(), vec![old.access().into()]);
    load.goes_on().await;
    let before = provider.stats().await;

    // The key is published and used between two refreshes.
    provider.rotate(Step::PublishNext).await;
    provider.rotate(Step::ActivateNext).await;
    clock.advance(A_COOL_DOWN);
    let new = provider.tokens("user=admin").await;
    load.switch_to(&[old.access(), new.access()]);
    load.goes_on().await;
    let after = provider.stats().await;
    assert_eq!(after.key_fetches, before.key_fetches + 1);
    assert!(
        okta.metrics()
            .get("okta_tower_key_waits_total", "")
            .unwrap()
            > 0
    );
    assert!(okta.key_state().kids.contains(&after.active_kid));
    report("unannounced rotation", load.end().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn emergency_rotation_takes_effect_with_one_fetch() {
    let Some(provider) = Provider::start() else {
        return;
    };
    let (okta, clock) = start(&provider).await;
    let leaked = provider.tokens("user=admin").await;
    let load = Load::start(&okta.layer(), vec![leaked.access().into()]);
    load.goes_on().await;
    // Callers with revoked tokens are not part of the count.
    load.switch_to(&[]);
    load.goes_on().await;

    provider.rotate(Step::Emergency).await;
    clock.advance(A_COOL_DOWN);
    assert!(
        okta.verify(leaked.access()).await.is_ok(),
        "the withdrawal is not known yet"
    );
    let new = provider.tokens("user=admin").await;
    load.switch_to(&[new.access()]);
    load.goes_on().await;
    // The cached token is rejected too.
    assert_unknown_key(&okta, leaked.access()).await;
    load.goes_on().await;
    report("emergency rotation", load.end().await);
}
