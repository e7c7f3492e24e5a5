//! The builder of sign-in: setters that cannot fail. What they were given is checked as a whole in `sign_in_check.rs`.

use std::{fmt, sync::Arc, time::Duration};

use super::checked::{ResponseMode, UserInfo};
use crate::{
    base::secret::Secret,
    browser::{audit::Audit, provision::OnSignIn, store::SessionStore},
};
use crate::{config::given::Given, oauth::client_auth::ClientAuth, okta::builder::OktaBuilder};

/// Settings for signing in with a browser: given to [`OktaBuilder::sign_in`], and checked with everything else when the
/// builder is started. Feature `sign-in`.
///
/// A redirect URI is all that it must have, here or in the environment (`OKTA_OAUTH2_REDIRECT_URI`); the builder must have a
/// client id.
///
/// ```
/// use okta_tower::{Okta, SignIn};
///
/// let builder = Okta::builder("https://dev-1234.okta.com/oauth2/default")
///     .client_id("0oa1gm3t1yZ1IsKOm0h7")
///     .client_secret("s3cr3t");
/// let local = SignIn::new().redirect_uri("http://localhost:3000/authorization-code/callback");
/// assert!(builder.clone().sign_in(local).check().is_ok());
///
/// // Away from loopback, without TLS:
/// let open = SignIn::new().redirect_uri("http://app.example.com/authorization-code/callback");
/// assert!(builder.sign_in(open).check().is_err());
/// ```
#[derive(Clone)]
#[must_use = "it does nothing until it is given to `OktaBuilder::sign_in`"]
pub struct SignIn {
    pub(crate) redirect_uri: Option<String>,
    pub(crate) scopes: Option<Vec<String>>,
    pub(crate) wants_refresh_token: bool,
    pub(crate) prompt: Option<String>,
    pub(crate) response_mode: ResponseMode,
    pub(crate) client_auth: Option<ClientAuth>,
    pub(crate) login_path: String,
    pub(crate) logout_path: String,
    pub(crate) session_path: String,
    pub(crate) post_logout_redirect_uri: Option<String>,
    pub(crate) default_return_to: String,
    pub(crate) allows_logout_by_get: bool,
    pub(crate) opener: Option<String>,
    pub(crate) hands_over_access_token: bool,
    pub(crate) pushes_requests: bool,
    pub(crate) userinfo: UserInfo,
    pub(crate) cookie_keys: Option<Secret>,
    pub(crate) cookie_name: String,
    pub(crate) store: Option<Arc<dyn SessionStore>>,
    pub(crate) on_sign_in: Option<Arc<dyn OnSignIn>>,
    pub(crate) audit: Option<Arc<dyn Audit>>,
    pub(crate) idle: Duration,
    pub(crate) absolute: Duration,
    pub(crate) refresh_before: Duration,
    pub(crate) rotation_grace: Duration,
    pub(crate) allowed_origins: Vec<String>,
    pub(crate) keeps_access_token: bool,
    pub(crate) keeps_id_token: bool,
}

impl Default for SignIn {
    fn default() -> Self {
        Self::new()
    }
}

impl SignIn {
    /// The defaults, and no redirect URI.
    pub fn new() -> Self {
        Self {
            redirect_uri: None,
            scopes: None,
            wants_refresh_token: false,
            prompt: None,
            response_mode: ResponseMode::default(),
            client_auth: None,
            login_path: "/login".into(),
            logout_path: "/logout".into(),
            session_path: "/session".into(),
            post_logout_redirect_uri: None,
            default_return_to: "/".into(),
            allows_logout_by_get: false,
            opener: None,
            hands_over_access_token: false,
            pushes_requests: false,
            userinfo: UserInfo::default(),
            cookie_keys: None,
            cookie_name: "okta_session".into(),
            store: None,
            on_sign_in: None,
            audit: None,
            idle: Duration::from_secs(60 * 60),
            absolute: Duration::from_secs(24 * 60 * 60),
            refresh_before: Duration::from_secs(60),
            rotation_grace: Duration::from_secs(30),
            allowed_origins: Vec::new(),
            keeps_access_token: true,
            keeps_id_token: true,
        }
    }

