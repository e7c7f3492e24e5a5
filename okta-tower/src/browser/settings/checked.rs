//! The settings of sign-in, checked: what the rooms above work with.

use std::{fmt, sync::Arc, time::Duration};

use url::Url;

use crate::browser::{audit::Audit, provision::OnSignIn, seal::SealKeys, store::SessionStore};
use crate::oauth::client_auth::Method;

/// Everything about signing in, checked.
pub(crate) struct SignInSettings {
    pub(crate) client_id: Box<str>,
    pub(crate) client_auth: Method,
    /// As registered with Okta.
    pub(crate) redirect_uri: Url,
    /// The public origin of the application, that of the redirect URI: `https://app.example.com`. Never `Host`.
    pub(crate) origin: Box<str>,
    /// Whether the public origin is `https`. Otherwise it is on loopback.
    pub(crate) is_https: bool,
    pub(crate) paths: Paths,
    /// Where Okta sends the browser after a logout; as registered with Okta.
    pub(crate) post_logout_redirect_uri: Url,
    /// Where a sign-in leads that names no place.
    pub(crate) default_return_to: Box<str>,
    /// What is asked for, `openid` among them.
    pub(crate) scopes: Vec<Box<str>>,
    /// The `prompt` of attempts that name none.
    pub(crate) prompt: Option<Box<str>>,
    pub(crate) response_mode: ResponseMode,
    /// Whether the authorization request is pushed (RFC 9126).
    pub(crate) pushes_requests: bool,
    pub(crate) userinfo: UserInfo,
    /// Whether `GET` ends a session, too.
    pub(crate) allows_logout_by_get: bool,
    /// The front end that a popup reports to.
    pub(crate) opener: Option<Opener>,
    pub(crate) session: SessionSettings,
    pub(crate) store: Option<Arc<dyn SessionStore>>,
    pub(crate) on_sign_in: Option<Arc<dyn OnSignIn>>,
    pub(crate) audit: Option<Arc<dyn Audit>>,
    pub(crate) seal: SealKeys,
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

/// The paths that the sign-in service answers.
#[derive(Clone, Debug)]
pub(crate) struct Paths {
    pub(crate) login: Box<str>,
    pub(crate) callback: Box<str>,
    pub(crate) logout: Box<str>,
    pub(crate) session: Box<str>,
}

/// A front end in a window of its own.
#[derive(Clone, Debug)]
pub(crate) struct Opener {
    /// Its exact origin.
    pub(crate) origin: Box<str>,
    /// Whether it is handed the access token.
    pub(crate) receives_token: bool,
}

/// How long sessions last, and who may use them.
#[derive(Clone, Debug)]
pub(crate) struct SessionSettings {
    /// The cookie's name, without prefix.
    pub(crate) cookie_name: Box<str>,
    /// A session that nobody uses for so long ends.
    pub(crate) idle: Duration,
    /// A session ends after so long, used or not.
    pub(crate) absolute: Duration,
    /// How long before the access token's end it is refreshed.
    pub(crate) refresh_before: Duration,
    /// How long the result of a refresh is handed to requests that still carry the session from before it.
    pub(crate) rotation_grace: Duration,
    /// How long a refresh may hold a session's lock in a store: over the time that the token endpoint gets, and under the
    /// rotation grace.
    pub(crate) lock_ttl: Duration,
    pub(crate) keeps_access_token: bool,
    pub(crate) keeps_id_token: bool,
    /// Whether unsafe requests by cookie must come from this origin or an allowed one.
    pub(crate) checks_origin: bool,
    /// Other origins that may send them.
    pub(crate) allowed_origins: Vec<Box<str>>,
}

/// How Okta hands the code to the callback (OAuth 2.0 Multiple Response Type Encoding Practices, Form Post Response Mode).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ResponseMode {
    /// In the query of a redirect. The default.
    #[default]
    Query,
    /// In the body of a form that the browser posts: nothing of it in logs and histories, and the attempt's cookie must be
    /// `SameSite=None`.
    FormPost,
}

/// When the issuer's `userinfo` is asked after a sign-in or refresh.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UserInfo {
    /// Never: the ID token says everything.
    Never,
    /// Where the ID token has no groups claim: Okta's custom authorization servers leave such claims out of "thin" ID tokens.
    /// The default.
    #[default]
    WhenGroupsAreMissing,
    /// Always.
    Always,
}
