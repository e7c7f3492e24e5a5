//! The builder: setters that cannot fail. `check.rs` checks what they set.

use std::{
    fmt,
    ops::{Bound, RangeBounds},
    sync::Arc,
    time::Duration,
};

use crate::{
    base::{
        clock::{Clock, SystemClock},
        secret::Secret,
    },
    bearer::token::TokenType,
    config::{
        setting::Setting,
        variables::{
            AUDIENCE, CLIENT_ID, CLIENT_SECRET, CONNECT_TIMEOUT, DISABLE_HTTPS_CHECK,
            FETCH_TIMEOUT, Found, GROUPS_CLAIM, ISSUER, ISSUER_ADDRESS, PROXY_HOST,
        },
    },
    keys::{RefreshSettings, jwk::Algorithm},
};

/// Settings for one authorization server.
///
/// [`Okta::builder`](crate::Okta::builder) and [`Okta::from_env`](crate::Okta::from_env) return
/// one. [`start`](Self::start), [`start_lazy`](Self::start_lazy), [`pair`](Self::pair) and
/// [`check`](Self::check) check the settings; the setters do not. A setter that takes several
/// values replaces earlier ones, unless its documentation says otherwise.
#[derive(Clone)]
#[must_use = "a builder does nothing until it is started"]
pub struct OktaBuilder {
    pub(super) issuer: Option<Setting<String>>,
    pub(super) audiences: Option<Setting<Vec<String>>>,
    pub(super) extra_issuers: Vec<String>,
    pub(super) client_id: Option<Setting<String>>,
    pub(super) client_secret: Option<Setting<Secret>>,
    pub(super) allowed_clients: Vec<String>,
    pub(super) algorithms: Vec<Algorithm>,
    pub(super) leeway: Duration,
    pub(super) token_type: TokenType,
    pub(super) groups_claim: Option<Setting<String>>,
    pub(super) max_token_bytes: usize,
    pub(super) cache_bytes: usize,
    pub(super) fetch_timeout: Option<Setting<Duration>>,
    pub(super) connect_timeout: Option<Setting<Duration>>,
    pub(super) max_document_bytes: usize,
    pub(super) issuer_address: Option<Setting<String>>,
    pub(super) keys: Option<String>,
    pub(super) proxy: Option<Setting<Secret>>,
    pub(super) roots: Vec<Vec<u8>>,
    pub(super) refresh: RefreshSettings,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) allows_http_on_loopback: Option<Setting<bool>>,
    pub(super) allows_http_anywhere: bool,
    /// What the readers found, for the settings of sign-in and of the management API.
    pub(super) found: Found,
    #[cfg(feature = "sign-in")]
    pub(super) sign_in: crate::browser::settings::SignInDraft,
    #[cfg(feature = "api")]
    pub(super) api: Option<crate::api::settings::ManagementApi>,
}

impl OktaBuilder {
    pub(crate) fn new(issuer: impl Into<String>) -> Self {
        Self {
            issuer: Some(Setting::built(ISSUER.setter, issuer.into())),
            ..Self::empty()
        }
    }

    /// Returns the defaults, without an issuer.
    pub(super) fn empty() -> Self {
        Self {
            issuer: None,
            audiences: None,
            extra_issuers: Vec::new(),
            client_id: None,
            client_secret: None,
            allowed_clients: Vec::new(),
            algorithms: vec![Algorithm::Rs256],
            leeway: Duration::from_secs(60),
            token_type: TokenType::default(),
            groups_claim: None,
            max_token_bytes: 16 * 1024,
            cache_bytes: 64 * 1024 * 1024,
            fetch_timeout: None,
            connect_timeout: None,
            max_document_bytes: 256 * 1024,
            issuer_address: None,
            keys: None,
            proxy: None,
            roots: Vec::new(),
            refresh: RefreshSettings::default(),
            clock: Arc::new(SystemClock::new()),
            allows_http_on_loopback: None,
            allows_http_anywhere: false,
            found: Found::default(),
            #[cfg(feature = "sign-in")]
            sign_in: Default::default(),
            #[cfg(feature = "api")]
            api: None,
        }
    }

