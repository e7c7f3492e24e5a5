//! Settings and startup of an issuer.

use std::{
    error::Error,
    fmt, io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use okta_tower::{
    Algorithm,
    clock::{Clock, SystemClock},
};

use crate::{
    issuer::Issuer,
    server::listening,
    state::{
        IssuerState, clients::Client, config::IssuerConfig, keyring::KeyRing, sign_in::SignIn,
        users::User,
    },
};

/// The value in Okta's reference: about 44 days.
const CACHE_CONTROL: &str = "max-age=3832304, must-revalidate";

/// Builder of an [`Issuer`]. [`Issuer::builder`] creates one.
///
/// ```
/// use okta_tower::Algorithm;
/// use okta_tower_test::{Issuer, ManualClock};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let clock = ManualClock::new();
/// let issuer = Issuer::builder()
///     .authorization_server("aus9o8z4hr3f")
///     .audience("api://ledger")
///     .algorithm(Algorithm::Es256)
///     .groups_claim("GroupsClaim")
///     .cache_control("max-age=600, must-revalidate")
///     .clock(clock.clone())
///     .start()
///     .await
///     .unwrap();
/// assert!(issuer.url().ends_with("/oauth2/aus9o8z4hr3f"));
///
/// // The issuer listens on loopback addresses only.
/// let rejected = Issuer::builder().address(([0, 0, 0, 0], 0)).start().await;
/// assert!(rejected.unwrap_err().to_string().contains("loopback"));
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "an issuer runs only after `start`"]
pub struct IssuerBuilder {
    server_id: String,
    audience: String,
    algorithm: Algorithm,
    groups_claim: String,
    address: SocketAddr,
    cache_control: Option<String>,
    validators: bool,
    next_is_published: bool,
    clock: Arc<dyn Clock>,
    clients: Vec<Client>,
    users: Vec<User>,
    api_tokens: Vec<String>,
    access_token_lifetime: Option<Duration>,
    thin_id_tokens: bool,
}

/// # Starting
impl Issuer {
    /// Starts an issuer with the default settings of [`IssuerBuilder`].
    ///
    /// The server runs on the current tokio runtime. On a single-threaded runtime, a test that
    /// blocks the thread also blocks the issuer.
    ///
    /// # Panics
    ///
    /// Panics if no port is free. [`IssuerBuilder::start`] returns an error instead.
    pub async fn start() -> Self {
        match Self::builder().start().await {
            Ok(issuer) => issuer,
            Err(error) => panic!("{error}: {:?}", error.source()),
        }
    }

    /// Returns a builder with the default settings.
    pub fn builder() -> IssuerBuilder {
        IssuerBuilder::new()
    }
}

impl IssuerBuilder {
    fn new() -> Self {
        Self {
            server_id: "default".to_owned(),
            audience: "api://default".to_owned(),
            algorithm: Algorithm::Rs256,
            groups_claim: "groups".to_owned(),
            address: (Ipv4Addr::LOCALHOST, 0).into(),
            cache_control: Some(CACHE_CONTROL.to_owned()),
            validators: true,
            next_is_published: true,
            clock: Arc::new(SystemClock::new()),
            clients: Vec::new(),
            users: Vec::new(),
            api_tokens: Vec::new(),
            access_token_lifetime: None,
            thin_id_tokens: false,
        }
    }

    /// Sets the ID of the custom authorization server, the last part of the issuer's URL. Default:
    /// `default`.
    pub fn authorization_server(mut self, id: impl Into<String>) -> Self {
        self.server_id = id.into();
        self
    }

