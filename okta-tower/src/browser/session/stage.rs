//! Where a session stands in its life. Pure: times in, a verdict out.

use super::record::Record;
use crate::{browser::settings::SessionSettings, error::SessionError};

/// What may be done with a session at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Nothing need be done.
    Fresh,
    /// Its access token ends soon. The session serves meanwhile.
    RefreshDue,
    /// Its access token has ended: it serves again when it has been refreshed.
    RefreshNeeded,
    Over(SessionError),
}

/// What becomes of a request whose cookie is from before a refresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outdated {
    /// The session as it is now, and its cookie, are handed over.
    UseNewest,
    /// What the cookie says is served: its access token lives, and nobody here knows the newer one.
    AsItIs,
    Over,
}

/// The times that decide, in seconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) idle: i64,
    pub(super) refresh_before: i64,
    pub(super) grace: i64,
}

impl Limits {
    pub(super) fn of(settings: &SessionSettings) -> Self {
        let seconds =
            |duration: std::time::Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
        Self {
            idle: seconds(settings.idle),
            refresh_before: seconds(settings.refresh_before),
            grace: seconds(settings.rotation_grace),
        }
    }

    /// When a session's access token is to be refreshed: some time before its end, but not before half of its life, or
    /// tokens that live shortly would be refreshed with every request.
    fn refresh_at(self, record: &Record) -> i64 {
        let lifetime = record.token_ends_at.saturating_sub(record.refreshed_at);
        let before = self.refresh_before.min(lifetime / 2).max(0);
        record.token_ends_at.saturating_sub(before)
    }

    /// Where a session stands.
    pub(super) fn stage(self, record: &Record, now: i64) -> Stage {
        if now >= record.ends_at {
            return Stage::Over(SessionError::Expired);
        }
        if self.is_idle(record, now) {
            return Stage::Over(SessionError::Idle);
        }
        match record.refresh_token {
            // Without a refresh token the session ends with its access token.
            None if now >= record.token_ends_at => Stage::Over(SessionError::Expired),
            Some(_) if now >= record.token_ends_at => Stage::RefreshNeeded,
            Some(_) if now >= self.refresh_at(record) => Stage::RefreshDue,
            _ => Stage::Fresh,
        }
    }

    fn is_idle(self, record: &Record, now: i64) -> bool {
        now.saturating_sub(record.seen_at) >= self.idle
    }

    /// Until when [`stage`](Self::stage) goes on to say [`Stage::Fresh`].
    pub(super) fn fresh_until(self, record: &Record) -> i64 {
        let token = match record.refresh_token {
            None => record.token_ends_at,
            Some(_) => self.refresh_at(record),
        };
        let idle = record.seen_at.saturating_add(self.idle);
        token.min(idle).min(record.ends_at)
    }

    /// Whether the session's last use should be written down: at most every quarter of the idle time.
    pub(super) fn is_touch_due(self, record: &Record, now: i64) -> bool {
        now.saturating_sub(record.seen_at) >= (self.idle / 4).max(1)
    }

    /// What becomes of a cookie from before a refresh. `replaced_at` is when this process has replaced it, where it is
    /// still known by what.
    pub(super) fn outdated(self, record: &Record, replaced_at: Option<i64>, now: i64) -> Outdated {
        // To be replaced makes no cookie last longer than it would have otherwise.
        if now >= record.ends_at || self.is_idle(record, now) {
            return Outdated::Over;
        }
        let is_token_alive = now < record.token_ends_at;
        match replaced_at {
            Some(at) if is_token_alive || now < at.saturating_add(self.grace) => {
                Outdated::UseNewest
            }
            None if is_token_alive => Outdated::AsItIs,
            _ => Outdated::Over,
        }
    }

    /// Until when a replaced session's successor may be asked for by [`outdated`](Self::outdated).
    pub(super) fn outdated_until(self, record: &Record, replaced_at: i64) -> i64 {
        record
            .token_ends_at
            .max(replaced_at.saturating_add(self.grace))
    }
}