    /// Sets the accepted audience (`aud`). Default: `api://default`, the audience of Okta's
    /// `default` server.
    pub fn audience(self, audience: impl Into<String>) -> Self {
        self.audiences([audience])
    }

    /// Sets several accepted audiences. A token must contain one of them.
    pub fn audiences<A: Into<String>>(mut self, audiences: impl IntoIterator<Item = A>) -> Self {
        let audiences = audiences.into_iter().map(Into::into).collect();
        self.audiences = Some(Setting::built(AUDIENCE.setter, audiences));
        self
    }

    /// Sets other issuers that the same authorization server writes into `iss`. Default: none.
    ///
    /// With a custom domain and Okta's issuer mode `DYNAMIC`, a server has two issuers. The keys of
    /// the main issuer verify the tokens of both.
    pub fn extra_issuers<I: Into<String>>(mut self, issuers: impl IntoIterator<Item = I>) -> Self {
        self.extra_issuers = issuers.into_iter().map(Into::into).collect();
        self
    }

    /// Sets your application's own client ID, which sign-in requires. Default: none.
    ///
    /// Verification of access tokens does not need it. An audience equal to the client ID is an
    /// error, because the layer would then accept ID tokens.
    pub fn client_id(mut self, client_id: impl Into<String>) -> Self {
        self.client_id = Some(Setting::built(CLIENT_ID.setter, client_id.into()));
        self
    }

    /// Sets your application's client secret. Only sign-in uses it. Default: none.
    pub fn client_secret(mut self, secret: impl Into<Secret>) -> Self {
        self.client_secret = Some(Setting::built(CLIENT_SECRET.setter, secret.into()));
        self
    }

    /// Sets the clients (`cid`) whose tokens are accepted. Default: empty, which accepts every
    /// client of the authorization server.
    pub fn allowed_clients<C: Into<String>>(
        mut self,
        clients: impl IntoIterator<Item = C>,
    ) -> Self {
        self.allowed_clients = clients.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the accepted signature algorithms. Default: RS256, the only one that Okta signs with.
    pub fn algorithms(mut self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        self.algorithms = algorithms.into_iter().collect();
        self
    }

    /// Sets how far the issuer's clock may differ from this one, in whole seconds. Default: 60 s;
    /// at most 300 s.
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }

    /// Sets which `typ` header an access token must have. Default: [`TokenType::Lenient`].
    pub fn token_type(mut self, token_type: TokenType) -> Self {
        self.token_type = token_type;
        self
    }

    /// Sets the claim that contains the groups: the name of a claim at the top of the payload, or a
    /// JSON Pointer (RFC 6901) to a nested one, such as `/realm_access/roles`. Default: `groups`.
    ///
    /// The claim is an array of strings, or one string. A claim of another type grants no group;
    /// the log has its name and type, the first time at WARN, then at DEBUG. A dot in a name has no
    /// meaning.
    ///
    /// ```
    /// use okta_tower::Okta;
    ///
    /// let okta = Okta::builder("https://dev-1234.okta.com/oauth2/default");
    /// assert!(okta.clone().groups_claim("/realm_access/roles").check().is_ok());
    /// assert!(okta.groups_claim("sub").check().is_err()); // has another meaning
    /// ```
    pub fn groups_claim(mut self, claim: impl Into<String>) -> Self {
        self.groups_claim = Some(Setting::built(GROUPS_CLAIM.setter, claim.into()));
        self
    }

    /// Sets the length of the longest accepted token, in bytes. Default: 16 KiB; from 1 KiB to 64
    /// KiB.
    pub fn max_token_bytes(mut self, bytes: usize) -> Self {
        self.max_token_bytes = bytes;
        self
    }

