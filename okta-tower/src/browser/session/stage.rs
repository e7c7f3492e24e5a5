//! The stages of a session's life. Pure: times in, a result out.

use std::time::Duration;

use super::record::Record;
use crate::{browser::settings::SessionSettings, error::SessionError};

/// What is due for a session that has not ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Nothing.
    Fresh,
    /// A refresh: the access token ends soon. The session serves meanwhile.
    RefreshDue,
    /// A refresh: the access token has ended. The session does not serve before.
    RefreshNeeded,
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
        let seconds = |duration: Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
        Self {
            idle: seconds(settings.idle),
            refresh_before: seconds(settings.refresh_before),
            grace: seconds(settings.rotation_grace),
        }
    }

    /// When to refresh a session: some time before its access token ends, but not before half of
    /// the token's life. Otherwise each request would refresh a short-lived token.
    fn refresh_at(self, record: &Record) -> i64 {
        let lifetime = record.token_ends_at.saturating_sub(record.refreshed_at);
        let before = self.refresh_before.min(lifetime / 2).max(0);
        record.token_ends_at.saturating_sub(before)
    }

    /// Returns the stage of a session.
    ///
    /// # Errors
    /// If the session has ended.
    pub(super) fn stage(self, record: &Record, now: i64) -> Result<Stage, SessionError> {
        if now >= record.ends_at {
            return Err(SessionError::Expired);
        }
        if self.is_idle(record, now) {
            return Err(SessionError::Idle);
        }
        match record.refresh_token {
            // Without a refresh token the session ends with its access token.
            None if now >= record.token_ends_at => Err(SessionError::Expired),
            Some(_) if now >= record.token_ends_at => Ok(Stage::RefreshNeeded),
            Some(_) if now >= self.refresh_at(record) => Ok(Stage::RefreshDue),
            _ => Ok(Stage::Fresh),
        }
    }

    fn is_idle(self, record: &Record, now: i64) -> bool {
        now.saturating_sub(record.seen_at) >= self.idle
    }

    /// Until when [`stage`](Self::stage) returns [`Stage::Fresh`].
    pub(super) fn fresh_until(self, record: &Record) -> i64 {
        let token = match record.refresh_token {
            None => record.token_ends_at,
            Some(_) => self.refresh_at(record),
        };
        let idle = record.seen_at.saturating_add(self.idle);
        token.min(idle).min(record.ends_at)
    }

    /// Whether to record the use of a session: at most every quarter of the idle time.
    pub(super) fn is_touch_due(self, record: &Record, now: i64) -> bool {
        now.saturating_sub(record.seen_at) >= self.idle / 4
    }

    /// Whether a cookie from before a refresh is still accepted. `replaced_at`: when this process
    /// replaced it, if the newer generation is known here.
    pub(super) fn serves_outdated(
        self,
        record: &Record,
        replaced_at: Option<i64>,
        now: i64,
    ) -> bool {
        let is_in_grace = replaced_at.is_some_and(|at| now < at.saturating_add(self.grace));
        // A replacement makes no cookie last longer than it would have otherwise.
        now < record.ends_at
            && !self.is_idle(record, now)
            && (now < record.token_ends_at || is_in_grace)
    }

    /// Until when [`serves_outdated`](Self::serves_outdated) can need a session's successor.
    pub(super) fn outdated_until(self, record: &Record, replaced_at: i64) -> i64 {
        record
            .token_ends_at
            .max(replaced_at.saturating_add(self.grace))
    }
}

