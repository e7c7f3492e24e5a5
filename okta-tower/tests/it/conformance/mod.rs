//! The relying-party tests of the OpenID Foundation's conformance suite, against the test issuer.
//! Each test names the suite's module. `docs/conformance.md` lists all of them.

mod basic;
mod config;
mod logout;
mod refresh;

use http::StatusCode;
use okta_tower::{ResponseMode, SignIn};

use crate::sign_in::world::{Browser, CALLBACK, Seen, World, sign_in};

/// How Okta's response reaches the application: the basic plan and the form-post plan.
const MODES: [ResponseMode; 2] = [ResponseMode::Query, ResponseMode::FormPost];

/// A relying party that signs in by `mode`.
struct Party {
    world: World,
    mode: ResponseMode,
}

impl Party {
    async fn new(mode: ResponseMode) -> Self {
        Self::with(mode, sign_in()).await
    }

    async fn with(mode: ResponseMode, sign_in: SignIn) -> Self {
        let world = World::with(sign_in.response_mode(mode)).await;
        Self { world, mode }
    }

    /// Signs in with a new browser. Returns the response to the callback.
    async fn callback(&self) -> (Browser, Seen) {
        let mut browser = self.world.browser();
        let callback = self.world.attempt(&mut browser, "/login", "admin").await;
        let answered = match self.mode {
            ResponseMode::FormPost => browser.post(CALLBACK, &callback.form(), "cross-site").await,
            _ => browser.get(&callback.url()).await,
        };
        (browser, answered)
    }

    /// Returns whether a user who signs in has a session afterward.
    async fn signs_in(&self) -> bool {
        let (mut browser, answered) = self.callback().await;
        if answered.status == StatusCode::SEE_OTHER {
            browser.get(answered.location()).await;
        }
        browser.fetch("/").await.status == StatusCode::OK
    }
}

/// Checks that sign-ins succeed before and after the change to the issuer, and that they succeed
/// with it only if `is_accepted`.
async fn check(change: impl Fn(&World), is_accepted: bool) {
    for mode in MODES {
        let party = Party::new(mode).await;
        assert!(party.signs_in().await, "before, {mode:?}");
        change(&party.world);
        assert_eq!(party.signs_in().await, is_accepted, "{mode:?}");
        party.world.issuer.heal();
        assert!(party.signs_in().await, "afterward, {mode:?}");
    }
}
