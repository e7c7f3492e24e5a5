//! The builder of sign-in: setters that cannot fail. `check.rs` checks what they set.

use std::{fmt, sync::Arc, time::Duration};

use super::{ResponseMode, UserInfo};
use crate::{
    base::secret::Secret,
    browser::{
        audit::Audit,
        cookies::{CookieOptions, SameSite},
        pages::Pages,
        provision::OnSignIn,
        store::SessionStore,
    },
    config::{
        setting::Setting,
        variables::{COOKIE_KEYS, POST_LOGOUT_REDIRECT_URI, PUBLIC_PREFIX, REDIRECT_URI, SCOPES},
    },
    oauth::client_auth::ClientAuth,
};

/// Settings for sign-in with a browser. Feature `sign-in`.
///
/// [`OktaBuilder::sign_in`](crate::OktaBuilder::sign_in) takes them; the start of the builder
/// checks them. Sign-in requires a redirect URI, here or in `OKTA_OAUTH2_REDIRECT_URI`, and the
/// builder's client ID.
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
/// // Plain `http` on another host than loopback:
/// let open = SignIn::new().redirect_uri("http://app.example.com/authorization-code/callback");
/// assert!(builder.sign_in(open).check().is_err());
/// ```
#[derive(Clone)]
#[must_use = "sign-in settings do nothing until `OktaBuilder::sign_in` takes them"]
pub struct SignIn {
    pub(super) redirect_uri: Option<Setting<String>>,
    pub(super) more_redirect_uris: Vec<String>,
    pub(super) public_prefix: Option<Setting<String>>,
    pub(super) scopes: Option<Setting<Vec<String>>>,
    pub(super) wants_refresh_token: bool,
    pub(super) prompt: Option<String>,
    pub(super) response_mode: ResponseMode,
    pub(super) client_auth: Option<ClientAuth>,
    pub(super) login_path: String,
    pub(super) logout_path: String,
    pub(super) session_path: String,
    pub(super) post_logout_redirect_uri: Option<Setting<String>>,
    pub(super) default_return_to: String,
    pub(super) allows_logout_by_get: bool,
    pub(super) opener: Option<String>,
    pub(super) hands_over_access_token: bool,
    pub(super) pushes_requests: bool,
    pub(super) userinfo: UserInfo,
    pub(super) cookie_keys: Option<Setting<Secret>>,
    pub(super) cookie_name: Option<String>,
    pub(super) cookie_options: CookieOptions,
    pub(super) store: Option<Arc<dyn SessionStore>>,
    pub(super) max_sessions_per_user: usize,
    pub(super) on_sign_in: Option<Arc<dyn OnSignIn>>,
    pub(super) on_refresh: Option<Arc<dyn OnSignIn>>,
    pub(super) audit: Option<Arc<dyn Audit>>,
    pub(super) pages: Option<Arc<dyn Pages>>,
    pub(super) redirects_htmx: bool,
    pub(super) idle: Duration,
    pub(super) absolute: Duration,
    pub(super) refresh_before: Duration,
    pub(super) rotation_grace: Duration,
    pub(super) allowed_origins: Vec<String>,
    pub(super) keeps_access_token: bool,
    pub(super) keeps_id_token: bool,
}

impl Default for SignIn {
    fn default() -> Self {
        Self::new()
    }
}

impl SignIn {
    /// Returns the defaults, without a redirect URI.
    pub fn new() -> Self {
        Self {
            redirect_uri: None,
            more_redirect_uris: Vec::new(),
            public_prefix: None,
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
            cookie_name: None,
            cookie_options: CookieOptions::default(),
            store: None,
            max_sessions_per_user: 100,
            on_sign_in: None,
            on_refresh: None,
            audit: None,
            pages: None,
            redirects_htmx: false,
            idle: Duration::from_secs(60 * 60),
            absolute: Duration::from_secs(24 * 60 * 60),
            refresh_before: Duration::from_secs(60),
            rotation_grace: Duration::from_secs(30),
            allowed_origins: Vec::new(),
            keeps_access_token: false,
            keeps_id_token: true,
        }
    }

