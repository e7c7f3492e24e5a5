//! The states whose code this process has redeemed: each leads to one token request.
//!
//! A browser sends its attempt's cookie with as many callbacks as it likes. The response that
//! removes the cookie does not bind it.

use std::{
    collections::{HashSet, VecDeque},
    sync::{Mutex, PoisonError},
};

use super::state::State;

/// How many states are kept. An evicted one could be redeemed again, which costs its owner as many
/// sign-ins as evict it.
const CAPACITY: usize = 16 * 1024;

/// The states that were redeemed last.
#[derive(Debug, Default)]
pub(super) struct RedeemedStates(Mutex<Newest>);

#[derive(Debug, Default)]
struct Newest {
    known: HashSet<State>,
    /// The same states, oldest first.
    order: VecDeque<State>,
}

impl RedeemedStates {
    /// Notes that a state is redeemed. Returns whether it was not before.
    pub(super) fn insert(&self, state: State) -> bool {
        let mut newest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !newest.known.insert(state) {
            return false;
        }
        if newest.order.len() == CAPACITY
            && let Some(oldest) = newest.order.pop_front()
        {
            newest.known.remove(&oldest);
        }
        newest.order.push_back(state);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn state_is_redeemed_once_while_it_is_kept() {
        let redeemed = RedeemedStates::default();
        let states: Vec<_> = (0..=CAPACITY).map(|_| State::new(false, false)).collect();
        assert!(redeemed.insert(states[0]) && !redeemed.insert(states[0]));
        for state in &states[1..] {
            assert!(redeemed.insert(*state));
        }
        // The oldest is forgotten, and no other.
        assert!(!redeemed.insert(states[1]));
        assert!(redeemed.insert(states[0]));
        assert_eq!(redeemed.0.lock().unwrap().known.len(), CAPACITY);
    }
}
