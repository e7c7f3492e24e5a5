//! When a token is valid. The uncached path and the cache make the same three checks.

use std::time::Duration;

use super::values::Date;
use crate::error::TokenErrorKind;

/// The bounds of a token's validity, leeway included, in Unix seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    /// The first moment at which it has expired.
    pub(crate) expires: i64,
    /// The first moment at which `nbf` allows it.
    pub(crate) not_before: i64,
    /// The first moment at which `iat` is not in the future.
    pub(crate) issued: i64,
}

impl Window {
    /// Returns the window that these claims allow. Fractions are rounded to the stricter side.
    pub(crate) fn new(exp: Date, nbf: Option<Date>, iat: Option<Date>, leeway: Duration) -> Self {
        let leeway = i64::try_from(leeway.as_secs()).unwrap_or(i64::MAX);
        let from = |date: Option<Date>| {
            date.map_or(i64::MIN, |date| date.rounded_up().saturating_sub(leeway))
        };
        Self {
            expires: exp.rounded_down().saturating_add(leeway),
            not_before: from(nbf),
            issued: from(iat),
        }
    }

    pub(crate) fn check(&self, now: i64) -> Result<(), TokenErrorKind> {
        if now >= self.expires {
            Err(TokenErrorKind::Expired)
        } else if now < self.not_before {
            Err(TokenErrorKind::NotYetValid)
        } else if now < self.issued {
            Err(TokenErrorKind::IssuedInFuture)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
impl Window {
    /// Returns a window without a beginning.
    pub(crate) fn until(expires: i64) -> Self {
        Self {
            expires,
            not_before: i64::MIN,
            issued: i64::MIN,
        }
    }
}
