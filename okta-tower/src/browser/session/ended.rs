//! Which sessions have ended by a sign-out: a compact set that never accepts an ended session.
//!
//! The set is bounded. Where it must forget a session, it rejects all sessions of that user that
//! end no later than the forgotten one. Sessions end in the order of their sign-ins, so these are
//! the user's older sessions.
//!
//! | bound | what happens beyond it |
//! |---|---|
//! | 32 sessions of a user | that user's older sessions are rejected |
//! | 131,072 users | one user in 4,096 shares the fate of a forgotten user |
//!
//! A user with one ended session takes about 170 bytes. All bounds together allow 110 MB, for four
//! million sign-outs within the absolute lifetime of a session.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
};

use super::record::Id;

/// How many ended sessions of a user are kept.
const SESSIONS: usize = 32;

/// How many users are kept.
const USERS: usize = 1 << 17;

/// How many groups the forgotten users fall into.
const GROUPS: usize = 1 << 12;

/// The ended sessions of all users. Times are in Unix seconds.
pub(super) struct EndedSessions {
    capacity: usize,
    hasher: RandomState,
    users: HashMap<u64, EndedOfUser>,
    /// By the group of a user's hash: sessions that end no later than this are rejected. Empty
    /// until a user is forgotten.
    forgotten: Vec<i64>,
}

/// The ended sessions of one user.
#[derive(Default)]
struct EndedOfUser {
    /// Sessions that end no later than this are rejected.
    rejected_until: i64,
    /// The other ended sessions, and when each would have ended.
    sessions: Vec<(i64, Id)>,
}

impl EndedSessions {
    pub(super) fn new() -> Self {
        Self::with_capacity(USERS)
    }

    /// Remembers so many users.
    fn with_capacity(capacity: usize) -> Self {
        Self {
            capacity,
            hasher: RandomState::new(),
            users: HashMap::new(),
            forgotten: Vec::new(),
        }
    }

    /// Returns whether a session has ended, or may have ended.
    pub(super) fn contains(&self, user: &str, id: Id, ends_at: i64) -> bool {
        let user = self.hasher.hash_one(user);
        let is_forgotten = |until: &i64| ends_at <= *until;
        let is_ended = |ended: &EndedOfUser| {
            ends_at <= ended.rejected_until || ended.sessions.iter().any(|(_, other)| *other == id)
        };
        self.users.get(&user).is_some_and(is_ended)
            || self.forgotten.get(group(user)).is_some_and(is_forgotten)
    }

    /// Adds a session that would have ended at `ends_at`.
    pub(super) fn insert(&mut self, user: &str, id: Id, ends_at: i64, now: i64) {
        if self.contains(user, id, ends_at) {
            return;
        }
        let user = self.hasher.hash_one(user);
        if !self.users.contains_key(&user) && self.users.len() >= self.capacity {
            self.make_room(now);
        }
        self.users.entry(user).or_default().insert(id, ends_at);
    }

    /// Removes what no cookie can name anymore.
    pub(super) fn tidy(&mut self, now: i64) {
        self.users.retain(|_, user| {
            user.sessions.retain(|(ends_at, _)| now < *ends_at);
            now < user.rejected_until || !user.sessions.is_empty()
        });
    }

    /// Removes the eighth of the users whose last session ends first.
    fn make_room(&mut self, now: i64) {
        self.tidy(now);
        let mut all: Vec<(i64, u64)> = (self.users.iter())
            .map(|(user, ended)| (ended.last_end(), *user))
            .collect();
        all.sort_unstable();
        let excess = (self.users.len() + self.capacity / 8 + 1).saturating_sub(self.capacity);
        self.forgotten.resize(GROUPS, i64::MIN);
        for (last_end, user) in all.into_iter().take(excess) {
            self.users.remove(&user);
            let until = &mut self.forgotten[group(user)];
            *until = last_end.max(*until);
        }
    }
}

impl EndedOfUser {
    fn insert(&mut self, id: Id, ends_at: i64) {
        if self.sessions.len() >= SESSIONS {
            self.sessions.sort_unstable();
            let (oldest, _) = self.sessions.remove(0);
            self.rejected_until = oldest.max(self.rejected_until);
            self.sessions
                .retain(|(ends_at, _)| *ends_at > self.rejected_until);
        }
        self.sessions.push((ends_at, id));
    }

    fn last_end(&self) -> i64 {
        let ends = self.sessions.iter().map(|(ends_at, _)| *ends_at);
        ends.fold(self.rejected_until, i64::max)
    }
}

fn group(user: u64) -> usize {
    // The remainder is below `GROUPS`, which fits.
    usize::try_from(user % GROUPS as u64).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: usize) -> Id {
        let mut id = [0; 16];
        id[..8].copy_from_slice(&(number as u64).to_be_bytes());
        id
    }

    /// The session that was begun at this time, if sessions last for 1000 seconds.
    fn end(set: &mut EndedSessions, user: &str, number: usize) {
        let began_at = i64::try_from(number).unwrap();
        set.insert(user, id(number), began_at + 1000, began_at);
    }

    fn has(set: &EndedSessions, user: &str, number: usize) -> bool {
        set.contains(user, id(number), i64::try_from(number).unwrap() + 1000)
    }

    #[test]
    fn ended_session_is_contained_and_no_other() {
        let mut set = EndedSessions::new();
        end(&mut set, "ada", 10);
        assert!(has(&set, "ada", 10));
        for other in [9, 11] {
            assert!(!has(&set, "ada", other));
        }
        assert!(!has(&set, "bob", 10));
    }

    #[test]
    fn forgetting_rejects_only_older_sessions_of_that_user() {
        let mut set = EndedSessions::new();
        for number in 100..100 + 65_536 {
            end(&mut set, "busy", number);
        }
        // Whether remembered or not, none is accepted again.
        for number in (100..100 + 65_536).step_by(97) {
            assert!(has(&set, "busy", number), "{number}");
        }
        assert!(has(&set, "busy", 99), "an older session of the user");
        assert!(!has(&set, "busy", 100 + 65_536), "a newer one");
        assert!(!has(&set, "ada", 99), "a session of another user");
        assert_eq!(set.users.len(), 1);
        assert!(
            set.users
                .values()
                .all(|user| user.sessions.len() <= SESSIONS)
        );
    }

    #[test]
    fn no_ended_session_of_many_users_is_accepted_again() {
        let mut set = EndedSessions::with_capacity(64);
        for number in 0..1000 {
            end(&mut set, &format!("user-{number}"), number);
            assert!(set.users.len() <= 64);
        }
        for number in 0..1000 {
            assert!(has(&set, &format!("user-{number}"), number), "{number}");
        }
        // Newer sessions than the forgotten ones are accepted, and those of most other users.
        let is_rejected = |other: &usize| has(&set, &format!("other-{other}"), *other);
        assert_eq!((1000..2000).filter(is_rejected).count(), 0);
        assert!((0..1000).filter(is_rejected).count() < 500);
    }

    #[test]
    fn sessions_past_their_end_are_removed() {
        let mut set = EndedSessions::new();
        end(&mut set, "ada", 10);
        for number in 20..60 {
            end(&mut set, "busy", number);
        }
        set.tidy(1009);
        assert!(has(&set, "ada", 10) && has(&set, "busy", 20));
        set.tidy(1010);
        assert!(!has(&set, "ada", 10) && has(&set, "busy", 20));
        set.tidy(1060);
        assert!(set.users.is_empty());
    }
}