/// When a session ends, however much it is used: what handlers see.
pub(super) fn visible_end(record: &Record) -> i64 {
    match record.refresh_token {
        Some(_) => record.ends_at,
        None => record.ends_at.min(record.token_ends_at),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::browser::session::{fixture, record::TokenRetention};

    const LIMITS: Limits = Limits {
        idle: 3600,
        refresh_before: 60,
        grace: 30,
    };

    /// Created at 0, with an access token until 3600 and an end at 86,400.
    fn record(can_refresh: bool) -> Record {
        let mut new = fixture::new_session();
        if !can_refresh {
            new.tokens.refresh_token = None;
        }
        let retention = TokenRetention {
            access_token: true,
            id_token: true,
        };
        Record::new([0; 16], new, retention, 0, 86_400)
    }

    fn stage(record: &Record, now: i64) -> Result<Stage, SessionError> {
        LIMITS.stage(record, now)
    }

    #[test]
    fn refresh_is_due_before_token_end_and_needed_after() {
        let mut record = record(true);
        record.seen_at = 3000;
        assert_eq!(stage(&record, 3539), Ok(Stage::Fresh));
        assert_eq!(stage(&record, 3540), Ok(Stage::RefreshDue));
        assert_eq!(stage(&record, 3599), Ok(Stage::RefreshDue));
        assert_eq!(stage(&record, 3600), Ok(Stage::RefreshNeeded));
    }

    #[test]
    fn session_without_refresh_token_ends_with_access_token() {
        let mut record = record(false);
        record.seen_at = 3000;
        assert_eq!(stage(&record, 3599), Ok(Stage::Fresh));
        assert_eq!(stage(&record, 3600), Err(SessionError::Expired));
        assert_eq!(visible_end(&record), 3600);
        record.refresh_token = Some("refresh".into());
        assert_eq!(visible_end(&record), 86_400);
    }

    #[test]
    fn session_ends_when_idle_and_at_absolute_end() {
        let mut record = record(true);
        assert_eq!(stage(&record, 3600), Err(SessionError::Idle));
        record.seen_at = 1;
        assert_eq!(stage(&record, 3600), Ok(Stage::RefreshNeeded));
        record.seen_at = 86_399;
        record.token_ends_at = 90_000;
        assert_eq!(stage(&record, 86_399), Ok(Stage::Fresh));
        assert_eq!(stage(&record, 86_400), Err(SessionError::Expired));
    }

    #[test]
    fn short_lived_token_is_refreshed_at_half_its_life() {
        let mut record = record(true);
        record.token_ends_at = 40;
        assert_eq!(stage(&record, 19), Ok(Stage::Fresh));
        assert_eq!(stage(&record, 20), Ok(Stage::RefreshDue));
        record.token_ends_at = 0;
        assert_eq!(stage(&record, 0), Ok(Stage::RefreshNeeded));
    }

    #[test]
    fn use_is_recorded_every_quarter_of_idle_time() {
        let record = record(true);
        assert!(!LIMITS.is_touch_due(&record, 899));
        assert!(LIMITS.is_touch_due(&record, 900));
        // A clock that was set back causes no write.
        assert!(!LIMITS.is_touch_due(&record, -5000));
    }

    #[test]
    fn fresh_until_is_the_first_moment_not_fresh() {
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
            assert_eq!(stage(&record, until - 1), Ok(Stage::Fresh));
            assert_ne!(stage(&record, until), Ok(Stage::Fresh));
        }
    }

    #[test]
    fn outdated_cookie_serves_in_grace_and_token_life() {
        let mut record = record(true);
        record.seen_at = 3000;
        let outdated = |replaced_at, now| LIMITS.serves_outdated(&record, replaced_at, now);
        assert!(outdated(Some(3550), 3579));
        assert!(outdated(Some(3550), 3599));
        assert!(!outdated(Some(3550), 3600));
        assert!(outdated(Some(3590), 3619));
        assert!(!outdated(Some(3590), 3620));
        assert_eq!(LIMITS.outdated_until(&record, 3590), 3620);
        assert_eq!(LIMITS.outdated_until(&record, 3550), 3600);
        // Another process has refreshed it.
        assert!(outdated(None, 3599));
        assert!(!outdated(None, 3600));
    }

    #[test]
    fn outdated_cookie_idles_out_as_if_not_replaced() {
        let mut record = record(true);
        (record.seen_at, record.token_ends_at) = (0, 80_000);
        for replaced_at in [Some(3590), None] {
            let outdated = |now| LIMITS.serves_outdated(&record, replaced_at, now);
            assert!(outdated(3599));
            assert!(!outdated(3600));
        }
    }

    #[test]
    fn outdated_cookie_ends_with_its_session() {
        let mut record = record(true);
        (record.seen_at, record.token_ends_at) = (86_000, 90_000);
        for replaced_at in [Some(86_399), None] {
            assert!(LIMITS.serves_outdated(&record, replaced_at, 86_399));
            assert!(!LIMITS.serves_outdated(&record, replaced_at, 86_400));
        }
    }

    #[test]
    fn token_that_ends_before_it_was_issued_is_not_fresh() {
        let mut record = record(true);
        // The clock was set back meanwhile.
        (record.refreshed_at, record.token_ends_at) = (100, 40);
        assert_eq!(LIMITS.fresh_until(&record), 40);
        assert_eq!(stage(&record, 39), Ok(Stage::Fresh));
        assert_eq!(stage(&record, 40), Ok(Stage::RefreshNeeded));
    }
}
