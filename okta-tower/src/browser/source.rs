//! The session cookie as a source of the caller, and what a response must carry because of it.
//!
//! Asked only if the request has no `Authorization` header: a header decides over a cookie, whether
//! it is good or bad.

use std::sync::Arc;

use http::{
    HeaderName, HeaderValue, StatusCode, Uri,
    header::{CACHE_CONTROL, LOCATION, VARY, WWW_AUTHENTICATE},
    response::Parts,
};

use super::{
    host::ByHost,
    navigation::{HX_REQUEST, is_form, is_navigation, own_page, page_of_form},
    origin,
    pages::preferred,
    return_to::{ReceivedTarget, ReturnPages},
    session::{IdentifiedSession, Sessions},
};
use crate::{
    auth::{
        AuthLayer, RequestHead,
        caching::remove_targeted,
        source::{Completion, Completions, Identified, Outcome, Source},
    },
    claims::Verified,
    error::{AuthError, AuthErrorKind, SessionError},
};

/// Finds a session cookie and has its session opened.
#[derive(Debug)]
pub(crate) struct SessionSource(ByHost<SessionOrigin>);

/// The sessions of one public origin.
#[derive(Clone, Debug)]
pub(crate) struct SessionOrigin {
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) pages: Arc<ReturnPages>,
}

impl SessionSource {
    pub(crate) fn new(origins: ByHost<SessionOrigin>) -> Self {
        Self(origins)
    }
}

impl SessionOrigin {
    /// Completes the response to a request without a session that serves.
    fn without_session(&self, sign_in: SignIn) -> Box<SessionCompletion> {
        Box::new(SessionCompletion {
            sessions: Arc::clone(&self.sessions),
            session: None,
            sign_in,
            forbidden: None,
        })
    }

    /// How to lead a user without a session to the sign-in.
    fn sign_in(&self, request: RequestHead<'_>) -> SignIn {
        let (headers, pages) = (request.headers, &self.pages);
        let received = request.extensions.get::<ReceivedTarget>();
        let target = received.map_or(request.uri, |received| &received.0);
        let origin = self.sessions.origin();
        let back_to = |page: Option<Uri>| match page.as_ref().and_then(Uri::path_and_query) {
            Some(page) => pages.sign_in_location(page.as_str()),
            None => pages.login_path().to_owned(),
        };
        if is_navigation(request.method, headers) {
            SignIn::redirect(LOCATION, pages.sign_in_location(&pages.public(target)))
        } else if is_form(request.method, headers) {
            SignIn::Page(PageRequired {
                link: Some(back_to(page_of_form(headers, origin))),
                languages: preferred(headers),
            })
        } else if self.sessions.redirects_htmx() && headers.contains_key(HX_REQUEST) {
            let page = own_page(headers, "hx-current-url", origin);
            SignIn::redirect(HX_REDIRECT, back_to(page))
        } else {
            SignIn::None
        }
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
        let origin = self.0.select(request.uri, request.headers);
        origin.identify(request, out)
    }

    fn reads_cookies(&self) -> bool {
        true
    }
}

impl SessionOrigin {
    fn identify(&self, request: RequestHead<'_>, out: &mut Completions) -> Identified {
        if self.is_cross_origin(request) {
            out.push(self.without_session(SignIn::None));
            return Identified::Refused(SessionError::CrossOrigin.into());
        }
        let now = self.sessions.now();
        match self.sessions.identify(request.headers, now) {
            IdentifiedSession::Caller(caller) => {
                let forbidden = PageRequired::if_forbidden(request);
                out.push(SessionCompletion::of(
                    &self.sessions,
                    &caller,
                    now,
                    forbidden,
                ));
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
                let forbidden = PageRequired::if_forbidden(request);
                Identified::Pending(Box::pin(async move {
                    let mut out = Completions::new();
                    let caller = pending.await.map_err(AuthError::from);
                    out.push(match &caller {
                        Ok(caller) => {
                            SessionCompletion::of(&sessions, caller, sessions.now(), forbidden)
                        }
                        Err(_) => otherwise,
                    });
                    Outcome { caller, out }
                }))
            }
        }
    }
}

impl<R> AuthLayer<R> {
    /// Looks at no session cookie: for services that only API clients call. Feature `sign-in`.
    pub fn bearer_only(self) -> Self {
        self.without_cookies()
    }
}

/// How a user without a session gets to the sign-in.
enum SignIn {
    /// Not at all: a script gets 401.
    None,
    /// By a header: `Location` for a page, `HX-Redirect` for htmx.
    Header(HeaderName, HeaderValue),
    /// By a link on a page: what a form has sent is lost.
    Page(PageRequired),
}

impl SignIn {
    fn redirect(name: HeaderName, location: String) -> Self {
        HeaderValue::try_from(location).map_or(Self::None, |location| Self::Header(name, location))
    }
}

/// Asks the sign-in layer around the response for a page.
#[derive(Clone, Debug)]
pub(crate) struct PageRequired {
    /// The link to sign in. `None`: the user is signed in, and forbidden.
    pub(crate) link: Option<String>,
    pub(crate) languages: Vec<String>,
}

impl PageRequired {
    /// Returns the page for a user who is forbidden, if the browser would show it.
    fn if_forbidden(request: RequestHead<'_>) -> Option<Self> {
        let (method, headers) = (request.method, request.headers);
        (is_navigation(method, headers) || is_form(method, headers)).then(|| Self {
            link: None,
            languages: preferred(headers),
        })
    }
}

/// What the response to a request must carry once a cookie was looked for.
struct SessionCompletion {
    sessions: Arc<Sessions>,
    /// The session's caller, and when the request came, in Unix seconds.
    session: Option<(Verified, i64)>,
    /// How a user without a session signs in.
    sign_in: SignIn,
    /// The page for a user with a session who is forbidden.
    forbidden: Option<PageRequired>,
}

impl SessionCompletion {
    fn of(
        sessions: &Arc<Sessions>,
        caller: &Verified,
        now: i64,
        forbidden: Option<PageRequired>,
    ) -> Box<Self> {
        Box::new(Self {
            sessions: Arc::clone(sessions),
            session: Some((caller.clone(), now)),
            sign_in: SignIn::None,
            forbidden,
        })
    }
}

impl Completion for SessionCompletion {
    fn complete(self: Box<Self>, response: &mut Parts, refused: Option<&AuthError>) {
        let headers = &mut response.headers;
        if refused.is_some_and(|error| signing_in_may_help(error.kind())) {
            match self.sign_in {
                SignIn::None => {}
                SignIn::Header(name, location) => {
                    if name == LOCATION {
                        response.status = StatusCode::FOUND;
                        headers.remove(WWW_AUTHENTICATE);
                    }
                    headers.insert(name, location);
                }
                SignIn::Page(required) => {
                    response.extensions.insert(required);
                }
            }
        }
        let is_forbidden = refused.is_some_and(|error| error.kind() == AuthErrorKind::Forbidden);
        if let Some(page) = self.forbidden.filter(|_| is_forbidden) {
            response.extensions.insert(page);
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
            remove_targeted(headers);
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
const HX_REDIRECT: HeaderName = HeaderName::from_static("hx-redirect");
