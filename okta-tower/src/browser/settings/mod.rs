//! The settings of sign-in: [`SignIn`] gathers them, `check.rs` checks them.

mod builder;
mod check;

use std::{fmt, sync::Arc, time::Duration};

use url::Url;

pub use self::builder::SignIn;
pub(crate) use self::builder::SignInDraft;
use crate::{
    browser::{
        audit::Audit, cookies::CookieOptions, pages::Pages, provision::OnSignIn, seal::SealKeys,
        store::SessionStore,
    },
    oauth::client_auth::Method,
};

/// The checked settings of sign-in.
pub(crate) struct SignInSettings {
    pub(crate) client_id: Box<str>,
    pub(crate) client_auth: Method,
    /// As registered with Okta.
    pub(crate) redirect_uri: Url,
    /// The public origin of the application, from the redirect URI and never from `Host`:
    /// `https://app.example.com`.
    pub(crate) origin: Box<str>,
    /// What a proxy or a router removes in front of each path: `/shop`, or nothing.
    pub(crate) public_prefix: Box<str>,
    /// Whether the public origin is `https`. If not, it is on loopback.
    pub(crate) is_https: bool,
    /// The paths at the public origin, for links and redirects.
    pub(crate) paths: Paths,
    /// The same paths as requests have them, without the prefix.
    pub(crate) received_paths: Paths,
    /// Where Okta sends the browser after a logout, as registered with Okta.
    pub(crate) post_logout_redirect_uri: Url,
    /// Where a sign-in without `return_to` leads: a path at the public origin.
    pub(crate) default_return_to: Box<str>,
    /// The scopes to request, `openid` included.
    pub(crate) scopes: Vec<Box<str>>,
    /// The `prompt` of sign-ins that name none.
    pub(crate) prompt: Option<Box<str>>,
    pub(crate) response_mode: ResponseMode,
    /// Whether the authorization request is pushed (RFC 9126).
    pub(crate) pushes_requests: bool,
    pub(crate) userinfo: UserInfo,
    /// Whether `GET` ends a session as well.
    pub(crate) allows_logout_by_get: bool,
    /// The front end that a popup reports to.
    pub(crate) opener: Option<Opener>,
    pub(crate) session: SessionSettings,
    pub(crate) store: Option<Arc<dyn SessionStore>>,
    pub(crate) on_sign_in: Option<Arc<dyn OnSignIn>>,
    pub(crate) on_refresh: Option<Arc<dyn OnSignIn>>,
    pub(crate) audit: Option<Arc<dyn Audit>>,
    pub(crate) pages: Arc<dyn Pages>,
    /// Whether 401 for htmx names the sign-in.
    pub(crate) redirects_htmx: bool,
    pub(crate) seal: SealKeys,
    /// The same settings at the other public origins.
    pub(crate) others: Vec<SignInSettings>,
}

/// Prints no secret.
impl fmt::Debug for SignInSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignInSettings")
            .field("redirect_uri", &self.redirect_uri.as_str())
            .field("paths", &self.paths)
            .field("session", &self.session)
            .finish_non_exhaustive()
    }
}

/// The paths that the sign-in service handles.
#[derive(Clone, Debug)]
pub(crate) struct Paths {
    pub(crate) login: Box<str>,
    pub(crate) callback: Box<str>,
    pub(crate) logout: Box<str>,
    pub(crate) session: Box<str>,
}

impl Paths {
    /// Returns the same paths behind a prefix.
    fn behind(&self, prefix: &str) -> Self {
        let behind = |path: &str| format!("{prefix}{path}").into();
        Self {
            login: behind(&self.login),
            callback: behind(&self.callback),
            logout: behind(&self.logout),
            session: behind(&self.session),
        }
    }
}

/// A front end that signs in with a popup.
#[derive(Clone, Debug)]
pub(crate) struct Opener {
    /// The exact origin.
    pub(crate) origin: Box<str>,
    /// Whether the front end receives the access token.
    pub(crate) receives_token: bool,
}

/// How long sessions last, and which origins may use them.
#[derive(Clone, Debug)]
pub(crate) struct SessionSettings {
    /// The cookie's name, without prefix.
    pub(crate) cookie_name: Box<str>,
    pub(crate) cookie: CookieOptions,
    /// A session ends after this time without use.
    pub(crate) idle: Duration,
    /// A session ends after this time, used or not.
    pub(crate) absolute: Duration,
    /// How long before the access token expires a session is refreshed.
    pub(crate) refresh_before: Duration,
    /// How long the result of a refresh serves requests that still carry the earlier session.
    pub(crate) rotation_grace: Duration,
    /// How long a refresh may hold a session's lock in a store: longer than the token endpoint's
    /// time limit, and shorter than the rotation grace.
    pub(crate) lock_ttl: Duration,
    /// How many sessions a user may have in a store.
    pub(crate) max_per_user: usize,
    pub(crate) keeps_access_token: bool,
    pub(crate) keeps_id_token: bool,
    /// Whether unsafe requests with a cookie must come from this origin or an allowed one.
    pub(crate) checks_origin: bool,
    /// Other origins that may send unsafe requests.
    pub(crate) allowed_origins: Vec<Box<str>>,
}

/// How Okta sends the code to the callback (OAuth 2.0 Form Post Response Mode).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ResponseMode {
    /// In the query of a redirect. The default.
    #[default]
    Query,
    /// In the body of a form that the browser posts: no log or history contains the code. The
    /// sign-in's cookie must be `SameSite=None`.
    FormPost,
}

/// When the issuer's `userinfo` is requested after a sign-in or refresh.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UserInfo {
    /// Never: the ID token contains all claims.
    Never,
    /// If the ID token has no groups claim: Okta's custom authorization servers omit such claims
    /// from "thin" ID tokens. The default.
    #[default]
    WhenGroupsAreMissing,
    /// Always.
    Always,
}
