//! What the tests of the keys share: an issuer and an application on one clock, and ways to move both along.

use std::{
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
    time::Duration,
};

use okta_tower::{
    Algorithm, AuthError, Okta, OktaBuilder, Verified,
    keys::{KeyState, KeyStatus},
};
use okta_tower_test::{Endpoint, Issuer, Key, ManualClock};
use tokio::task::JoinHandle;

/// Longer than any token of these tests need live.
pub(crate) const WEEK: i64 = 7 * 24 * 60 * 60;

pub(crate) const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(crate) const fn hours(hours: u64) -> Duration {
    Duration::from_secs(hours * 60 * 60)
}

/// An issuer and an application that trusts it, on one clock that stands still until a test moves it.
pub(crate) struct World {
    pub(crate) issuer: Issuer,
    pub(crate) clock: ManualClock,
    pub(crate) okta: Okta,
}

/// An issuer on a new clock, and the settings of an application that trusts it.
pub(crate) async fn issuer() -> (Issuer, ManualClock) {
    let clock = ManualClock::new();
    let issuer = Issuer::builder().clock(clock.clone()).start().await;
    (issuer.unwrap(), clock)
}

pub(crate) fn settings(issuer: &Issuer, clock: &ManualClock) -> OktaBuilder {
    Okta::builder(issuer.url())
        .clock(clock.clone())
        .danger()
        .allow_http_on_loopback()
}

impl World {
    /// With its keys loaded, and asleep until the next refresh.
    pub(crate) async fn warm() -> Self {
        Self::with(|settings| settings).await
    }

    /// The same with settings of the test's own.
    pub(crate) async fn with(change: impl FnOnce(OktaBuilder) -> OktaBuilder) -> Self {
        let (issuer, clock) = issuer().await;
        Self::on(issuer, clock, change).await
    }

    pub(crate) async fn on(
        issuer: Issuer,
        clock: ManualClock,
        change: impl FnOnce(OktaBuilder) -> OktaBuilder,
    ) -> Self {
        let okta = within(change(settings(&issuer, &clock)).start()).await;
        let okta = okta.unwrap();
        within(clock.wait_for_sleepers(1)).await;
        Self {
            issuer,
            clock,
            okta,
        }
    }

    /// A good token, signed by the active key.
    pub(crate) fn token(&self) -> String {
        (self.issuer.token().user("ada@example.com"))
            .expires_in(WEEK)
            .sign()
    }

    /// A token in every respect like a good one, but signed by an attacker who uses the name of the active key.
    pub(crate) fn forged(&self) -> String {
        let token = self.issuer.token().user("eve@example.com");
        token.key(self.issuer.forged_key()).expires_in(WEEK).sign()
    }

    /// What is said of a token at once, or `waits`.
    pub(crate) fn verdict(&self, token: &str) -> &'static str {
        verdict(&self.okta, token)
    }

    /// Moves the clock to the next attempt to fetch keys, and waits until it has ended.
    pub(crate) async fn next_attempt(&self) {
        let due = self.clock.next_due().expect("the refresher is asleep");
        self.pass(due).await;
    }

    /// Moves the clock. If an attempt is then due, waits until it has ended.
    pub(crate) async fn pass(&self, time: Duration) {
        self.clock.advance(time);
        within(self.clock.wait_for_sleepers(1)).await;
    }

    pub(crate) fn state(&self) -> KeyState {
        self.okta.key_state()
    }

    pub(crate) fn status(&self) -> KeyStatus {
        self.state().status
    }

    /// Why the last attempt failed, as the name of the kind.
    pub(crate) fn last_failure(&self) -> Option<&'static str> {
        let failure = self.state().last_failure;
        failure.map(|failure| failure.kind().as_str())
    }

    /// How many attempts have ended so, by the metrics.
    pub(crate) fn refreshes(&self, result: &str) -> u64 {
        let metrics = self.okta.metrics();
        metrics
            .get("okta_tower_key_refreshes_total", result)
            .unwrap()
    }
}

/// What is said of a token at once: `accepted`, the reason for which it is refused, or `waits`.
pub(crate) fn verdict(okta: &Okta, token: &str) -> &'static str {
    match at_once(okta.verify(token)) {
        Some(Ok(_)) => "accepted",
        Some(Err(error)) => error.reason(),
        None => "waits",
    }
}

/// What the future gives without waiting for anything. It is dropped where it would wait.
pub(crate) fn at_once<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

/// Waits for it, and fails rather than hang.
pub(crate) async fn within<T>(future: impl Future<Output = T>) -> T {
    (tokio::time::timeout(seconds(10), future).await).expect("nothing happened for ten seconds")
}

/// Lets the other tasks run until it is so. For what cannot be waited for in a better way.
pub(crate) async fn until(mut is_so: impl FnMut() -> bool) {
    within(async {
        while !is_so() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

/// Warm, and past the cool-down of the first fetch.
pub(crate) async fn cooled_down() -> World {
    let world = World::warm().await;
    world.pass(seconds(10)).await;
    assert_eq!(keys_requests(&world), 1);
    world
}

pub(crate) fn keys_requests(world: &World) -> u64 {
    world.issuer.requests(Endpoint::Keys)
}

/// A request with this token, on its way.
pub(crate) fn request(okta: &Okta, token: &str) -> JoinHandle<Result<Verified, AuthError>> {
    let (okta, token) = (okta.clone(), token.to_owned());
    tokio::spawn(async move { okta.verify(&token).await })
}

/// What became of a request.
pub(crate) async fn outcome(request: JoinHandle<Result<Verified, AuthError>>) -> &'static str {
    match within(request).await.unwrap() {
        Ok(_) => "accepted",
        Err(error) => error.reason(),
    }
}

/// Signs with a key that the issuer publishes from now on and the application has not seen.
pub(crate) fn surprise(world: &World) -> String {
    world.issuer.rotate_in_emergency();
    world.token()
}

/// A maker of tokens of the right form whose keys nobody has ever published. Cheap: it can make thousands.
pub(crate) struct Flood {
    key: Key,
    made: u64,
}

impl Flood {
    pub(crate) fn new() -> Self {
        Self {
            key: Key::generate(Algorithm::EdDsa),
            made: 0,
        }
    }

    pub(crate) fn token(&mut self) -> String {
        self.made += 1;
        let header = format!(r#"{{"alg":"RS256","kid":"nobody-{}"}}"#, self.made);
        self.key.sign_raw(&header, "{}")
    }
}
