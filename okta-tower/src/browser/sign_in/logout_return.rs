//! The browser's return from the issuer's logout. Its `state` proves that this browser started the
//! logout here (OpenID Connect RP-Initiated Logout 1.0 sections 2 and 3).
//!
//! The session here has ended before, so that nothing depends on the proof but the page: a proven
//! return leads on to the application, any other gets a page that does not.

use std::time::Duration;

use http::{HeaderMap, HeaderValue, Method, Request};
use url::form_urlencoded;

use super::{parameters::Parameters, plain_cookie::PlainCookie};
use crate::{
    base::{base64url, random::random},
    browser::{cookies::SameSite, settings::SignInSettings},
};

const STATE: &str = "state";

/// How long the issuer may take to send the browser back.
const LIFETIME: Duration = Duration::from_secs(10 * 60);

/// The logout that a browser has under way, in a cookie. The value needs no seal: a planted one
/// proves a return that has no effect beyond the page.
#[derive(Debug)]
pub(super) struct LogoutReturn {
    cookie: PlainCookie,
    page: Option<ReturnPage>,
}

/// The page of the post-logout redirect URI, if requests for it can arrive here.
#[derive(Debug)]
struct ReturnPage {
    /// As the application receives it.
    path: Box<str>,
    /// Whether the page is the layer's own, `{logout}/done`.
    is_own: bool,
}

impl LogoutReturn {
    /// `same_site` is that of the attempts.
    pub(super) fn new(settings: &SignInSettings, same_site: SameSite) -> Self {
        Self {
            cookie: PlainCookie::new(settings, "logout", same_site, LIFETIME),
            page: ReturnPage::new(settings),
        }
    }

    /// Returns a new `state` and the cookie that binds it to the browser. Returns `None` if the
    /// return cannot be checked.
    pub(super) fn begin(&self) -> Option<(String, HeaderValue)> {
        self.page.as_ref()?;
        let state = base64url::encode(&random::<16>());
        let cookie = self.cookie.set(&state);
        Some((state, cookie))
    }

    /// Returns the cookie that forgets the logout of a browser that has one under way.
    pub(super) fn forget(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        self.cookie.remove(headers)
    }

    /// Returns whether a request is a return. That of an application's page is one only with a
    /// `state`, in a browser that has a logout under way: other requests are the application's.
    pub(super) fn is<B>(&self, request: &Request<B>) -> bool {
        let (uri, method) = (request.uri(), request.method());
        let Some(page) = self.page.as_ref().filter(|page| *page.path == *uri.path()) else {
            return false;
        };
        if page.is_own {
            return matches!(*method, Method::GET | Method::HEAD);
        }
        *method == Method::GET
            && has_state(uri.query().unwrap_or_default())
            && self.cookie.values(request.headers()).next().is_some()
    }

    /// Returns whether the page is the layer's own, which leads on to the default page.
    pub(super) fn has_own_page(&self) -> bool {
        self.page.as_ref().is_some_and(|page| page.is_own)
    }

    /// Checks the query of a return. An error is a reason from a closed list, for the log. It is
    /// `None` for a visit that is no return.
    pub(super) fn check(
        &self,
        query: &str,
        headers: &HeaderMap,
    ) -> Result<(), Option<&'static str>> {
        let mut values = self.cookie.values(headers);
        let expected = values.next();
        let found = Parameters::read(query, &[STATE]);
        let found = found.as_ref().map(|parameters| parameters.get(STATE));
        match (expected, found) {
            (None, Ok(None)) => Err(None),
            (None, _) => Err(Some("no_cookie")),
            (Some(_), Ok(None)) => Err(Some("no_state")),
            (Some(expected), Ok(Some(found)))
                if expected == found.as_bytes() && values.all(|other| other == expected) =>
            {
                Ok(())
            }
            _ => Err(Some("other_state")),
        }
    }
}

impl ReturnPage {
    fn new(settings: &SignInSettings) -> Option<Self> {
        let url = &settings.post_logout_redirect_uri;
        let path = match url.path().strip_prefix(&*settings.public_prefix)? {
            "" => "/",
            path => path,
        };
        let own = &settings.received_paths;
        let is_elsewhere = url.origin().ascii_serialization() != *settings.origin
            // The path of another application, or one that needs its own `state`.
            || !path.starts_with('/')
            || *path == *own.callback
            || has_state(url.query().unwrap_or_default());
        (!is_elsewhere).then(|| Self {
            path: path.into(),
            is_own: path.strip_prefix(&*own.logout) == Some("/done"),
        })
    }
}

fn has_state(query: &str) -> bool {
    form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == STATE)
}
