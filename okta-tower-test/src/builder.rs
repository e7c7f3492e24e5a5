//! Setting up an issuer, and what can be wrong with it.

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

/// What Okta's reference shows: about 44 days.
const CACHE_CONTROL: &str = "max-age=3832304, must-revalidate";

/// Sets an [`Issuer`] up. Made by [`Issuer::builder`].
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
/// // It listens on loopback and nowhere else.
/// let refused = Issuer::builder().address(([0, 0, 0, 0], 0)).start().await;
/// assert!(refused.unwrap_err().to_string().contains("loopback"));
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "an issuer runs once it is started"]
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
    /// Starts an issuer with Okta's defaults: authorization server `default`, audience `api://default`, RS256, on a
    /// free port of `127.0.0.1`, with the machine's clock. The server runs on the tokio runtime that this is called in;
    /// on a runtime with one thread, a test that blocks the thread blocks the issuer.
    ///
    /// # Panics
    ///
    /// When there is no free port. [`IssuerBuilder::start`] returns an error instead.
    pub async fn start() -> Self {
        match Self::builder().start().await {
            Ok(issuer) => issuer,
            Err(error) => panic!("{error}: {:?}", error.source()),
        }
    }

    /// Everything that can be set.
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

    /// The id of the custom authorization server: the last part of the issuer's URL. Default: `default`.
    pub fn authorization_server(mut self, id: impl Into<String>) -> Self {
        self.server_id = id.into();
        self
    }

    /// The audience of access tokens. Default: `api://default`.
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audience = audience.into();
        self
    }

    /// What the issuer's keys sign with. Default: RS256, the only one that Okta signs tokens with.
    pub fn algorithm(mut self, algorithm: Algorithm) -> Self {
        self.algorithm = algorithm;
        self
    }

    /// The claim that [`TokenBuilder::groups`](crate::TokenBuilder::groups) fills. Default: `groups`.
    pub fn groups_claim(mut self, name: impl Into<String>) -> Self {
        self.groups_claim = name.into();
        self
    }

    /// Where to listen; it must be a loopback address. Default: `127.0.0.1` and a free port.
    pub fn address(mut self, address: impl Into<SocketAddr>) -> Self {
        self.address = address.into();
        self
    }

    /// The port to listen on. Default: 0, which takes a free one.
    pub fn port(mut self, port: u16) -> Self {
        self.address.set_port(port);
        self
    }

    /// The `Cache-Control` of documents and keys. Default: `max-age=3832304, must-revalidate`, as in Okta's reference.
    pub fn cache_control(mut self, value: impl Into<String>) -> Self {
        self.cache_control = Some(value.into());
        self
    }

    /// Sends no `Cache-Control`.
    pub fn without_cache_control(mut self) -> Self {
        self.cache_control = None;
        self
    }

    /// Sends neither `ETag` nor `Last-Modified`, and never answers 304.
    pub fn without_validators(mut self) -> Self {
        self.validators = false;
        self
    }

    /// Whether the next signing key is published before it is used. Default: `true`, as Okta does in a planned rotation;
    /// otherwise the first token after a rotation is signed by a key that nobody has seen.
    pub fn publish_next_key(mut self, publish: bool) -> Self {
        self.next_is_published = publish;
        self
    }

    /// The clock that tokens are minted by: a [`ManualClock`](crate::ManualClock), most likely the one that the code
    /// under test has too. Default: the machine's.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Registers an application. [`Issuer::register`] does so later. Default: none is registered.
    pub fn client(mut self, client: Client) -> Self {
        self.clients.push(client);
        self
    }

    /// Adds a person to the three whom every issuer knows (see [`User`]).
    pub fn user(mut self, user: User) -> Self {
        self.users.push(user);
        self
    }

    /// Makes a token for the management API known. [`Issuer::register_api_token`] does so later. Default: none is.
    pub fn api_token(mut self, token: impl Into<String>) -> Self {
        self.api_tokens.push(token.into());
        self
    }

    /// How long access tokens from `/v1/token` live, in whole seconds. Okta allows 5 minutes to 24 hours; this allows
    /// anything. Default: an hour.
    pub fn access_token_lifetime(mut self, lifetime: Duration) -> Self {
        self.access_token_lifetime = Some(lifetime);
        self
    }

    /// Leaves groups out of ID tokens, as Okta does with claims that are not always included when an access token is
    /// issued too. `/v1/userinfo` has them. Default: ID tokens have them.
    pub fn thin_id_tokens(mut self) -> Self {
        self.thin_id_tokens = true;
        self
    }

    /// Makes the keys and starts to listen. The server runs on the tokio runtime that this is called in, which needs
    /// its I/O and time drivers (`#[tokio::test]` and `#[tokio::main]` turn them on).
    ///
    /// # Errors
    ///
    /// When the address is not a loopback address or cannot be listened on, or when the authorization server's id is no
    /// plain path segment.
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
    /// The address can be reached from other machines. This issuer gives anybody a token, so it stays on this one.
    NotLoopback(SocketAddr),
    /// The address cannot be listened on: the port is taken, most likely.
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the operating system said.
        source: io::Error,
    },
    /// The authorization server's id is empty, or holds something else than letters, digits, `-` and `_`.
    ServerId(String),
}

impl fmt::Display for IssuerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotLoopback(address) => write!(
                f,
                "the test issuer gives anybody a token and listens on loopback only: use 127.0.0.1 or [::1] \
                 instead of {address}"
            ),
            Self::Listen { address, .. } => write!(f, "the test issuer cannot listen on {address}"),
            Self::ServerId(id) => write!(
                f,
                "the authorization server id {id:?} must consist of letters, digits, `-` and `_`"
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
