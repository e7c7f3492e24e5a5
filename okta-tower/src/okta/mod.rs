//! The facade: one issuer, ready to guard services.

#[cfg(feature = "api")]
mod api;
pub(crate) mod builder;
mod check;
pub mod danger;
#[cfg(feature = "sign-in")]
mod sign_in;
mod sources;
mod start;
mod stream;
#[cfg(feature = "yaml")]
mod yaml;

use std::sync::Arc;

use serde::de::DeserializeOwned;

pub use self::{
    builder::OktaBuilder,
    start::{StartError, StartErrorKind},
};
use crate::{
    auth::{AuthLayer, source::Source},
    base::telemetry::{Gauges, Metrics, MetricsSnapshot, Usage},
    bearer::{source::BearerSource, verifier::Verifier},
    claims::{Claims, Verified},
    config::ConfigError,
    error::AuthError,
    keys::KeyState,
};

/// One Okta authorization server: its keys, refreshed in the background, and everything that
/// verifies with them.
///
/// Cheap to clone: clones, layers and services share the keys and the token cache. The refreshing
/// ends when the last of them is dropped.
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
    /// `None` if sign-in is off.
    #[cfg(feature = "sign-in")]
    sign_in: Option<Arc<crate::browser::sign_in::SignInContexts>>,
    #[cfg(feature = "api")]
    api: crate::api::Api,
}

impl Okta {
    /// Returns settings for an authorization server, by its issuer:
    /// `https://{domain}/oauth2/{id}`, without a trailing slash. The start checks them.
    pub fn builder(issuer: impl Into<String>) -> OktaBuilder {
        OktaBuilder::new(issuer)
    }

    /// Returns settings from the environment, under the names that Okta's own libraries read. See
    /// [`OktaBuilder::from_env`].
    ///
    /// # Errors
    /// If a variable cannot be read or contradicts another, or the issuer is missing.
    pub fn from_env() -> Result<OktaBuilder, ConfigError> {
        OktaBuilder::from_env()
    }

    /// Returns the layer that recognizes callers, with default options.
    pub fn layer(&self) -> AuthLayer {
        let bearer: Arc<dyn Source> = Arc::new(BearerSource::new(Arc::clone(&self.verifier)));
        #[allow(unused_mut, reason = "without sign-in there is no other source")]
        let mut sources = vec![bearer];
        #[cfg(feature = "sign-in")]
        sources.extend(
            self.sign_in
                .as_ref()
                .map(|contexts| crate::browser::sign_in::source(contexts)),
        );
        AuthLayer::new(sources, Arc::clone(&self.metrics))
    }

    /// Verifies one access token, for places without a layer: WebSocket messages, queues, tests. If
    /// the token's key may just have been published, waits for the key, for the configured time at
    /// most.
    ///
    /// # Panics
    /// On a tokio runtime without its timer (`enable_time` or `enable_all`), if the token's key is
    /// unknown: the wait needs the timer. Without a tokio runtime such a token is rejected at once.
    ///
    /// # Errors
    /// [`InvalidToken`](crate::AuthErrorKind::InvalidToken) if the token fails a check,
    /// [`Unavailable`](crate::AuthErrorKind::Unavailable) if there are no keys to verify it with.
    pub async fn verify(&self, token: &str) -> Result<Verified, AuthError> {
        self.verifier.verify(token.as_bytes()).await
    }

    /// Verifies one access token, and reads its payload as `C`, as a layer with
    /// [`claims::<C>()`](AuthLayer::claims) does. Otherwise like [`verify`](Self::verify).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use okta_tower::Okta;
    /// use okta_tower_test::Issuer;
    ///
    /// #[derive(serde::Deserialize)]
    /// struct Employee {
    ///     department: String,
    /// }
    ///
    /// let issuer = Issuer::start().await;
    /// let okta = Okta::builder(issuer.url()).danger().allow_http_on_loopback().start().await?;
    /// let token = issuer.token().claim("department", "Research").sign();
    /// let claims = okta.verify_as::<Employee>(&token).await?;
    /// assert_eq!(claims.extra().department, "Research");
    /// // Without a department:
    /// let error = okta.verify_as::<Employee>(&issuer.token().sign()).await.unwrap_err();
    /// assert_eq!(error.reason(), "claims_unreadable");
    /// # Ok(()) }
    /// ```
    ///
    /// # Panics
    /// As [`verify`](Self::verify).
    ///
    /// # Errors
    /// As [`verify`](Self::verify), and `claims_unreadable` if the payload does not fit `C`.
    pub async fn verify_as<C>(&self, token: &str) -> Result<Claims<C>, AuthError>
    where
        C: DeserializeOwned + Send + Sync + 'static,
    {
        self.verify(token).await?.read_as()
    }

    /// Waits until a request with this caller's credentials would be rejected as expired: `exp`
    /// plus the leeway, or the end that the session has without further use. For what goes on after
    /// its request was authorized, such as streams and WebSockets.
    ///
    /// If the clock is set or the machine sleeps, the wait ends within a minute of that moment.
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
    /// let okta = Okta::builder(issuer.url()).clock(clock.clone());
    /// let okta = okta.danger().allow_http_on_loopback().start().await?;
    /// let caller = okta.verify(&issuer.token().expires_in(30).sign()).await?;
    /// let stream = std::future::pending::<()>(); // one that does not end by itself
    ///
    /// let refreshing = clock.sleepers();
    /// let expired = okta.expired(&caller);
    /// let call = tokio::spawn(async move {
    ///     tokio::select! {
    ///         () = stream => "complete",
    ///         () = expired => "cut off",
    ///     }
    /// });
    /// clock.wait_for_sleepers(refreshing + 1).await;
    /// // A token is accepted until its leeway of 60 s has passed, too.
    /// clock.advance(Duration::from_secs(60));
    /// clock.wait_for_sleepers(refreshing + 1).await;
    /// clock.advance(Duration::from_secs(30));
    /// assert_eq!(call.await?, "cut off");
    /// # Ok(()) }
    /// ```
    ///
    /// # Security
    /// The wait does not end early if Okta revokes the token or withdraws its key. Keep the
    /// lifetime of tokens short.
    pub fn expired(&self, caller: &Verified) -> impl Future<Output = ()> + Send + use<> {
        let leeway = self.verifier.policy().leeway;
        let clock = Arc::clone(self.verifier.clock());
        stream::wait(clock, stream::end(caller, leeway))
    }

    pub(crate) fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// Returns the state of the signing keys, for health endpoints.
    #[must_use]
    pub fn key_state(&self) -> KeyState {
        self.verifier.keys().state()
    }

    /// Whether tokens can be verified and the keys are refreshed, for readiness probes.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.key_state().is_ready()
    }

    /// Returns the counters of this issuer. `to_string()` is Prometheus' text format.
    #[must_use]
    pub fn metrics(&self) -> MetricsSnapshot {
        let keys = self.key_state();
        let gauges = Gauges {
            keys: keys.kids.len() as u64,
            is_ready: keys.is_ready(),
            age: keys.age,
            is_running: keys.is_running,
        };
        let usage = Usage {
            waiting_requests: self.verifier.keys().waiting_requests(),
            tokens: self.verifier.cache_usage(),
            #[cfg(feature = "sign-in")]
            sessions: self.session_usage(),
            #[cfg(not(feature = "sign-in"))]
            sessions: None,
        };
        self.metrics.snapshot(gauges, usage)
    }
}
