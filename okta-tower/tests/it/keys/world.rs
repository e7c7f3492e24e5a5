//! Ways to move the clock from one fetch to the next, and tokens that cause fetches.

use std::time::Duration;

use okta_tower::{
    Algorithm, AuthError, Okta, Verified,
    keys::{KeyState, KeyStatus},
};
use okta_tower_test::{Endpoint, Key};
use tokio::task::JoinHandle;

pub(crate) use crate::world::{
    World, issuer, settings,
    wait::{at_once, until, within},
};

/// Longer than the tokens of these tests are needed.
pub(crate) const WEEK: i64 = 7 * 24 * 60 * 60;

pub(crate) const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(crate) const fn hours(hours: u64) -> Duration {
    Duration::from_secs(hours * 60 * 60)
}

impl World {
    /// A valid token that lasts longer than the test, signed by the active key.
    pub(crate) fn good(&self) -> String {
        self.token().expires_in(WEEK).sign()
    }

    /// Like a valid token, but signed by an attacker who uses the active key's name.
    pub(crate) fn forged(&self) -> String {
        let token = self.issuer.token().user("eve@example.com");
        token.key(self.issuer.forged_key()).expires_in(WEEK).sign()
    }

    /// See [`result`].
    pub(crate) fn result(&self, token: &str) -> &'static str {
        result(&self.okta, token)
    }

    /// Moves the clock to the next attempt to fetch keys, and waits until the attempt has ended.
    pub(crate) async fn next_attempt(&self) {
        let due = self.clock.next_due().expect("the refresher is asleep");
        self.pass(due).await;
    }

    /// Moves the clock. If an attempt is then due, waits until the attempt has ended.
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

    /// How many attempts have ended with this result, by the metrics.
    pub(crate) fn refreshes(&self, result: &str) -> u64 {
        let metrics = self.okta.metrics();
        metrics
            .get("okta_tower_key_refreshes_total", result)
            .unwrap()
    }
}

/// The immediate result for a token: `accepted`, the reason of the rejection, or `waits`.
pub(crate) fn result(okta: &Okta, token: &str) -> &'static str {
    match at_once(okta.verify(token)) {
        Some(Ok(_)) => "accepted",
        Some(Err(error)) => error.reason(),
        None => "waits",
    }
}

/// Past the cool-down of the first fetch.
pub(crate) async fn cooled_down() -> World {
    let world = World::start().await;
    world.pass(seconds(10)).await;
    assert_eq!(keys_requests(&world), 1);
    world
}

/// In the cool-down, which has just begun: unknown keys have caused three fetches in a row.
pub(crate) async fn burst_spent() -> World {
    let world = World::start().await;
    let mut flood = Flood {
        made: 1 << 32,
        ..Flood::new()
    };
    for _ in 0..3 {
        let request = request(&world.okta, &flood.token());
        assert_eq!(outcome(request).await, "unknown_key");
    }
    within(world.clock.wait_for_sleepers(1)).await;
    assert_eq!(keys_requests(&world), 4);
    world
}

pub(crate) fn keys_requests(world: &World) -> u64 {
    world.issuer.requests(Endpoint::Keys)
}

/// A request with this token, in a task of its own.
pub(crate) fn request(okta: &Okta, token: &str) -> JoinHandle<Result<Verified, AuthError>> {
    let (okta, token) = (okta.clone(), token.to_owned());
    tokio::spawn(async move { okta.verify(&token).await })
}

/// How a request ended.
pub(crate) async fn outcome(request: JoinHandle<Result<Verified, AuthError>>) -> &'static str {
    match within(request).await.unwrap() {
        Ok(_) => "accepted",
        Err(error) => error.reason(),
    }
}

/// Signs with a key that the issuer publishes from now on and the application has not fetched.
pub(crate) fn surprise(world: &World) -> String {
    world.issuer.rotate_in_emergency();
    world.good()
}

/// Makes well-formed tokens with keys that were never published. Cheap enough for thousands.
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
        let header = format!(r#"{{"alg":"RS256","kid":"unknown-{}"}}"#, self.made);
        self.key.sign_raw(&header, "{}")
    }
}