    /// Sets where Okta sends the browser after the sign-in (RFC 6749 section 3.1.2). Required.
    /// Default: `OKTA_OAUTH2_REDIRECT_URI`.
    ///
    /// The value is exactly one of the application's "Sign-in redirect URIs" at Okta: `https`, or
    /// `http` on loopback. Its origin, not `Host`, is the public origin of the application; its
    /// path is the callback's.
    pub fn redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.redirect_uri = Some(Setting::built(REDIRECT_URI.setter, uri.into()));
        self
    }

    /// Adds the redirect URI of another public origin, for an application with several host names,
    /// such as one for each tenant or preview. May be called several times. Default: one origin.
    ///
    /// Each URI is registered at Okta and has an origin of its own. A request's `Host` selects one
    /// of these origins, and any other host is redirected to that of
    /// [`redirect_uri`](Self::redirect_uri). The settings hold for all origins. The
    /// [post-logout redirect URI](Self::post_logout_redirect_uri) has the same path at each.
    ///
    /// ```
    /// use okta_tower::{Okta, SignIn};
    ///
    /// let builder = Okta::builder("https://dev-1234.okta.com/oauth2/default").client_id("0oa1");
    /// let sign_in = SignIn::new().redirect_uri("http://localhost:3000/callback");
    /// let two = sign_in.clone().add_redirect_uri("http://tenant.localhost:3000/callback");
    /// assert!(builder.clone().sign_in(two).check().is_ok());
    ///
    /// // A second redirect URI of the same origin:
    /// let same = sign_in.add_redirect_uri("http://localhost:3000/other");
    /// assert!(builder.sign_in(same).check().is_err());
    /// ```
    ///
    /// # Security
    /// A session belongs to the origin where the user signed in: its cookie opens at no other.
    pub fn add_redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.more_redirect_uris.push(uri.into());
        self
    }

    /// Sets the path that a reverse proxy or a router (Axum's `nest`) removes in front of each
    /// request's path, such as `/shop`. Default: none.
    ///
    /// The redirect URI's path begins with it. The builder's other paths are those that the
    /// application receives, without the prefix. Links, redirects and `return_to` have the prefix.
    /// Default: `OKTA_TOWER_PUBLIC_PREFIX`, else none.
    ///
    /// ```
    /// use okta_tower::{Okta, SignIn};
    ///
    /// let builder = Okta::builder("https://dev-1234.okta.com/oauth2/default").client_id("0oa1");
    /// let callback = "http://localhost:3000/shop/authorization-code/callback";
    /// let behind = |prefix| SignIn::new().redirect_uri(callback).public_prefix(prefix);
    /// assert!(builder.clone().sign_in(behind("/shop")).check().is_ok());
    /// assert!(builder.sign_in(behind("/other")).check().is_err());
    /// ```
    pub fn public_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.public_prefix = Some(Setting::built(PUBLIC_PREFIX.setter, prefix.into()));
        self
    }

    /// Sets the requested scopes; `openid` is always added. Default: `OKTA_OAUTH2_SCOPES`, else
    /// `openid profile email`.
    pub fn scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        let scopes = scopes.into_iter().map(Into::into).collect();
        self.scopes = Some(Setting::built(SCOPES.setter, scopes));
        self
    }

    /// Requests a refresh token (scope `offline_access`), so that sessions outlive the access
    /// token. Default: no refresh token.
    ///
    /// The application needs the grant type "Refresh Token" at Okta. Without a refresh token, a
    /// session ends with its access token. The next navigation then signs in again, silently while
    /// the user's session at Okta lasts.
    pub fn offline_access(mut self) -> Self {
        self.wants_refresh_token = true;
        self
    }

    /// Sets the `prompt` of sign-ins that name none (OpenID Connect Core section 3.1.2.1): `login`,
    /// `consent`, `login consent`, `select_account` or `none`. Default: Okta decides.
    pub fn prompt(mut self, prompt: impl Into<String>) -> Self {
        self.prompt = Some(prompt.into());
        self
    }

    /// Sets how Okta sends the code to the callback. Default: [`ResponseMode::Query`].
    pub fn response_mode(mut self, mode: ResponseMode) -> Self {
        self.response_mode = mode;
        self
    }

    /// Sets how the application authenticates to Okta. Default: [`ClientAuth::basic`] with the
    /// builder's client secret, [`ClientAuth::public`] without one.
    pub fn client_auth(mut self, auth: ClientAuth) -> Self {
        self.client_auth = Some(auth);
        self
    }

    /// Sets the path that starts a sign-in. Default: `/login`. The path `{login}/done` is taken as
    /// well.
    pub fn login_path(mut self, path: impl Into<String>) -> Self {
        self.login_path = path.into();
        self
    }

    /// Sets the path that ends a session. Default: `/logout`. The path `{logout}/done` is taken if
    /// it is that of the [post-logout redirect URI](Self::post_logout_redirect_uri).
    pub fn logout_path(mut self, path: impl Into<String>) -> Self {
        self.logout_path = path.into();
        self
    }

    /// Sets the path that reports the signed-in user to a front end. Default: `/session`.
    pub fn session_path(mut self, path: impl Into<String>) -> Self {
        self.session_path = path.into();
        self
    }

    /// Sets where Okta sends the browser after a logout: exactly one of the application's "Sign-out
    /// redirect URIs" at Okta. Default: `OKTA_OAUTH2_POST_LOGOUT_REDIRECT_URI`, else the path `/`
    /// of the public origin, behind the [prefix](Self::public_prefix).
    ///
    /// The logout sends a `state` (OpenID Connect RP-Initiated Logout 1.0 section 2), and the layer
    /// checks it if the page is on the public origin: the browser's own `state` leads to the page
    /// without the parameter, another one to a page that says that the user is signed out. The path
    /// `{logout}/done` is a page of the layer's own, which leads on to
    /// [`default_return_to`](Self::default_return_to).
    pub fn post_logout_redirect_uri(mut self, uri: impl Into<String>) -> Self {
        let setter = POST_LOGOUT_REDIRECT_URI.setter;
        self.post_logout_redirect_uri = Some(Setting::built(setter, uri.into()));
        self
    }

    /// Sets the path to which a sign-in without `return_to` leads, as the application receives it.
    /// Default: `/`.
    pub fn default_return_to(mut self, path: impl Into<String>) -> Self {
        self.default_return_to = path.into();
        self
    }

    /// Lets `GET` end a session as well. Default: only `POST` does.
    ///
    /// # Security
    /// Any page can then sign users out with a link or an image.
    pub fn logout_by_get(mut self) -> Self {
        self.allows_logout_by_get = true;
        self
    }

    /// Sets the origin of a single-page application that signs in with a popup
    /// (`/login?mode=popup`), such as `https://spa.example.com`. Default: no popups.
    ///
    /// Only this origin receives the outcome of the sign-in.
    pub fn opener(mut self, origin: impl Into<String>) -> Self {
        self.opener = Some(origin.into());
        self
    }

    /// Sends the access token to the [opener](Self::opener). Default: the opener receives only the
    /// completion of the sign-in, and uses the cookie.
    ///
    /// # Security
    /// Every script on that page, injected ones included, can then read the token.
    pub fn hand_over_access_token(mut self) -> Self {
        self.hands_over_access_token = true;
        self
    }

    /// Pushes the parameters of each sign-in to Okta before the browser is redirected (RFC 9126).
    /// Default: the URL contains them.
    pub fn pushed_requests(mut self) -> Self {
        self.pushes_requests = true;
        self
    }

    /// Sets when `userinfo` is requested for claims that the ID token lacks. Default:
    /// [`UserInfo::WhenGroupsAreMissing`].
    pub fn userinfo(mut self, when: UserInfo) -> Self {
        self.userinfo = when;
        self
    }

    /// Sets the keys that seal cookies, separated by commas or spaces. Default:
    /// `OKTA_TOWER_COOKIE_KEYS`, else random keys if the redirect URI is on loopback.
    ///
    /// A key is 32 random bytes in base64url (`openssl rand -base64 32 | tr '+/' '-_' | tr -d
    /// '='`). The first key seals, all keys open. To rotate, add the new key last on every machine,
    /// then put it first, then remove the old one. Cookies of random keys end with the process.
    pub fn cookie_keys(mut self, keys: impl Into<Secret>) -> Self {
        self.cookie_keys = Some(Setting::built(COOKIE_KEYS.setter, keys.into()));
        self
    }

    /// Sets the name of the session cookie, without the prefix `__Host-` that it gets on `https`.
    /// Default: `okta_session_` and eight hexadecimal digits that differ by issuer and client ID,
    /// because applications on other ports of one host share its cookies.
    pub fn cookie_name(mut self, name: impl Into<String>) -> Self {
        self.cookie_name = Some(name.into());
        self
    }

    /// Sets which cross-site requests carry the cookies. Default: [`SameSite::Lax`]. For an
    /// application in a frame of another site: [`SameSite::Partitioned`].
    ///
    /// # Security
    /// With another value than `Lax`, only the same-origin check keeps other sites from sending
    /// unsafe requests as the user. It cannot be turned off then.
    pub fn same_site(mut self, same_site: SameSite) -> Self {
        self.cookie_options.same_site = same_site;
        self
    }

    /// Leaves `Max-Age` out of the session cookie, so that the browser drops the cookie when it
    /// closes. Default: the browser keeps the cookie until the
    /// [absolute timeout](Self::absolute_timeout).
    ///
    /// Many browsers restore such cookies together with their tabs. The session itself ends by its
    /// timeouts only.
    pub fn session_cookie_until_browser_closes(mut self) -> Self {
        self.cookie_options.ends_with_browser = true;
        self
    }

    /// Sets the store of the sessions. Default: no store; the browser's cookie contains the sealed
    /// session.
    pub fn store(mut self, store: impl SessionStore) -> Self {
        self.store = Some(Arc::new(store));
        self
    }

    /// Sets how many sessions a user may have in a [store](Self::store). Default: 100; 1 to 10,000.
    ///
    /// A sign-in beyond that ends the session that would expire first: the one that is unused for
    /// longest. Sessions in sealed cookies are not counted, as no server has them.
    pub fn max_sessions_per_user(mut self, sessions: usize) -> Self {
        self.max_sessions_per_user = sessions;
        self
    }

    /// Sets the hook that admits or rejects a user at each sign-in, before the session is created.
    /// Default: every user who can sign in at Okta is admitted.
    pub fn on_sign_in(mut self, hook: impl OnSignIn) -> Self {
        self.on_sign_in = Some(Arc::new(hook));
        self
    }

    /// Sets the hook that sees the user's new claims at each refresh of a session. Default: a
    /// refresh keeps the session's own data.
    ///
    /// `Admission::allow_with` replaces the session's own data, `allow` keeps it, and `deny` ends
    /// the session. A hook that fails, or takes longer than 2 s, changes nothing.
    pub fn on_refresh(mut self, hook: impl OnSignIn) -> Self {
        self.on_refresh = Some(Arc::new(hook));
        self
    }

    /// Sets the receiver of the outcome of each sign-in, success or failure. Default: none; the
    /// [metrics](crate::telemetry) count outcomes in any case.
    pub fn audit(mut self, audit: impl Audit) -> Self {
        self.audit = Some(Arc::new(audit));
        self
    }

    /// Sets who writes the pages that users see. Default: [`DefaultPages`](crate::pages::DefaultPages),
    /// short English pages. See [`pages`](crate::pages) for an example.
    pub fn pages(mut self, pages: impl Pages) -> Self {
        self.pages = Some(Arc::new(pages));
        self
    }

    /// Leads htmx to the sign-in: its 401 gets `HX-Redirect`, and the sign-in returns to the page
    /// that sent the request. Default: a 401 that htmx ignores.
    pub fn redirect_htmx(mut self) -> Self {
        self.redirects_htmx = true;
        self
    }

    /// Sets after which time without use a session ends. Default: 1 h; from 1 minute to 30 days.
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle = timeout;
        self
    }

    /// Sets after which time a session ends, used or not. Default: 24 h; from the idle timeout to
    /// 90 days.
    pub fn absolute_timeout(mut self, timeout: Duration) -> Self {
        self.absolute = timeout;
        self
    }

    /// Sets how long before its access token expires a session is refreshed. Default: 60 s; 0 to 10
    /// minutes.
    pub fn refresh_before(mut self, margin: Duration) -> Self {
        self.refresh_before = margin;
        self
    }

    /// Sets how long the result of a refresh serves requests that still carry the earlier session.
    /// Default: 30 s, as at Okta; 0 to 120 s.
    ///
    /// Set it to the "grace period" of the application at Okta for rotated refresh tokens. With a
    /// store it must be longer than twice the [fetch timeout](crate::OktaBuilder::fetch_timeout)
    /// plus one second. With 0, a process that is killed between Okta's response and its storage
    /// loses that session.
    pub fn rotation_grace(mut self, grace: Duration) -> Self {
        self.rotation_grace = grace;
        self
    }

    /// Adds another origin whose pages may send unsafe requests (POST, PUT, DELETE, WebSocket
    /// upgrades) with the session cookie. May be called several times. Default: only the public
    /// origin.
    pub fn allow_origin(mut self, origin: impl Into<String>) -> Self {
        self.allowed_origins.push(origin.into());
        self
    }

    /// Keeps the access token in the session, for applications that call APIs with
    /// [`Session::access_token`](crate::session::Session::access_token). Default: it is dropped
    /// after the sign-in, because a proxy with default buffers rejects larger cookies.
    pub fn keep_access_token(mut self) -> Self {
        self.keeps_access_token = true;
        self
    }

    /// Drops the text of the ID token after the sign-in, which makes cookies smaller. Default: the
    /// session keeps it.
    ///
    /// The claims are kept. Without the token as a hint, Okta asks the user to confirm a logout, or
    /// ends it on a page of its own.
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

/// The sign-in settings of an `OktaBuilder`.
#[derive(Clone, Default)]
pub(crate) struct SignInDraft {
    /// `None` if sign-in is not turned on.
    pub(crate) settings: Option<SignIn>,
    pub(crate) skips_origin_check: bool,
}