    /// Where Okta sends the browser after the sign-in (RFC 6749 section 3.1.2): one of the application's "Sign-in redirect
    /// URIs" at Okta, to the letter. `https`, or `http` on loopback. Its origin is taken for the public origin of the
    /// application, whatever `Host` says; its path is the callback's. Default: `OKTA_OAUTH2_REDIRECT_URI`; required.
    pub fn redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.redirect_uri = Some(uri.into());
        self
    }

    /// The scopes asked for. `openid` is added where it is left out. Default: `OKTA_OAUTH2_SCOPES`, else `openid profile
    /// email`.
    pub fn scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes = Some(scopes.into_iter().map(Into::into).collect());
        self
    }

    /// Asks for a refresh token as well (scope `offline_access`), so that sessions outlive the access token. The application
    /// needs the grant type "Refresh Token" at Okta. Default: without one a session ends with its access token, and the next
    /// navigation signs in again, silently where Okta still knows the person.
    pub fn offline_access(mut self) -> Self {
        self.wants_refresh_token = true;
        self
    }

    /// The `prompt` of sign-ins that name none (OpenID Connect Core section 3.1.2.1): `login`, `consent`, `login consent`,
    /// `select_account` or `none`. Default: none is sent, and Okta decides.
    pub fn prompt(mut self, prompt: impl Into<String>) -> Self {
        self.prompt = Some(prompt.into());
        self
    }

    /// How Okta hands the code over. Default: [`ResponseMode::Query`].
    pub fn response_mode(mut self, mode: ResponseMode) -> Self {
        self.response_mode = mode;
        self
    }

    /// How the application proves to Okta that it is the client. Default: [`ClientAuth::basic`] with the builder's client
    /// secret, [`ClientAuth::public`] where it has none.
    pub fn client_auth(mut self, auth: ClientAuth) -> Self {
        self.client_auth = Some(auth);
        self
    }

    /// The path that starts a sign-in. Default: `/login`. What is below `{login}/done` is taken, too.
    pub fn login_path(mut self, path: impl Into<String>) -> Self {
        self.login_path = path.into();
        self
    }

    /// The path that ends a session. Default: `/logout`.
    pub fn logout_path(mut self, path: impl Into<String>) -> Self {
        self.logout_path = path.into();
        self
    }

    /// The path that tells a front end who is signed in. Default: `/session`.
    pub fn session_path(mut self, path: impl Into<String>) -> Self {
        self.session_path = path.into();
        self
    }

    /// Where Okta sends the browser after a logout: one of the application's "Sign-out redirect URIs" at Okta, to the letter.
    /// Default: `OKTA_OAUTH2_POST_LOGOUT_REDIRECT_URI`, else the public origin with the path `/`.
    pub fn post_logout_redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.post_logout_redirect_uri = Some(uri.into());
        self
    }

    /// The path that a sign-in leads to which does not say where it came from. Default: `/`.
    pub fn default_return_to(mut self, path: impl Into<String>) -> Self {
        self.default_return_to = path.into();
        self
    }

    /// Lets `GET` end a session, too. Default: only `POST` does.
    ///
    /// # Security
    /// Any page can then sign people out by a link or an image.
    pub fn logout_by_get(mut self) -> Self {
        self.allows_logout_by_get = true;
        self
    }

    /// The origin of a single-page application that signs in by popup (`/login?mode=popup`), such as
    /// `https://spa.example.com`. It alone is told of the end of the sign-in. Default: none, and no popups.
    pub fn opener(mut self, origin: impl Into<String>) -> Self {
        self.opener = Some(origin.into());
        self
    }

    /// Hands the access token to the [opener](Self::opener). Default: it is told that the sign-in is complete, and uses the
    /// cookie.
    ///
    /// # Security
    /// The token is then within reach of every script on that page, and of whoever can inject one.
    pub fn hand_over_access_token(mut self) -> Self {
        self.hands_over_access_token = true;
        self
    }

    /// Pushes the parameters of each sign-in to Okta before the browser goes there (RFC 9126). Default: they travel in the
    /// URL.
    pub fn pushed_requests(mut self) -> Self {
        self.pushes_requests = true;
        self
    }

    /// When `userinfo` is asked for claims that the ID token lacks. Default: [`UserInfo::WhenGroupsAreMissing`].
    pub fn userinfo(mut self, when: UserInfo) -> Self {
        self.userinfo = when;
        self
    }

    /// The keys that seal cookies, separated by commas or spaces: 32 random bytes each, in base64url (`openssl rand -base64 32
    /// | tr '+/' '-_' | tr -d '='`). The first seals, all open: to change them, add the new one last on every machine, then put
    /// it first, then remove the old one. Default: `OKTA_TOWER_COOKIE_KEYS`, else random ones, which are good for one process
    /// and only allowed where the redirect URI is on loopback.
    pub fn cookie_keys(mut self, keys: impl Into<Secret>) -> Self {
        self.cookie_keys = Some(keys.into());
        self
    }

    /// The name of the session cookie, without prefix: on `https` it gets `__Host-`. Default: `okta_session`.
    pub fn cookie_name(mut self, name: impl Into<String>) -> Self {
        self.cookie_name = name.into();
        self
    }

    /// Where sessions are kept. Default: sealed in the browser's own cookie.
    pub fn store(mut self, store: impl SessionStore) -> Self {
        self.store = Some(Arc::new(store));
        self
    }

    /// What is asked at each sign-in before there is a session. Default: everybody who can sign in at Okta is let in.
    pub fn on_sign_in(mut self, hook: impl OnSignIn) -> Self {
        self.on_sign_in = Some(Arc::new(hook));
        self
    }

    /// What is told of each sign-in that has ended, well or not. Default: nothing; the
    /// [metrics](crate::telemetry) count them in any case.
    pub fn audit(mut self, audit: impl Audit) -> Self {
        self.audit = Some(Arc::new(audit));
        self
    }

    /// A session that nobody uses for so long ends. Default: 1 h; from 1 minute to 30 days.
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle = timeout;
        self
    }

    /// A session ends after so long, used or not. Default: 24 h; from the idle time-out to 90 days.
    pub fn absolute_timeout(mut self, timeout: Duration) -> Self {
        self.absolute = timeout;
        self
    }

    /// How long before its access token's end a session is refreshed. Default: 60 s; 0 to 10 minutes.
    pub fn refresh_before(mut self, margin: Duration) -> Self {
        self.refresh_before = margin;
        self
    }

    /// How long the result of a refresh serves requests that still carry the session from before it: set it to the "grace
    /// period" that the application has at Okta for rotated refresh tokens. Default: 30 s, as at Okta; 0 to 120 s. With a store
    /// it must be over twice the [fetch time-out](OktaBuilder::fetch_timeout) plus one second.
    ///
    /// With 0, a process that is killed between Okta's answer and its storing loses that session.
    pub fn rotation_grace(mut self, grace: Duration) -> Self {
        self.rotation_grace = grace;
        self
    }

    /// Another origin whose pages may send unsafe requests (POST, PUT, DELETE, WebSocket upgrades) with the session cookie.
    /// May be called several times. Default: only the application's own.
    pub fn allow_origin(mut self, origin: impl Into<String>) -> Self {
        self.allowed_origins.push(origin.into());
        self
    }

    /// Does not keep the access token once it has served its purpose at the sign-in: for applications that call no API with it.
    /// Cookies become smaller. Default: it is kept.
    pub fn drop_access_token(mut self) -> Self {
        self.keeps_access_token = false;
        self
    }

    /// Does not keep the text of the ID token, only its claims: cookies become smaller, and a logout at Okta asks the person to
    /// confirm or ends on a page of Okta's, as it needs the token for a hint. Default: it is kept.
    pub fn drop_id_token(mut self) -> Self {
        self.keeps_id_token = false;
        self
    }
}

/// Prints no secret.
impl fmt::Debug for SignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignIn")
            .field("redirect_uri", &self.redirect_uri)
            .field("scopes", &self.scopes)
            .field("response_mode", &self.response_mode)
            .field("client_auth", &self.client_auth)
            .field("cookie_keys", &self.cookie_keys)
            .field("store", &self.store.is_some())
            .field("idle", &self.idle)
            .field("absolute", &self.absolute)
            .finish_non_exhaustive()
    }
}

/// What the environment and files say about sign-in: used where [`SignIn`] says nothing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ambient {
    pub(crate) redirect_uri: Option<Given>,
    pub(crate) post_logout_redirect_uri: Option<Given>,
    pub(crate) scopes: Option<Vec<String>>,
    pub(crate) cookie_keys: Option<Secret>,
}

impl OktaBuilder {
    /// Turns sign-in on. Without this call the feature changes nothing: the sign-in layer passes everything on, and no cookie
    /// is looked at. Feature `sign-in`.
    pub fn sign_in(mut self, sign_in: SignIn) -> Self {
        self.sign_in = Some(sign_in);
        self
    }

    pub(crate) fn with_origins_unchecked(mut self) -> Self {
        self.checks_origin = false;
        self
    }
}
