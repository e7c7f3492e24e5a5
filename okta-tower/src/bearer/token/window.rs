//! When a token is valid. The uncached path and the cache make the same three checks.

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
