//! The layer's half for browsers: who is calling by session cookie, and what the answer must carry because of it.
//!
//! It is asked only where there is no `Authorization` header: a header decides over a cookie, whether it is good or bad.

use std::sync::Arc;

use http::{
    HeaderValue, Request, Response, StatusCode,
    header::{CACHE_CONTROL, LOCATION, SET_COOKIE, VARY, WWW_AUTHENTICATE},
};

use super::{
    decide::{ByCookie, Pending, Wait},
    navigation::{is_navigation, sign_in_location},
    origin,
};
use crate::{
    claims::Verified,
    error::{AuthErrorKind, SessionError},
    session::{Dismissal, Judged, Sessions},
    verifier::Patience,
};

pub(super) use crate::session::SessionWait;

/// The verdict on a session that had to be waited for.
pub(super) type SessionOutcome = Result<Verified, Dismissal>;

/// What a layer does about cookies: nothing, unless sign-in was set up.
#[derive(Clone, Default)]
pub(crate) struct CookieHalf(Option<Arc<Sessions>>);

/// What the answer to one request must carry.
#[derive(Default)]
pub(super) struct WayOut {
    /// Whether a cookie was looked for, so that the answer differs by it.
    is_by_cookie: bool,
    /// Whose session it is, and when the request came, in Unix seconds.
    session: Option<(Verified, i64)>,
    without: Option<Box<Without>>,
}

/// What the answer to somebody without a session must carry. Apart, so that the others need not carry it with them.
#[derive(Default)]
struct Without {
    /// `Set-Cookie` that removes what is dead.
    removals: Vec<HeaderValue>,
    /// Where a person who opens a page signs in.
    sign_in: Option<Box<str>>,
}

impl CookieHalf {
    pub(crate) fn new(sessions: Option<Arc<Sessions>>) -> Self {
        Self(sessions)
    }

    /// Who is calling by cookie.
    pub(super) fn authenticate<B>(
        &self,
        request: &Request<B>,
        patience: Patience,
        waited_for: Option<SessionOutcome>,
    ) -> ByCookie {
        let mut way_out = WayOut::default();
        let caller = match &self.0 {
            Some(sessions) => Self::ask(sessions, request, patience, waited_for, &mut way_out),
            None => Ok(None),
        };
        ByCookie { caller, way_out }
    }

    fn ask<B>(
        sessions: &Arc<Sessions>,
        request: &Request<B>,
        patience: Patience,
        waited_for: Option<SessionOutcome>,
        way_out: &mut WayOut,
    ) -> Result<Option<Verified>, Pending> {
        way_out.is_by_cookie = true;
        let now = sessions.now();
        let outcome = match waited_for {
            Some(outcome) => outcome,
            None => {
                if sessions.checks_origin()
                    && origin::check(
                        request.method(),
                        request.headers(),
                        sessions.origin(),
                        sessions.allowed_origins(),
                    )
                    .is_err()
                    && sessions.is_presented(request.headers())
                {
                    return Err(Pending::Refuse(SessionError::CrossOrigin.into()));
                }
                match sessions.judge(request.headers(), patience, now) {
                    Judged::Accepted(verified) => Ok(verified),
                    Judged::Refused(dismissal) => Err(dismissal),
                    Judged::Wait(wait) => return Err(Pending::Wait(Wait::Session(wait))),
                    Judged::Absent => {
                        way_out.note_navigation(sessions, request);
                        return Ok(None);
                    }
                }
            }
        };
        match outcome {
            Ok(verified) => {
                way_out.session = Some((verified.clone(), now));
                Ok(Some(verified))
            }
            Err(dismissal) => {
                way_out.note_navigation(sessions, request);
                if !dismissal.cookies.is_empty() {
                    way_out.without.get_or_insert_default().removals = dismissal.cookies;
                }
                Err(Pending::Refuse(dismissal.error))
            }
        }
    }
}

impl WayOut {
    fn note_navigation<B>(&mut self, sessions: &Sessions, request: &Request<B>) {
        if is_navigation(request.method(), request.headers()) {
            let location = sign_in_location(sessions.login_path(), request.uri());
            self.without.get_or_insert_default().sign_in = Some(location.into());
        }
    }

    /// Whether a refusal of this kind sends the person to sign in.
    pub(super) fn leads_to_sign_in(&self, kind: AuthErrorKind) -> bool {
        let may_help = matches!(
            kind,
            AuthErrorKind::MissingCredentials | AuthErrorKind::InvalidToken
        );
        may_help && (self.without.as_ref()).is_some_and(|without| without.sign_in.is_some())
    }

    /// Completes the answer: `refused` where it is a refusal by this layer.
    pub(super) fn complete<B>(
        &mut self,
        cookies: &CookieHalf,
        response: &mut Response<B>,
        refused: Option<AuthErrorKind>,
    ) {
        if self.is_by_cookie {
            self.complete_by_cookie(cookies, response, refused);
        }
    }

    fn complete_by_cookie<B>(
        &mut self,
        cookies: &CookieHalf,
        response: &mut Response<B>,
        refused: Option<AuthErrorKind>,
    ) {
        let leads_to_sign_in = refused.is_some_and(|kind| self.leads_to_sign_in(kind));
        let Without { removals, sign_in } = match self.without.take() {
            Some(without) => *without,
            None => Without::default(),
        };
        if leads_to_sign_in
            && let Some(location) = sign_in
            && let Ok(location) = HeaderValue::try_from(&*location)
        {
            *response.status_mut() = StatusCode::FOUND;
            response.headers_mut().remove(WWW_AUTHENTICATE);
            response.headers_mut().insert(LOCATION, location);
        }
        let headers = response.headers_mut();
        let mut sets_cookie = !removals.is_empty();
        if let (Some(sessions), Some((verified, now))) = (&cookies.0, self.session.take()) {
            sets_cookie |= sessions.finish(&verified, now, headers);
            headers.entry(CACHE_CONTROL).or_insert(PRIVATE);
        }
        for removal in removals {
            headers.append(SET_COOKIE, removal);
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
