//! Sessions of people who signed in with a browser. Feature `sign-in`.

use std::{future::Future, pin::Pin, sync::Arc};

use http::{HeaderMap, HeaderValue};

use crate::{claims::Verified, error::AuthError, verifier::Patience};

/// What can be said of a request's session cookie at once.
pub(crate) enum Judged {
    /// There is none.
    Absent,
    Accepted(Verified),
    Refused(Dismissal),
    /// The session must be refreshed first, or fetched from its store.
    Wait(SessionWait),
}

/// The verdict on a session that had to be waited for.
pub(crate) type SessionWait = Pin<Box<dyn Future<Output = Result<Verified, Dismissal>> + Send>>;

/// A session that does not let its request in.
pub(crate) struct Dismissal {
    pub(crate) error: AuthError,
    /// `Set-Cookie` that removes what is dead.
    pub(crate) cookies: Vec<HeaderValue>,
}

/// The sessions of one application.
#[derive(Debug)]
pub(crate) struct Sessions {}

impl Sessions {
    pub(crate) fn is_presented(&self, _headers: &HeaderMap) -> bool {
        false
    }
    pub(crate) fn judge(self: &Arc<Self>, _headers: &HeaderMap, _patience: Patience) -> Judged {
        Judged::Absent
    }
    pub(crate) fn finish(&self, _verified: &Verified, _headers: &mut HeaderMap) {}
    pub(crate) fn origin(&self) -> &str {
        ""
    }
    pub(crate) fn allowed_origins(&self) -> &[Box<str>] {
        &[]
    }
    pub(crate) fn checks_origin(&self) -> bool {
        true
    }
    pub(crate) fn login_path(&self) -> &str {
        ""
    }
}
