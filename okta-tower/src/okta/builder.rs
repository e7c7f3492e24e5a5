//! The builder: setters that cannot fail. What they were given is checked as a whole in `check.rs`.

use std::{
    fmt,
    ops::{Bound, RangeBounds},
    sync::Arc,
    time::Duration,
};

#[cfg(feature = "api")]
use crate::api::settings::builder::{ApiAmbient, ManagementApi};
#[cfg(feature = "sign-in")]
use crate::browser::settings::builder::{Ambient, SignIn};
use crate::keys::RefreshSettings;
use crate::{
    base::{
        clock::{Clock, SystemClock},
        secret::Secret,
    },
    bearer::token::TokenType,
    keys::jwk::Algorithm,
    okta::danger::Danger,
};

/// Settings for one authorization server. Made by [`Okta::builder`](crate::Okta::builder) or
/// [`Okta::from_env`](crate::Okta::from_env); nothing is checked before [`start`](Self::start),
/// [`start_lazy`](Self::start_lazy), [`pair`](Self::pair) or [`check`](Self::check).
///
/// A setter that takes several values replaces those from before, unless it says otherwise.
#[derive(Clone)]
#[must_use = "a builder does nothing until it is started"]
pub struct OktaBuilder {
    pub(crate) issuer: Option<String>,
    pub(crate) issuer_setting: &'static str,
    pub(crate) audiences: Vec<String>,
    pub(crate) extra_issuers: Vec<String>,
    pub(crate) client_id: Option<String>,
    pub(crate) client_secret: Option<Secret>,
    pub(crate) allowed_clients: Vec<String>,
    pub(crate) algorithms: Vec<Algorithm>,
    pub(crate) leeway: Duration,
    pub(crate) token_type: TokenType,
    pub(crate) groups_claim: String,
    pub(crate) max_token_bytes: usize,
    pub(crate) cache_bytes: usize,
    pub(crate) timeout: Duration,
    pub(crate) connect_timeout: Duration,
    pub(crate) max_document_bytes: usize,
    pub(crate) proxy: Option<Secret>,
    pub(crate) roots: Vec<Vec<u8>>,
    pub(crate) refresh: RefreshSettings,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) allows_http_on_loopback: bool,
    #[cfg(feature = "sign-in")]
    pub(crate) sign_in: Option<SignIn>,
    #[cfg(feature = "sign-in")]
    pub(crate) ambient: Ambient,
    #[cfg(feature = "sign-in")]
    pub(crate) checks_origin: bool,
    #[cfg(feature = "api")]
    pub(crate) api: Option<ManagementApi>,
    #[cfg(feature = "api")]
    pub(crate) api_ambient: ApiAmbient,
}

impl OktaBuilder {
    pub(crate) fn new(issuer: impl Into<String>) -> Self {
        Self {
            issuer: Some(issuer.into()),
            ..Self::empty()
        }
    }

    /// The defaults, and no issuer.
    pub(crate) fn empty() -> Self {
        Self {
            issuer: None,
            issuer_setting: "issuer",
            audiences: vec!["api://default".into()],
            extra_issuers: Vec::new(),
            client_id: None,
            client_secret: None,
            allowed_clients: Vec::new(),
            algorithms: vec![Algorithm::Rs256],
            leeway: Duration::from_secs(60),
            token_type: TokenType::default(),
            groups_claim: "groups".into(),
            max_token_bytes: 16 * 1024,
            cache_bytes: 64 * 1024 * 1024,
            timeout: Duration::from_secs(5),
            connect_timeout: Duration::from_secs(2),
            max_document_bytes: 256 * 1024,
            proxy: None,
            roots: Vec::new(),
            refresh: RefreshSettings::default(),
            clock: Arc::new(SystemClock::new()),
            allows_http_on_loopback: false,
            #[cfg(feature = "sign-in")]
            sign_in: None,
            #[cfg(feature = "sign-in")]
            ambient: Ambient::default(),
            #[cfg(feature = "sign-in")]
            checks_origin: true,
            #[cfg(feature = "api")]
            api: None,
            #[cfg(feature = "api")]
            api_ambient: ApiAmbient::default(),
        }
    }

    /// Whom tokens must be for (`aud`). Default: `api://default`, as Okta's `default` server has it.
    pub fn audience(self, audience: impl Into<String>) -> Self {
        self.audiences([audience])
    }

    /// Several audiences: a token needs one of them.
    pub fn audiences<A: Into<String>>(mut self, audiences: impl IntoIterator<Item = A>) -> Self {
        self.audiences = audiences.into_iter().map(Into::into).collect();
        self
    }

    /// Other issuers that the same authorization server writes into `iss`: with a custom domain and Okta's issuer mode
    /// `DYNAMIC` there are two. Their tokens are verified with the keys of the main issuer. Default: none.
    pub fn extra_issuers<I: Into<String>>(mut self, issuers: impl IntoIterator<Item = I>) -> Self {
        self.extra_issuers = issuers.into_iter().map(Into::into).collect();
        self
    }

