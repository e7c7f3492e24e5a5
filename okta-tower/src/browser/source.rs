//! The session cookie as a source of the caller, and what a response must carry because of it.
//!
//! Asked only if the request has no `Authorization` header: a header decides over a cookie, whether
//! it is good or bad.

use std::sync::Arc;

use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{CACHE_CONTROL, LOCATION, VARY, WWW_AUTHENTICATE},
};

use super::{
    navigation::{is_navigation, sign_in_location},
    origin,
    session::{IdentifiedSession, Sessions},
};
use crate::{
    auth::{
        AuthLayer, RequestHead,
        caching::FOR_SOME_CACHES,
        source::{Completion, Completions, Identified, Outcome, Source},
    },
    claims::Verified,
    error::{AuthError, AuthErrorKind, SessionError},
};

/// Finds a session cookie and has its session opened.
#[derive(Debug)]
pub(crate) struct SessionSource {
    sessions: Arc<Sessions>,
}

impl SessionSource {
    pub(crate) fn new(sessions: Arc<Sessions>) -> Self {
        Self { sessions }
    }

    /// Completes the response to a request without a session that serves.
    fn without_session(&self, sign_in: Option<HeaderValue>) -> Box<SessionCompletion> {
        Box::new(SessionCompletion {
            sessions: Arc::clone(&self.sessions),
            session: None,
            sign_in,
        })
    }

    /// Where to sign in, if a user's browser is opening a page.
    fn sign_in(&self, request: RequestHead<'_>) -> Option<HeaderValue> {
        if !is_navigation(request.method, request.headers) {
            return None;
        }
        let location = sign_in_location(self.sessions.login_path(), request.uri);
        HeaderValue::try_from(location).ok()
    }

    /// Whether another site may have started this request, which carries a session cookie.
    fn is_cross_origin(&self, request: RequestHead<'_>) -> bool {
        let sessions = &self.sessions;
        sessions.checks_origin()
            && origin::check(
                request.method,
                request.headers,
                sessions.origin(),
                sessions.allowed_origins(),
            )
            .is_err()
            && sessions.is_presented(request.headers)
    }
}

impl Source for SessionSource {
    fn identify(&self, request: RequestHead<'_>, _: bool, out: &mut Completions) -> Identified {
        if self.is_cross_origin(request) {
            out.push(self.without_session(None));
            return Identified::Refused(SessionError::CrossOrigin.into());
        }
        let now = self.sessions.now();
        match self.sessions.identify(request.headers, now) {
            IdentifiedSession::Caller(caller) => {
                out.push(SessionCompletion::of(&self.sessions, &caller, now));
                Identified::Caller(caller)
            }
            IdentifiedSession::Absent => {
                out.push(self.without_session(self.sign_in(request)));
                Identified::Absent
            }
            // The cookie stays: this response may travel together with one that brings a new
            // session, and removing the old cookie would remove that. Only a sign-out removes
            // cookies.
            IdentifiedSession::Refused(error) => {
                out.push(self.without_session(self.sign_in(request)));
                Identified::Refused(error.into())
            }
            IdentifiedSession::Pending(pending) => {
                let sessions = Arc::clone(&self.sessions);
                let otherwise = self.without_session(self.sign_in(request));
                Identified::Pending(Box::pin(async move {
                    let mut out = Completions::new();
                    let caller = pending.await.map_err(AuthError::from);
                    out.push(match &caller {
                        Ok(caller) => SessionCompletion::of(&sessions, caller, sessions.now()),
                        Err(_) => otherwise,
                    });
                    Outcome { caller, out }
                }))
            }
        }
    }

    fn reads_cookies(&self) -> bool {
        true
    }
}

impl<R> AuthLayer<R> {
    /// Looks at no session cookie: for services that only API clients call. Feature `sign-in`.
    pub fn bearer_only(self) -> Self {
        self.without_cookies()
    }
}

/// What the response to a request must carry once a cookie was looked for.
struct SessionCompletion {
    sessions: Arc<Sessions>,
    /// The session's caller, and when the request came, in Unix seconds.
    session: Option<(Verified, i64)>,
    /// Where a user who opens a page without a session signs in.
    sign_in: Option<HeaderValue>,
}

impl SessionCompletion {
    fn of(sessions: &Arc<Sessions>, caller: &Verified, now: i64) -> Box<Self> {
        Box::new(Self {
            sessions: Arc::clone(sessions),
            session: Some((caller.clone(), now)),
            sign_in: None,
        })
    }
}

impl Completion for SessionCompletion {
    fn complete(
        self: Box<Self>,
        status: &mut StatusCode,
        headers: &mut HeaderMap,
        refused: Option<&AuthError>,
    ) {
        if refused.is_some_and(|error| signing_in_may_help(error.kind()))
            && let Some(location) = self.sign_in
        {
            *status = StatusCode::FOUND;
            headers.remove(WWW_AUTHENTICATE);
            headers.insert(LOCATION, location);
        }
        let mut sets_cookie = false;
        if let Some((caller, now)) = self.session {
            sets_cookie = self.sessions.finish(&caller, now, headers);
            if !headers.contains_key(CACHE_CONTROL) {
                headers.append(CACHE_CONTROL, PRIVATE);
            }
        }
        // A cache must not hand one user's cookie to the next.
        if refused.is_some() || sets_cookie {
            headers.insert(CACHE_CONTROL, PRIVATE);
            // Fields for one kind of cache outweigh `Cache-Control` (RFC 9213).
            for name in FOR_SOME_CACHES {
                headers.remove(name);
            }
        }
        headers.append(VARY, COOKIE);
    }
}

fn signing_in_may_help(kind: AuthErrorKind) -> bool {
    matches!(
        kind,
        AuthErrorKind::MissingCredentials | AuthErrorKind::InvalidToken
    )
}

/// Neither caches on the way nor the Back button after a sign-out keep a user's page.
const PRIVATE: HeaderValue = HeaderValue::from_static("private, no-store");
const COOKIE: HeaderValue = HeaderValue::from_static("cookie");
