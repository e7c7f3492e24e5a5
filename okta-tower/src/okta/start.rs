//! Starting: from settings to an [`Okta`] and the refresher of its keys.

use std::{error::Error, fmt, sync::Arc};

use tokio::runtime::Handle;

use super::{Okta, OktaBuilder};
use crate::{
    base::{fetch::Fetcher, telemetry::Metrics},
    bearer::verifier::Verifier,
    config::ConfigError,
    error::RefreshErrorKind,
    keys::{RefreshError, Refresher},
};

impl OktaBuilder {
    /// Fetches the issuer's metadata and keys, and keeps refreshing the keys on the current tokio
    /// runtime.
    ///
    /// The metadata name the address of the keys. If the issuer has no metadata, the keys are
    /// fetched from Okta's fixed path, `/v1/keys` below the issuer. Wrong metadata are an error.
    /// With [`keys`](Self::keys), nothing is waited for.
    ///
    /// # Errors
    /// If a setting is wrong, if no tokio runtime is running, or if the first attempt to fetch the
    /// keys fails. To start during an outage of the issuer, use [`start_lazy`](Self::start_lazy).
    pub async fn start(self) -> Result<Okta, StartError> {
        let okta = self.start_lazy()?;
        if !okta.is_ready() {
            okta.verifier.keys().first_attempt().await;
        }
        let state = okta.key_state();
        match state.last_failure {
            _ if state.is_ready() => Ok(okta),
            Some(failure) => Err(StartError(Cause::Keys(failure))),
            None => Err(StartError(Cause::NoRuntime)),
        }
    }

    /// Returns at once and fetches in the background. Requests get 503 until the first keys are
    /// there.
    ///
    /// After a failure, the issuer is asked again after about a second, with jitter, growing to a
    /// minute at most, or later if it says so with `Retry-After`. Recovery is automatic.
    ///
    /// # Errors
    /// If a setting is wrong, or no tokio runtime is running.
    pub fn start_lazy(self) -> Result<Okta, StartError> {
        let runtime = Handle::try_current().map_err(|_| StartError(Cause::NoRuntime))?;
        let (okta, refresher) = self.pair()?;
        runtime.spawn(refresher);
        Ok(okta)
    }

    /// Returns the refresher for you to spawn: nothing is fetched before it is polled. It must run
    /// on a tokio runtime with time and I/O enabled, such as `Builder::enable_all` makes.
    ///
    /// The refresher may have a runtime of its own. Services with the layer must still run on a
    /// tokio runtime with its timer enabled: otherwise a token with an unknown key panics, because
    /// its wait needs the timer.
    ///
    /// # Errors
    /// If a setting is wrong.
    pub fn pair(self) -> Result<(Okta, Refresher), StartError> {
        let config = self.build()?;
        let fetcher = Fetcher::new(&config.fetch, config.urls.clone()).map_err(StartError::http)?;
        let metrics = Arc::new(Metrics::default());
        #[cfg(feature = "api")]
        let api = super::api::new(&config, &metrics).map_err(StartError::http)?;
        let (keys, refresher) = config.keys(fetcher.clone(), &metrics);
        let verifier = Arc::new(Verifier::new(
            keys.clone(),
            config.policy.clone(),
            config.cache_bytes,
            Arc::clone(&config.clock),
            Arc::clone(&metrics),
        ));
        let okta = Okta {
            #[cfg(feature = "api")]
            api,
            #[cfg(feature = "sign-in")]
            sign_in: super::sign_in::contexts(config, &fetcher, &keys, &verifier, &metrics),
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

/// How a start can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StartErrorKind {
    /// A setting is missing or wrong.
    Config,
    /// The HTTP client cannot be built with the configured proxy and certificates.
    Client,
    /// No tokio runtime is running to refresh the keys on.
    NoRuntime,
    /// The issuer's metadata or keys could not be fetched.
    Keys,
}

impl StartError {
    fn http(error: reqwest::Error) -> Self {
        Self(Cause::Client(Arc::new(error.without_url())))
    }

    /// Returns how the start failed.
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
            Cause::Client(_) => f.write_str(
                "the HTTP client cannot be built with the configured proxy and root certificates",
            ),
            Cause::NoRuntime => f.write_str(
                "no tokio runtime is running to refresh the signing keys on; start within one, \
                 or spawn the future that `pair` returns",
            ),
            Cause::Keys(error) => {
                error.fmt(f)?;
                let is_unreachable = matches!(
                    error.kind(),
                    RefreshErrorKind::Connection | RefreshErrorKind::Timeout
                );
                f.write_str(match is_unreachable {
                    true => "; if the issuer is reached at another address, set `issuer_address`",
                    false => "",
                })
            }
        }
    }
}

impl Error for StartError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.0 {
            // `Display` shows the error itself, so its cause comes next.
            Cause::Config(error) => error.source(),
            Cause::Client(error) => Some(&**error),
            Cause::NoRuntime => None,
            Cause::Keys(error) => error.source(),
        }
    }
}
