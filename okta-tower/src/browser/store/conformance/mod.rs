//! What every [`SessionStore`] must do, as tests that any store can run.
//!
//! [`store_conformance!`](crate::store_conformance) makes one test of each of the [`sentences`]. It takes an expression that
//! makes a [`Subject`]: a store, and how time passes for it. The expression is evaluated in an `async` function, once for
//! each test, and may be one shared engine: keys and owners are new and random each time.
//!
//! ```
//! # use okta_tower::{Clock, clock::Sleep, store::{MemoryStore, conformance::Subject}};
//! # use std::time::{Duration, SystemTime};
//! # #[derive(Clone, Debug)] struct ManualClock;
//! # impl ManualClock { fn new() -> Self { Self } fn advance(&self, _: Duration) {} }
//! # impl Clock for ManualClock {
//! #     fn now(&self) -> SystemTime { SystemTime::now() }
//! #     fn uptime(&self) -> Duration { Duration::ZERO }
//! #     fn sleep(&self, _: Duration) -> Sleep { Box::pin(async {}) }
//! # }
//! mod by_hand { // a store that is given its clock: no test waits
//! #   use super::*;
//!     okta_tower::store_conformance!({
//!         let clock = ManualClock::new(); // of okta-tower-test
//!         let store = MemoryStore::new().clock(clock.clone());
//!         Subject::by_hand(store, clock.clone(), move |by| clock.advance(by))
//!     });
//! }
//!
//! mod in_real_time { // an engine that ends sessions by its own clock: some tests wait for some seconds
//! #   use super::*;
//!     okta_tower::store_conformance!(Subject::in_real_time(MemoryStore::new()));
//! }
//! # fn main() {}
//! ```
//!
//! The expression may also be an `Option<Subject>`: where the engine is not there, `None` passes every test without
//! running it. Say so when that happens.
//!
//! The tests are `#[tokio::test]`s on several threads: the crate that has them needs `tokio` with `macros` and
//! `rt-multi-thread`. [`check`] does without.

pub mod sentences;

use std::{fmt, sync::Arc, time::Duration, time::SystemTime};

use super::SessionStore;
use crate::base::clock::{Clock, SystemClock};

/// How much longer than a lifetime the suite waits in real time: for engines whose clock is not the machine's.
const MARGIN: Duration = Duration::from_millis(100);

/// A store under test, and how time passes for it.
pub struct Subject {
    store: Arc<dyn SessionStore>,
    clock: Arc<dyn Clock>,
    advance: Option<Box<dyn Fn(Duration) + Send + Sync>>,
    /// There for as long as the store is.
    kept: Option<Box<dyn Send + Sync>>,
}

impl Subject {
    /// A store that goes by the machine's clock. The suite waits for what must end: two seconds, up to twice a test.
    #[must_use]
    pub fn in_real_time(store: impl SessionStore) -> Self {
        Self {
            store: Arc::new(store),
            clock: Arc::new(SystemClock::new()),
            advance: None,
            kept: None,
        }
    }

    /// A store that goes by `clock`, which `advance` moves. The suite never waits.
    #[must_use]
    pub fn by_hand(
        store: impl SessionStore,
        clock: impl Clock,
        advance: impl Fn(Duration) + Send + Sync + 'static,
    ) -> Self {
        Self {
            store: Arc::new(store),
            clock: Arc::new(clock),
            advance: Some(Box::new(advance)),
            kept: None,
        }
    }

    /// Keeps what the store needs for as long as the test runs: the engine's process, a folder.
    #[must_use]
    pub fn keeping(mut self, engine: impl Send + Sync + 'static) -> Self {
        self.kept = Some(Box::new(engine));
        self
    }

    fn now(&self) -> SystemTime {
        self.clock.now()
    }

    /// Lets time pass.
    async fn pass(&self, time: Duration) {
        match &self.advance {
            Some(advance) => advance(time),
            None => self.clock.sleep(time + MARGIN).await,
        }
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subject")
            .field("clock", &self.clock)
            .field("keeps an engine", &self.kept.is_some())
            .finish_non_exhaustive()
    }
}

/// Runs every sentence, one after the other, on a tokio runtime.
///
/// # Panics
/// At the first promise that the store does not keep.
pub async fn check(subject: &Subject) {
    crate::store_conformance!(@all calls (subject));
}

/// Makes one test of each sentence that a [`SessionStore`](crate::store::SessionStore) must satisfy.
/// See [`store::conformance`](crate::store::conformance).
#[macro_export]
macro_rules! store_conformance {
    (@all $what:ident ($argument:expr)) => {
        $crate::store_conformance! { @$what ($argument)
            a_session_is_loaded_as_it_was_created
            a_session_that_nobody_created_is_not_there
            data_come_back_byte_for_byte
            a_key_that_is_taken_is_not_created_again
            of_creations_at_once_exactly_one_wins
            a_save_replaces_data_version_and_end
            a_save_with_another_version_changes_nothing
            a_save_never_creates_a_session
            a_save_after_a_deletion_does_not_bring_the_session_back
            of_saves_at_once_exactly_one_wins
            saves_and_a_deletion_at_once_leave_no_session
            a_deletion_ends_that_session_and_no_other
            a_deletion_by_user_ends_every_session_of_that_user_and_no_other
            a_deletion_by_user_finds_sessions_that_were_saved_and_not_those_that_are_gone
            a_deletion_by_sid_ends_the_sessions_of_that_issuer_and_sid_and_no_other
            names_that_look_like_one_another_when_joined_are_told_apart
            a_session_ends_at_its_end
            a_key_whose_session_has_ended_is_free
            a_save_with_a_later_end_lets_the_session_live_on
            a_save_with_an_earlier_end_ends_the_session_earlier
            a_lock_keeps_others_out_of_that_key_and_no_other
            a_lock_that_was_given_back_is_free
            a_lock_ends_by_itself
            a_lock_is_not_given_back_by_another_token
            of_locks_at_once_exactly_one_is_taken
        }
    };
    (@calls ($subject:expr) $($sentence:ident)*) => {
        $( $crate::store::conformance::sentences::$sentence($subject).await; )*
    };
    (@tests ($make:expr) $($sentence:ident)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $sentence() {
                let subject: Option<$crate::store::conformance::Subject> = ($make).into();
                if let Some(subject) = subject {
                    $crate::store::conformance::sentences::$sentence(&subject).await;
                }
            }
        )*
    };
    ($make:expr) => {
        $crate::store_conformance!(@all tests ($make));
    };
}