    /// Sets the audience of access tokens. Default: `api://default`.
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audience = audience.into();
        self
    }

    /// Sets the algorithm of the issuer's keys. Default: RS256, the only one that Okta signs tokens
    /// with.
    pub fn algorithm(mut self, algorithm: Algorithm) -> Self {
        self.algorithm = algorithm;
        self
    }

    /// Sets the claim for groups, which [`TokenBuilder::groups`](crate::TokenBuilder::groups)
    /// fills. Default: `groups`.
    pub fn groups_claim(mut self, name: impl Into<String>) -> Self {
        self.groups_claim = name.into();
        self
    }

    /// Sets the address, which must be a loopback address. Default: `127.0.0.1` and a free port.
    pub fn address(mut self, address: impl Into<SocketAddr>) -> Self {
        self.address = address.into();
        self
    }

    /// Sets the port. Default: 0, which selects a free port.
    pub fn port(mut self, port: u16) -> Self {
        self.address.set_port(port);
        self
    }

    /// Sets the `Cache-Control` of metadata and keys.
    ///
    /// Default: `max-age=3832304, must-revalidate`, as in Okta's reference.
    pub fn cache_control(mut self, value: impl Into<String>) -> Self {
        self.cache_control = Some(value.into());
        self
    }

    /// Sends no `Cache-Control`.
    pub fn without_cache_control(mut self) -> Self {
        self.cache_control = None;
        self
    }

    /// Sends neither `ETag` nor `Last-Modified`, and never returns 304.
    pub fn without_validators(mut self) -> Self {
        self.validators = false;
        self
    }

    /// Sets whether the next signing key is published in advance. Default: `true`, as in Okta's
    /// planned rotations.
    ///
    /// With `false`, the first token after a rotation is signed by a key that was never published
    /// before.
    pub fn publish_next_key(mut self, publish: bool) -> Self {
        self.next_is_published = publish;
        self
    }

    /// Sets the clock for tokens and expiry. Default: the system clock.
    ///
    /// Tests usually share a [`ManualClock`](crate::ManualClock) with the code under test.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Registers an application, as [`Issuer::register`] does later. Default: no application.
    pub fn client(mut self, client: Client) -> Self {
        self.clients.push(client);
        self
    }

    /// Adds a user to the three default users (see [`User`]).
    pub fn user(mut self, user: User) -> Self {
        self.users.push(user);
        self
    }

    /// Registers an API token for the management API, as [`Issuer::register_api_token`] does later.
    /// Default: no token.
    pub fn api_token(mut self, token: impl Into<String>) -> Self {
        self.api_tokens.push(token.into());
        self
    }

    /// Sets how long access tokens of `/v1/token` are valid, in whole seconds. Default: an hour.
    ///
    /// Okta allows 5 minutes to 24 hours. This issuer allows any duration.
    pub fn access_token_lifetime(mut self, lifetime: Duration) -> Self {
        self.access_token_lifetime = Some(lifetime);
        self
    }

    /// Omits groups from ID tokens. Default: ID tokens contain groups.
    ///
    /// Okta omits claims that are not always included if an access token is issued too.
    /// `/v1/userinfo` returns them.
    pub fn thin_id_tokens(mut self) -> Self {
        self.thin_id_tokens = true;
        self
    }

    /// Creates the keys and starts the server.
    ///
    /// The server runs on the current tokio runtime, which needs its I/O and time drivers.
    /// `#[tokio::test]` and `#[tokio::main]` enable both.
    ///
    /// # Errors
    ///
    /// Returns an error if the address is not a loopback address, if the port is taken, or if the
    /// ID of the authorization server is not a plain path segment.
    pub async fn start(self) -> Result<Issuer, IssuerError> {
        if !self.address.ip().is_loopback() {
            return Err(IssuerError::NotLoopback(self.address));
        }
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if self.server_id.is_empty() || !self.server_id.bytes().all(plain) {
            return Err(IssuerError::ServerId(self.server_id));
        }
        let failed = |source| IssuerError::Listen {
            address: self.address,
            source,
        };
        let listener = listening::reserve(self.address)
            .and_then(listening::listen)
            .map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;

        let (algorithm, next_is_published) = (self.algorithm, self.next_is_published);
        let keys = KeyRing::generate(algorithm, next_is_published).await;
        let origin = format!("http://{address}");
        let issuer_path = format!("/oauth2/{}", self.server_id);
        let config = IssuerConfig {
            issuer: format!("{origin}{issuer_path}"),
            origin,
            issuer_path,
            algorithm: algorithm.as_str(),
            audience: self.audience,
            groups_claim: self.groups_claim,
            clock: self.clock,
            validators: self.validators,
        };
        let mut sign_in = SignIn::new();
        for client in self.clients {
            sign_in.register(client);
        }
        for user in self.users {
            sign_in.users.add(user);
        }
        for token in self.api_tokens {
            sign_in.org.add_api_token(token);
        }
        sign_in.has_thin_id_tokens = self.thin_id_tokens;
        if let Some(lifetime) = self.access_token_lifetime {
            sign_in.access_token_lifetime = lifetime;
        }
        let state = IssuerState::new(config, keys, self.cache_control, sign_in);
        Ok(Issuer::new(Arc::new(state), address, listener))
    }
}

/// Why an [`Issuer`] did not start.
#[derive(Debug)]
#[non_exhaustive]
pub enum IssuerError {
    /// Other machines could reach the address. The issuer issues any token, so it listens on
    /// loopback only.
    NotLoopback(SocketAddr),
    /// Listening failed, probably because the port is taken.
    Listen {
        /// The requested address.
        address: SocketAddr,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The ID of the authorization server is empty or contains other characters than letters,
    /// digits, `-` and `_`.
    ServerId(String),
}

impl fmt::Display for IssuerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotLoopback(address) => write!(
                f,
                "{address} is not a loopback address; the test issuer issues any token, \
                 so use 127.0.0.1 or [::1]"
            ),
            Self::Listen { address, .. } => write!(
                f,
                "the test issuer cannot listen on {address}; choose another port"
            ),
            Self::ServerId(id) => write!(
                f,
                "invalid authorization server ID {id:?}; use letters, digits, `-` and `_`"
            ),
        }
    }
}

impl Error for IssuerError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Listen { source, .. } => Some(source),
            Self::NotLoopback(_) | Self::ServerId(_) => None,
        }
    }
}
