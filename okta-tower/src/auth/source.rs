//! The seam: one place where a caller's identity comes from.
//!
//! A source parses its own credential once, into a type, and says who is calling. A new source
//! touches no other source: it implements [`Source`] and joins the list that
//! [`Okta::layer`](crate::Okta::layer) builds.

#[cfg(test)]
mod tests;

use std::{fmt, future::Future, pin::Pin, sync::Arc};

use http::response::Parts;
use smallvec::SmallVec;

use super::credentials::{CredentialFinder, RequestHead};
use crate::{claims::Verified, error::AuthError};

/// A place where a caller's identity comes from: the bearer token, or the session cookie.
pub(crate) trait Source: fmt::Debug + Send + Sync {
    /// Identifies the caller of a request. `public` says that the route needs no caller: then the
    /// source waits for no signing key.
    ///
    /// `out` takes what the response must carry whatever the outcome is.
    fn identify(&self, request: RequestHead<'_>, public: bool, out: &mut Completions)
    -> Identified;

    /// Returns this source with another finder of credentials, if it has one.
    fn with_finder(&self, _finder: Arc<dyn CredentialFinder>) -> Option<Arc<dyn Source>> {
        None
    }

    /// Returns this source as one that takes credentials of another scheme for absent, if it reads
    /// schemes.
    fn ignoring_other_schemes(&self) -> Option<Arc<dyn Source>> {
        None
    }

    /// Whether browsers send this source's credential with every request.
    fn reads_cookies(&self) -> bool {
        false
    }
}

/// What a source says of a request.
pub(crate) enum Identified {
    /// The request has no credential of this source: ask the next one.
    Absent,
    Caller(Verified),
    Refused(AuthError),
    /// The result needs a wait. The outcome is final: no source looks at the request again.
    Pending(PendingOutcome),
}

/// A wait for the final outcome, bounded in time.
pub(crate) type PendingOutcome = Pin<Box<dyn Future<Output = Outcome> + Send>>;

/// The final outcome of a source that had to wait.
pub(crate) struct Outcome {
    pub(crate) caller: Result<Verified, AuthError>,
    pub(crate) out: Completions,
}

/// What the response to one request must carry. Bearer tokens add nothing, a session one entry.
pub(crate) type Completions = SmallVec<[Box<dyn Completion>; 1]>;

/// Completes a response: with cookies, `Vary`, or a redirect to the sign-in.
pub(crate) trait Completion: Send {
    /// `refused` is the error that this layer has rejected the request with.
    fn complete(self: Box<Self>, response: &mut Parts, refused: Option<&AuthError>);
}
