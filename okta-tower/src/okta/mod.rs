//! The facade: one issuer, ready to guard services.

#[cfg(feature = "api")]
mod api;
pub(crate) mod builder;
mod check;
pub mod danger;
#[cfg(feature = "sign-in")]
mod sign_in;
mod sources;
mod stream;
#[cfg(feature = "yaml")]
mod yaml;

use std::{error::Error, fmt, sync::Arc};

pub use self::builder::OktaBuilder;
use self::check::Config;

use crate::{
    auth::{AuthLayer, source::Source},
    base::{
        fetch::Fetcher,
        telemetry::{Gauges, Metrics, MetricsSnapshot},
    },
    bearer::{source::BearerSource, verifier::Verifier},
    claims::Verified,
    config::ConfigError,
    error::AuthError,
    keys::{KeyState, RefreshError, Refresher},
};

/// One Okta authorization server: its keys, kept fresh in the background, and everything that judges by them.
///
/// Cheap to clone; every clone, layer and service shares the same keys and token cache. When the last of them is
/// dropped, the refreshing ends.
///
/// ```no_run
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// use okta_tower::Okta;
///
/// let okta = Okta::builder("https://{yourOktaDomain}/oauth2/default")
///     .audience("api://default")
///     .start()
///     .await?;
/// let layer = okta.layer();
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Okta {
    verifier: Arc<Verifier>,
    metrics: Arc<Metrics>,
    /// `None` where sign-in was not turned on.
    #[cfg(feature = "sign-in")]
    sign_in: Option<Arc<crate::browser::sign_in::SignInContext>>,
    #[cfg(feature = "api")]
    api: crate::api::Api,
}

impl Okta {
    /// Settings for one authorization server, by its issuer: `https://{domain}/oauth2/{id}`, without a slash at the end.
    /// Nothing is checked before the builder is started.
    pub fn builder(issuer: impl Into<String>) -> OktaBuilder {
        OktaBuilder::new(issuer)
    }

    /// Settings from the environment, under the names that Okta's own libraries read. See
    /// [`OktaBuilder::from_env`].
    ///
    /// # Errors
    /// Where a variable cannot be read or contradicts another, or the issuer is missing.
    pub fn from_env() -> Result<OktaBuilder, ConfigError> {
        OktaBuilder::from_env()
    }

    /// The layer that recognises callers. Each call gives a new one with default options.
    pub fn layer(&self) -> AuthLayer {
        let bearer = BearerSource::new(Arc::clone(&self.verifier));
        #[allow(unused_mut, reason = "there is no other source without sign-in")]
        let mut sources: Vec<Arc<dyn Source>> = vec![Arc::new(bearer)];
        #[cfg(feature = "sign-in")]
        if let Some(context) = &self.sign_in {
            sources.push(sign_in::source(context));
        }
        AuthLayer::new(sources, Arc::clone(&self.metrics))
    }

    /// Judges one access token, for places where there is no layer: WebSocket messages, queues, tests. Waits, at most the
    /// configured time, where the token's key may just have been published.
    ///
    /// # Panics
    /// On a tokio runtime without its timer (`enable_time` or `enable_all`), where the token's key is unknown: the wait
    /// needs it. Without any tokio runtime such a token is refused at once.
    ///
    /// # Errors
    /// [`InvalidToken`](crate::AuthErrorKind::InvalidToken) where the token fails a check,
    /// [`Unavailable`](crate::AuthErrorKind::Unavailable) where there are no keys to judge by.
    pub async fn verify(&self, token: &str) -> Result<Verified, AuthError> {
        self.verifier.verify(token).await
    }

    /// Waits until a request with this caller's credentials would be refused as expired: `exp` and the leeway after it, or the
    /// end that the session has without being used or refreshed. For what goes on after its request was judged: streams,
    /// WebSockets. The wait ends within a minute of that moment where the clock is set or the machine has slept.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use okta_tower::Okta;
    /// use okta_tower_test::{Issuer, ManualClock};
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let issuer = Issuer::builder().clock(clock.clone()).start().await?;
    /// let okta = Okta::builder(issuer.url()).clock(clock.clone()).danger().allow_http_on_loopback().start().await?;
    /// let caller = okta.verify(&issuer.token().expires_in(30).sign()).await?;
    /// let stream = std::future::pending::<()>(); // one that does not end by itself
    ///
    /// let refreshing = clock.sleepers();
    /// let expired = okta.expired(&caller);
    /// let call = tokio::spawn(async move {
    ///     tokio::select! {
    ///         () = stream => "all of it",
    ///         () = expired => "as much as the token was good for",
    ///     }
    /// });
    /// clock.wait_for_sleepers(refreshing + 1).await;
    /// clock.advance(Duration::from_secs(60)); // looks at the clock: a token may be late by the leeway, 60 s
    /// clock.wait_for_sleepers(refreshing + 1).await;
    /// clock.advance(Duration::from_secs(30));
    /// assert_eq!(call.await?, "as much as the token was good for");
    /// # Ok(()) }
    /// ```
    ///
    /// # Security
    /// It does not end early where Okta revokes the token or withdraws its key. Where that matters, keep tokens short.
    pub fn expired(&self, caller: &Verified) -> impl Future<Output = ()> + Send + use<> {
        let leeway = self.verifier.policy().leeway;
        stream::wait(
            Arc::clone(self.verifier.clock()),
            stream::end(caller, leeway),
        )
    }

    /// The state of the signing keys: for health endpoints.
    #[must_use]
    pub fn key_state(&self) -> KeyState {
        self.verifier.keys().state()
    }