    /// Your application's own client id. Verifying access tokens does not need it, sign-in does; where it is known, an audience
    /// that is equal to it is refused as a mistake, because it would let ID tokens in. Default: none.
    pub fn client_id(mut self, client_id: impl Into<String>) -> Self {
        self.client_id = Some(client_id.into());
        self
    }

    /// Your application's client secret. Verifying access tokens does not use it; sign-in does. Default: none.
    pub fn client_secret(mut self, secret: impl Into<Secret>) -> Self {
        self.client_secret = Some(secret.into());
        self
    }

    /// The clients (`cid`) whose tokens are accepted. Default: empty, which accepts every client of the authorization
    /// server.
    pub fn allowed_clients<C: Into<String>>(
        mut self,
        clients: impl IntoIterator<Item = C>,
    ) -> Self {
        self.allowed_clients = clients.into_iter().map(Into::into).collect();
        self
    }

    /// The signature algorithms accepted. Default: RS256, the only one that Okta signs with.
    pub fn algorithms(mut self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        self.algorithms = algorithms.into_iter().collect();
        self
    }

    /// How far the issuer's clock may differ from ours, in whole seconds. Default: 60 s; at most 300 s.
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }

    /// Which `typ` header an access token has. Default: [`TokenType::Lenient`].
    pub fn token_type(mut self, token_type: TokenType) -> Self {
        self.token_type = token_type;
        self
    }

    /// The claim that holds the groups. Default: `groups`.
    pub fn groups_claim(mut self, claim: impl Into<String>) -> Self {
        self.groups_claim = claim.into();
        self
    }

    /// The longest token that is looked at, in bytes. Default: 16 KiB; from 1 KiB to 64 KiB.
    pub fn max_token_bytes(mut self, bytes: usize) -> Self {
        self.max_token_bytes = bytes;
        self
    }

    /// How much memory verified tokens may take, in bytes, so that they need not be verified again. Default: 64 MiB; 0
    /// verifies every token every time.
    pub fn token_cache_bytes(mut self, bytes: usize) -> Self {
        self.cache_bytes = bytes;
        self
    }

    /// How long fetching one document may take. Default: 5 s; from 10 ms to 60 s.
    pub fn fetch_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How long connecting may take. Default: 2 s; from 10 ms to 60 s.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// The longest document that is read from the issuer, in bytes. Default: 256 KiB; from 1 KiB to 16 MiB.
    pub fn max_document_bytes(mut self, bytes: usize) -> Self {
        self.max_document_bytes = bytes;
        self
    }

    /// The proxy that the issuer is reached through: `http://user:password@host:port`, where user and password may be left
    /// out, and the port is 80 unless given. Default: what `HTTPS_PROXY` and `NO_PROXY` say.
    pub fn proxy(mut self, url: impl Into<Secret>) -> Self {
        self.proxy = Some(url.into());
        self
    }

    /// Trusts the certificates in this PEM text for the connection to the issuer, beside those of the system: for a private
    /// certificate authority. May be called several times.
    pub fn root_certificate(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.roots.push(pem.into());
        self
    }

    /// Between which bounds the keys are refreshed; the issuer's `Cache-Control` chooses. Default: 5 minutes to 1 hour;
    /// from 10 s to 24 h.
    pub fn refresh_interval(mut self, bounds: impl RangeBounds<Duration>) -> Self {
        let bound = |bound: Bound<&Duration>, default| match bound {
            Bound::Included(bound) | Bound::Excluded(bound) => *bound,
            Bound::Unbounded => default,
        };
        self.refresh.min_interval = bound(bounds.start_bound(), self.refresh.min_interval);
        self.refresh.max_interval = bound(bounds.end_bound(), self.refresh.max_interval);
        self
    }

    /// How long after the last attempt to fetch keys a token with an unknown key may cause another. Attempts of any kind
    /// count: the one at the start, planned ones and failed ones. Default: 10 s; from 1 s to 10 minutes.
    pub fn unknown_key_cooldown(mut self, cooldown: Duration) -> Self {
        self.refresh.cooldown = cooldown;
        self
    }

    /// How long a request waits for its unknown key. Default: 2 s; 0 to 30 s.
    pub fn unknown_key_wait(mut self, wait: Duration) -> Self {
        self.refresh.unknown_key_wait = wait;
        self
    }

    /// How many requests may wait for unknown keys at once; the others are refused at once. Default: 1024.
    pub fn max_waiting_requests(mut self, requests: usize) -> Self {
        self.refresh.max_waiters = requests;
        self
    }

    /// How long keys are trusted through an outage of the issuer. Raised to three refresh intervals where it is lower (3 h
    /// with the defaults). Default: 12 h; from 30 s to 7 days.
    ///
    /// # Security
    /// For as long, a key that the issuer has withdrawn may still be accepted if the issuer cannot be reached.
    pub fn stale_limit(mut self, limit: Duration) -> Self {
        self.refresh.stale_limit = limit;
        self
    }

    /// Where the time comes from. Default: [`SystemClock`].
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Settings that weaken a check: see [`danger`](crate::danger).
    pub fn danger(self) -> Danger {
        Danger::new(self)
    }

    pub(crate) fn with_http_on_loopback(mut self) -> Self {
        self.allows_http_on_loopback = true;
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