    /// Sets how much memory the cache of verified tokens may take, in bytes. Default: 64 MiB. With
    /// 0, the layer verifies every token every time.
    pub fn token_cache_bytes(mut self, bytes: usize) -> Self {
        self.cache_bytes = bytes;
        self
    }

    /// Sets how long one request to the issuer may take. Default: 5 s; from 10 ms to 60 s.
    pub fn fetch_timeout(mut self, timeout: Duration) -> Self {
        self.fetch_timeout = Some(Setting::built(FETCH_TIMEOUT.setter, timeout));
        self
    }

    /// Sets how long connecting to the issuer may take. Default: 2 s; from 10 ms to 60 s.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = Some(Setting::built(CONNECT_TIMEOUT.setter, timeout));
        self
    }

    /// Sets the length of the longest document that is read from the issuer, in bytes. Default:
    /// 256 KiB; from 1 KiB to 16 MiB.
    pub fn max_document_bytes(mut self, bytes: usize) -> Self {
        self.max_document_bytes = bytes;
        self
    }

    /// Sets the address at which the issuer is reached, if its own host name does not lead there:
    /// `https://okta.internal:8443`. Default: the issuer's host.
    ///
    /// Metadata, keys, and the other requests of sign-in to the issuer go to this address, with
    /// the paths that they have at the issuer. A path in the address, such as that of a gateway,
    /// comes first; the issuer's own path may be left out. The issuer's name stays what tokens and
    /// metadata must contain, and where browsers are sent. Metadata may name endpoints on either
    /// host.
    ///
    /// Plain `http` needs [`Danger::allow_http_on_loopback`] or
    /// [`Danger::allow_http_beyond_loopback`].
    ///
    /// ```
    /// use okta_tower::{Okta, config::ConfigErrorKind};
    ///
    /// let okta = Okta::builder("https://login.example.com/oauth2/default");
    /// assert!(okta.clone().issuer_address("https://okta.internal:8443").check().is_ok());
    ///
    /// let plain = okta.issuer_address("http://okta.internal:8080");
    /// assert_eq!(plain.clone().check().unwrap_err().kind(), ConfigErrorKind::Insecure);
    /// assert!(plain.danger().allow_http_beyond_loopback().check().is_ok());
    /// ```
    ///
    /// # Security
    /// The keys that this address serves decide which tokens are accepted. With `https`, its
    /// certificate must be valid for its own host name.
    ///
    /// [`Danger::allow_http_on_loopback`]: crate::danger::Danger::allow_http_on_loopback
    /// [`Danger::allow_http_beyond_loopback`]: crate::danger::Danger::allow_http_beyond_loopback
    pub fn issuer_address(mut self, url: impl Into<String>) -> Self {
        self.issuer_address = Some(Setting::built(ISSUER_ADDRESS.setter, url.into()));
        self
    }

    /// Sets the keys (a JWKS, RFC 7517 section 5) to start with, for functions that must answer
    /// before they can fetch. Default: none.
    ///
    /// The keys count as fetched at the start: [`start`](Self::start) returns without waiting, and
    /// [`stale_limit`](Self::stale_limit) applies from then on. The refresher fetches the current
    /// keys as soon as it runs, and replaces these.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use okta_tower::Okta;
    /// use okta_tower_test::Issuer;
    ///
    /// let issuer = Issuer::start().await;
    /// let builder = Okta::builder(issuer.url()).danger().allow_http_on_loopback();
    /// let (okta, _refresher) = builder.keys(issuer.key_set().to_string()).pair()?;
    ///
    /// // Nothing has been fetched.
    /// assert!(okta.verify(&issuer.token().sign()).await.is_ok());
    /// let forged = issuer.token().key(issuer.forged_key()).sign();
    /// assert!(okta.verify(&forged).await.is_err());
    /// # Ok(()) }
    /// ```
    ///
    /// # Security
    /// A key that Okta has withdrawn since is accepted until the first fetch. Deploy current keys.
    pub fn keys(mut self, jwks_json: impl Into<String>) -> Self {
        self.keys = Some(jwks_json.into());
        self
    }

    /// Sets the proxy for all requests to the issuer: `http://user:password@host:port`. Default:
    /// the proxy of `HTTPS_PROXY` and `NO_PROXY`.
    ///
    /// User and password are optional. The default port is 80.
    pub fn proxy(mut self, url: impl Into<Secret>) -> Self {
        self.proxy = Some(Setting::built(PROXY_HOST.setter, url.into()));
        self
    }

    /// Adds the certificates in this PEM text to those that the system trusts, for a private
    /// certificate authority. May be called several times.
    pub fn root_certificate(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.roots.push(pem.into());
        self
    }

    /// Sets the bounds of the time between two refreshes of the keys. Default: 5 minutes to 1 hour;
    /// from 10 s to 24 h. The issuer's `Cache-Control` chooses within the bounds.
    pub fn refresh_interval(mut self, bounds: impl RangeBounds<Duration>) -> Self {
        let bound = |bound: Bound<&Duration>, default| match bound {
            Bound::Included(bound) | Bound::Excluded(bound) => *bound,
            Bound::Unbounded => default,
        };
        self.refresh.min_interval = bound(bounds.start_bound(), self.refresh.min_interval);
        self.refresh.max_interval = bound(bounds.end_bound(), self.refresh.max_interval);
        self
    }

    /// Sets in what time tokens with unknown keys may cause one further attempt to fetch keys,
    /// after a burst of three. Default: 10 s; from 1 s to 10 minutes.
    ///
    /// Failed attempts count. Scheduled ones, the first one included, do not: a rotation right
    /// after the start is noticed at once.
    pub fn unknown_key_cooldown(mut self, cooldown: Duration) -> Self {
        self.refresh.cooldown = cooldown;
        self
    }

    /// Sets how long a request waits for its unknown key. Default: 2 s; 0 to 30 s.
    pub fn unknown_key_wait(mut self, wait: Duration) -> Self {
        self.refresh.unknown_key_wait = wait;
        self
    }

    /// Sets how many requests may wait for unknown keys at once. Default: 64. Further ones are
    /// rejected without waiting.
    ///
    /// A waiting request keeps its connection from others: clients and proxies have few. None waits
    /// once an attempt has taken twice its usual time, and at least 1 s: the response is then 503
    /// with `Retry-After`.
    pub fn max_waiting_requests(mut self, requests: usize) -> Self {
        self.refresh.max_waiters = requests;
        self
    }

    /// Sets how long keys stay valid during an outage of the issuer. Default: 12 h; from 30 s to 7
    /// days. A limit below three refresh intervals (3 h with the defaults) is raised to them.
    ///
    /// # Security
    /// During an outage, a key that the issuer has withdrawn is accepted for that long.
    pub fn stale_limit(mut self, limit: Duration) -> Self {
        self.refresh.stale_limit = limit;
        self
    }

    /// Sets the clock. Default: [`SystemClock`].
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    pub(super) fn with_http_anywhere(mut self) -> Self {
        self.allows_http_anywhere = true;
        self
    }

    pub(super) fn with_http_on_loopback(mut self) -> Self {
        let setter = DISABLE_HTTPS_CHECK.setter;
        self.allows_http_on_loopback = Some(Setting::built(setter, true));
        self
    }
}

/// Prints no secret.
impl fmt::Debug for OktaBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OktaBuilder")
            .field("audiences", &self.audiences)
            .field("client_id", &self.client_id)
            .field("client_secret", &self.client_secret)
            .field("algorithms", &self.algorithms)
            .field("leeway", &self.leeway)
            .field("token_type", &self.token_type)
            .field("groups_claim", &self.groups_claim)
            .field("proxy", &self.proxy)
            .field("refresh", &self.refresh)
            .finish_non_exhaustive()
    }
}
