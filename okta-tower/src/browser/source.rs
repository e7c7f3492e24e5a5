//! The layer's half for browsers: who is calling by session cookie, and what the answer must carry because of it.
//!
//! It is asked only where there is no `Authorization` header: a header decides over a cookie, whether it is good or bad.

use std::sync::Arc;

use http::{
    HeaderValue, Request, Response, StatusCode,
    header::{CACHE_CONTROL, LOCATION, VARY, WWW_AUTHENTICATE},
};

use super::{
    navigation::{is_navigation, sign_in_location},
    origin,
};
use crate::auth::decide::{ByCookie, Pending, Wait};
use crate::{
    base::fields,
    bearer::verifier::Patience,
    browser::session::{IdentifiedSession, Sessions},
    claims::Verified,
    error::{AuthErrorKind, SessionError},
};

pub(crate) use crate::browser::session::PendingSession as SessionWait;

/// The verdict on a session that had to be waited for.
pub(crate) type SessionOutcome = Result<Verified, SessionError>;

/// What a layer does about cookies: nothing, unless sign-in was set up.
#[derive(Clone, Default)]
pub(crate) struct CookieHalf(Option<Arc<Sessions>>);

/// What the answer to one request must carry.
#[derive(Default)]
pub(crate) enum WayOut {
    /// Nothing: no cookie was looked for.
    #[default]
    Plain,
    /// That it differs by the cookie, and whatever else there is.
    ByCookie {
        /// Whose session it is, and when the request came, in Unix seconds.
        session: Option<(Verified, i64)>,
        /// Where somebody signs in who opens a page and has no session.
        sign_in: Option<Box<str>>,
    },
}

impl CookieHalf {
    pub(crate) fn new(sessions: Option<Arc<Sessions>>) -> Self {
        Self(sessions)
    }

    /// Who is calling by cookie.
    pub(crate) fn authenticate<B>(
        &self,
        request: &Request<B>,
        _: Patience,
        waited_for: Option<SessionOutcome>,
    ) -> ByCookie {
        let Some(sessions) = &self.0 else {
            return ByCookie {
                caller: Ok(None),
                way_out: WayOut::Plain,
            };
        };
        let way_out = WayOut::ByCookie {
            session: None,
            sign_in: None,
        };
        if waited_for.is_none() && is_anothers(sessions, request) {
            let caller = Err(Pending::Refuse(SessionError::CrossOrigin.into()));
            return ByCookie { caller, way_out };
        }
        let now = sessions.now();
        let identified = match waited_for {
            None => sessions.identify(request.headers(), now),
            Some(Ok(verified)) => IdentifiedSession::Caller(verified),
            Some(Err(error)) => IdentifiedSession::Refused(error),
        };
        let caller = match identified {
            IdentifiedSession::Caller(verified) => {
                let session = Some((verified.clone(), now));
                return ByCookie {
                    caller: Ok(Some(verified)),
                    way_out: WayOut::ByCookie {
                        session,
                        sign_in: None,
                    },
                };
            }
            // There will be another look.
            IdentifiedSession::Pending(wait) => {
                let caller = Err(Pending::Wait(Wait::Session(wait)));
                return ByCookie { caller, way_out };
            }
            IdentifiedSession::Absent => Ok(None),
            // The cookie stays as it is: this answer may be on its way together with one that brings a new session, and what
            // removes the old one would remove that. Only a sign-out removes cookies.
            IdentifiedSession::Refused(error) => Err(Pending::Refuse(error.into())),
        };
        let sign_in = is_navigation(request.method(), request.headers())
            .then(|| sign_in_location(sessions.login_path(), request.uri()).into());
        ByCookie {
            caller,
            way_out: WayOut::ByCookie {
                session: None,
                sign_in,
            },
        }
    }
}

/// Whether a request with a session's cookie may have been started by another site.
fn is_anothers<B>(sessions: &Arc<Sessions>, request: &Request<B>) -> bool {
    let (headers, own) = (request.headers(), sessions.origin());
    sessions.checks_origin()
        && origin::check(request.method(), headers, own, sessions.allowed_origins()).is_err()
        && sessions.is_presented(headers)
}

impl WayOut {
    /// Whether a refusal of this kind sends the person to sign in.
    pub(crate) fn leads_to_sign_in(&self, kind: AuthErrorKind) -> bool {
        match self {
            Self::Plain => false,
            Self::ByCookie { sign_in, .. } => may_help(kind) && sign_in.is_some(),
        }
    }

    /// Completes the answer: `refused` where it is a refusal by this layer.
    #[inline]
    pub(crate) fn complete<B>(
        &mut self,
        cookies: &CookieHalf,
        response: &mut Response<B>,
        refused: Option<AuthErrorKind>,
    ) {
        if let (Self::ByCookie { session, sign_in }, Some(sessions)) = (self, &cookies.0) {
            complete(sessions, response, refused, session.take(), sign_in.take());
        }
    }
}

/// Whether it may help the person to sign in.
fn may_help(kind: AuthErrorKind) -> bool {
    matches!(
        kind,
        AuthErrorKind::MissingCredentials | AuthErrorKind::InvalidToken
    )
}

fn complete<B>(
    sessions: &Arc<Sessions>,
    response: &mut Response<B>,
    refused: Option<AuthErrorKind>,
    session: Option<(Verified, i64)>,
    sign_in: Option<Box<str>>,
) {
    if refused.is_some_and(may_help)
        && let Some(location) = sign_in
        && let Ok(location) = HeaderValue::try_from(&*location)
    {
        *response.status_mut() = StatusCode::FOUND;
        response.headers_mut().remove(WWW_AUTHENTICATE);
        response.headers_mut().insert(LOCATION, location);
    }
    let headers = response.headers_mut();
    let mut sets_cookie = false;
    if let Some((verified, now)) = session {
        sets_cookie = sessions.finish(&verified, now, headers);
        if !fields::has(headers, &CACHE_CONTROL) {
            headers.append(CACHE_CONTROL, PRIVATE);
        }
    }
    // A cookie that some cache hands to the next person would be that person's session.
    if refused.is_some() || sets_cookie {
        headers.insert(CACHE_CONTROL, PRIVATE);
        // What is meant for one kind of cache outweighs that (RFC 9213).
        for name in FOR_SOME_CACHES {
            headers.remove(name);
        }
    }
    headers.append(VARY, COOKIE);
}

/// Nothing of a person's page is kept, by caches on the way or for the Back button after a sign-out.
const PRIVATE: HeaderValue = HeaderValue::from_static("private, no-store");
/// What caches of content delivery networks heed before `Cache-Control`.
const FOR_SOME_CACHES: [&str; 6] = [
    "cdn-cache-control",
    "surrogate-control",
    "akamai-cache-control",
    "cloudflare-cdn-cache-control",
    "netlify-cdn-cache-control",
    "vercel-cdn-cache-control",
];
const COOKIE: HeaderValue = HeaderValue::from_static("cookie");
