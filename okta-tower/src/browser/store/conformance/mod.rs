//! Tests that every [`SessionStore`](super::SessionStore) must pass.
//!
//! [`store_conformance!`](crate::store_conformance) makes a test from each of the [`sentences`]. It
//! takes an expression of type [`Subject`]: a store, and how time passes for it. Each test
//! evaluates the expression in an `async` function. The tests may share an engine: keys and owners
//! are random.
//!
//! ```
//! # use okta_tower::{clock::{Clock, Sleep}, store::{MemoryStore, conformance::Subject}};
//! # use std::time::{Duration, SystemTime};
//! # #[derive(Clone, Debug)] struct ManualClock;
//! # impl ManualClock { fn new() -> Self { Self } fn advance(&self, _: Duration) {} }
//! # impl Clock for ManualClock {
//! #     fn now(&self) -> SystemTime { SystemTime::now() }
//! #     fn uptime(&self) -> Duration { Duration::ZERO }
//! #     fn sleep(&self, _: Duration) -> Sleep { Box::pin(async {}) }
//! # }
//! mod by_hand { // a store with a manual clock: no test waits
//! #   use super::*;
//!     okta_tower::store_conformance!({
//!         let clock = ManualClock::new(); // of okta-tower-test
//!         let store = MemoryStore::new().clock(clock.clone());
//!         Subject::by_hand(store, clock.clone(), move |by| clock.advance(by))
//!     });
//! }
//!
//! mod in_real_time { // an engine with its own clock: some tests wait for a few seconds
//! #   use super::*;
//!     okta_tower::store_conformance!(Subject::in_real_time(MemoryStore::new()));
//! }
//! # fn main() {}
//! ```
//!
//! The expression may also be an `Option<Subject>`: if the engine is missing, `None` passes each
//! test without running it. Print a notice then.
//!
//! The tests are `#[tokio::test]`s on several threads and need `tokio` with the features `macros`
//! and `rt-multi-thread`. [`check`] needs neither.

pub mod sentences;
mod subject;

pub use self::subject::Subject;

/// Runs all sentences, one after the other, on a tokio runtime.
///
/// # Panics
/// At the first guarantee that the store breaks.
pub async fn check(subject: &Subject) {
    crate::store_conformance!(@all calls (subject));
}

/// Makes a test from each sentence that a [`SessionStore`](crate::store::SessionStore) must
/// satisfy. See [`store::conformance`](crate::store::conformance).
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
            a_limit_leaves_the_newest_sessions_of_that_user_and_no_other
            a_limit_follows_saves_and_spares_the_new_session
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