/// When a session ends if nothing happens but its use: what handlers are told.
pub(super) fn told_end(record: &Record) -> i64 {
    match record.refresh_token {
        Some(_) => record.ends_at,
        None => record.ends_at.min(record.token_ends_at),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::browser::session::{fixture, record::Keeps};

    const LIMITS: Limits = Limits {
        idle: 3600,
        refresh_before: 60,
        grace: 30,
    };

    /// Begun at 0, an access token until 3600, an end at 86,400.
    fn record(can_refresh: bool) -> Record {
        let mut new = fixture::new_session();
        if !can_refresh {
            new.tokens.refresh_token = None;
        }
        let keeps = Keeps {
            access_token: true,
            id_token: true,
        };
        Record::new([0; 16], new, keeps, 0, 86_400)
    }

    fn stage(record: &Record, now: i64) -> Stage {
        LIMITS.stage(record, now)
    }

    #[test]
    fn a_session_is_refreshed_before_its_token_ends_and_must_be_after() {
        let mut record = record(true);
        record.seen_at = 3000;
        assert_eq!(stage(&record, 3539), Stage::Fresh);
        assert_eq!(stage(&record, 3540), Stage::RefreshDue);
        assert_eq!(stage(&record, 3599), Stage::RefreshDue);
        assert_eq!(stage(&record, 3600), Stage::RefreshNeeded);
    }

    #[test]
    fn without_a_refresh_token_the_session_ends_with_its_access_token() {
        let mut record = record(false);
        record.seen_at = 3000;
        assert_eq!(stage(&record, 3599), Stage::Fresh);
        assert_eq!(stage(&record, 3600), Stage::Over(SessionError::Expired));
        assert_eq!(told_end(&record), 3600);
        record.refresh_token = Some("refresh".into());
        assert_eq!(told_end(&record), 86_400);
    }

    #[test]
    fn a_session_ends_when_it_is_not_used_and_at_its_absolute_end() {
        let mut record = record(true);
        assert_eq!(stage(&record, 3600), Stage::Over(SessionError::Idle));
        record.seen_at = 1;
        assert_eq!(stage(&record, 3600), Stage::RefreshNeeded);
        record.seen_at = 86_399;
        record.token_ends_at = 90_000;
        assert_eq!(stage(&record, 86_399), Stage::Fresh);
        assert_eq!(stage(&record, 86_400), Stage::Over(SessionError::Expired));
    }

    #[test]
    fn tokens_that_live_shortly_are_refreshed_at_half_of_their_life() {
        let mut record = record(true);
        record.token_ends_at = 40;
        assert_eq!(stage(&record, 19), Stage::Fresh);
        assert_eq!(stage(&record, 20), Stage::RefreshDue);
        record.token_ends_at = 0;
        assert_eq!(stage(&record, 0), Stage::RefreshNeeded);
    }

    #[test]
    fn the_last_use_is_written_down_every_quarter_of_the_idle_time() {
        let record = record(true);
        assert!(!LIMITS.is_touch_due(&record, 899));
        assert!(LIMITS.is_touch_due(&record, 900));
        // A clock that was set back is no reason to write.
        assert!(!LIMITS.is_touch_due(&record, -5000));
    }

    #[test]
    fn fresh_until_is_the_first_moment_at_which_the_stage_is_another() {
        let mut records = vec![record(true), record(false)];
        for (seen, token, end) in [
            (3000, 3600, 86_400),
            (100, 90_000, 86_400),
            (3000, 9000, 3100),
        ] {
            for mut record in records.clone() {
                (record.seen_at, record.token_ends_at, record.ends_at) = (seen, token, end);
                records.push(record);
            }
        }
        for record in records {
            let until = LIMITS.fresh_until(&record);
            assert_eq!(stage(&record, until - 1), Stage::Fresh);
            assert_ne!(stage(&record, until), Stage::Fresh);
        }
    }

    #[test]
    fn an_outdated_cookie_gets_the_newest_session_in_the_grace_and_while_its_token_lives() {
        let mut record = record(true);
        record.seen_at = 3000;
        let outdated = |replaced_at, now| LIMITS.outdated(&record, replaced_at, now);
        assert_eq!(outdated(Some(3550), 3579), Outdated::UseNewest);
        assert_eq!(outdated(Some(3550), 3599), Outdated::UseNewest);
        assert_eq!(outdated(Some(3550), 3600), Outdated::Over);
        assert_eq!(outdated(Some(3590), 3619), Outdated::UseNewest);
        assert_eq!(outdated(Some(3590), 3620), Outdated::Over);
        assert_eq!(LIMITS.outdated_until(&record, 3590), 3620);
        assert_eq!(LIMITS.outdated_until(&record, 3550), 3600);
        // Another process has refreshed it.
        assert_eq!(outdated(None, 3599), Outdated::AsItIs);
        assert_eq!(outdated(None, 3600), Outdated::Over);
    }

    #[test]
    fn an_outdated_cookie_idles_out_as_if_it_had_not_been_replaced() {
        let mut record = record(true);
        (record.seen_at, record.token_ends_at) = (0, 80_000);
        for replaced_at in [Some(3590), None] {
            let outdated = |now| LIMITS.outdated(&record, replaced_at, now);
            assert_ne!(outdated(3599), Outdated::Over);
            assert_eq!(outdated(3600), Outdated::Over);
        }
    }
}