    /// Whether tokens can be judged: for readiness probes.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.key_state().is_ready()
    }

    /// The counters of this issuer. `to_string()` is Prometheus' text format.
    #[must_use]
    pub fn metrics(&self) -> MetricsSnapshot {
        let keys = self.key_state();
        self.metrics.snapshot(Gauges {
            keys: keys.kids.len() as u64,
            is_ready: keys.is_ready(),
            age: keys.age,
        })
    }
}

impl OktaBuilder {
    /// Fetches the issuer's metadata, then its keys, and goes on refreshing them on the current tokio runtime. The metadata
    /// say where the keys are; where the issuer has none, the keys are looked for at Okta's fixed path, `/v1/keys` below
    /// the issuer. Metadata that are there and wrong are an error.
    ///
    /// # Errors
    /// Where a setting is wrong, where no tokio runtime is running, or where the first attempt to fetch the keys fails.
    /// To start while the issuer may be down, use [`start_lazy`](Self::start_lazy).
    pub async fn start(self) -> Result<Okta, StartError> {
        let okta = self.start_lazy()?;
        okta.verifier.keys().first_attempt().await;
        let state = okta.key_state();
        match state.last_failure {
            _ if state.is_ready() => Ok(okta),
            Some(failure) => Err(StartError(Cause::Keys(failure))),
            None => Err(StartError(Cause::NoRuntime)),
        }
    }

    /// Returns at once and fetches in the background. Until the first keys are there, requests are answered 503; a failing
    /// issuer is asked again after about a second, jittered, growing to a minute at most (later only where it asks for that
    /// with `Retry-After`), and nothing need be done when it comes back.
    ///
    /// # Errors
    /// Where a setting is wrong, or no tokio runtime is running.
    pub fn start_lazy(self) -> Result<Okta, StartError> {
        let runtime =
            tokio::runtime::Handle::try_current().map_err(|_| StartError(Cause::NoRuntime))?;
        let (okta, refresher) = self.pair()?;
        runtime.spawn(refresher);
        Ok(okta)
    }

    /// The same, with the refresher for you to spawn: nothing is fetched before it is polled. It must run on a tokio
    /// runtime with time and I/O enabled, such as `Builder::enable_all` makes.
    ///
    /// The refresher may have a runtime of its own. Services that use the layer must then still run on a tokio runtime with
    /// its timer enabled: where it is not, a token with an unknown key panics the request, as its wait needs the timer.
    ///
    /// # Errors
    /// Where a setting is wrong.
    pub fn pair(self) -> Result<(Okta, Refresher), StartError> {
        let config = self
            .build()
            .map_err(|error| StartError(Cause::Config(error)))?;
        Okta::pair(config)
    }
}

impl Okta {
    fn pair(config: Config) -> Result<(Self, Refresher), StartError> {
        let fetcher = Fetcher::new(&config.fetch, config.urls.clone())
            .map_err(|error| StartError(Cause::Client(Arc::new(error.without_url()))))?;
        let metrics = Arc::new(Metrics::default());
        let (keys, refresher) = config.keys(fetcher.clone(), &metrics);
        let verifier = Arc::new(Verifier::new(
            keys.clone(),
            config.policy.clone(),
            config.cache_bytes,
            Arc::clone(&config.clock),
            Arc::clone(&metrics),
        ));
        let okta = Self {
            #[cfg(feature = "api")]
            api: api::new(&config, &metrics)
                .map_err(|error| StartError(Cause::Client(Arc::new(error.without_url()))))?,
            #[cfg(feature = "sign-in")]
            sign_in: sign_in::context(config, fetcher, keys, &verifier, &metrics),
            verifier,
            metrics,
        };
        Ok((okta, refresher))
    }
}

/// Why an [`Okta`] could not be started.
#[derive(Clone, Debug)]
pub struct StartError(Cause);

#[derive(Clone, Debug)]
enum Cause {
    Config(ConfigError),
    Client(Arc<reqwest::Error>),
    NoRuntime,
    Keys(RefreshError),
}

/// The ways in which a start can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StartErrorKind {
    /// A setting is missing or wrong.
    Config,
    /// The HTTP client cannot be made of the proxy and certificates configured.
    Client,
    /// There is no tokio runtime to refresh the keys on.
    NoRuntime,
    /// The issuer's metadata or keys could not be fetched.
    Keys,
}

impl StartError {
    /// In which way it failed.
    #[must_use]
    pub fn kind(&self) -> StartErrorKind {
        match &self.0 {
            Cause::Config(_) => StartErrorKind::Config,
            Cause::Client(_) => StartErrorKind::Client,
            Cause::NoRuntime => StartErrorKind::NoRuntime,
            Cause::Keys(_) => StartErrorKind::Keys,
        }
    }
}

impl From<ConfigError> for StartError {
    fn from(error: ConfigError) -> Self {
        Self(Cause::Config(error))
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Cause::Config(error) => error.fmt(f),
            Cause::Client(_) => {
                f.write_str("the HTTP client cannot be made of the proxy and root certificates configured")
            }
            Cause::NoRuntime => f.write_str(
                "the signing keys need a tokio runtime to be refreshed on: call this within one, or spawn the future that `pair` gives",
            ),
            Cause::Keys(error) => error.fmt(f),
        }
    }
}

impl Error for StartError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.0 {
            // Displayed in full above; its own cause is what comes next.
            Cause::Config(error) => error.source(),
            Cause::Client(error) => Some(&**error),
            Cause::NoRuntime => None,
            Cause::Keys(error) => error.source(),
        }
    }
}
