//! Settings that were checked: what the rooms above work with.

use std::{fmt, sync::Arc, time::Duration};

use url::Url;

use super::{UrlPolicy, issuer::Issuer};
use crate::{clock::Clock, secret::Secret, token::Policy};

/// Everything, checked.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) issuer: Issuer,
    pub(crate) policy: Policy,
    pub(crate) urls: UrlPolicy,
    pub(crate) fetch: FetchSettings,
    pub(crate) refresh: RefreshSettings,
    /// How much memory verified tokens may take, in bytes. 0: none are kept.
    pub(crate) cache_bytes: usize,
    pub(crate) clock: Arc<dyn Clock>,
    /// `None` where sign-in was not turned on.
    #[cfg(feature = "sign-in")]
    pub(crate) sign_in: Option<super::SignInSettings>,
    /// `None` where the management API was not turned on.
    #[cfg(feature = "api")]
    pub(crate) api: Option<super::ApiSettings>,
}

/// How documents are fetched.
#[derive(Clone, Debug)]
pub(crate) struct FetchSettings {
    /// From the first byte sent to the last one received.
    pub(crate) timeout: Duration,
    pub(crate) connect_timeout: Duration,
    /// The longest document, in bytes.
    pub(crate) max_bytes: usize,
    pub(crate) proxy: Option<Proxy>,
    /// Certificates to trust beside the system's, as PEM.
    pub(crate) roots: Vec<Vec<u8>>,
}

/// A proxy that all requests go through.
#[derive(Clone)]
pub(crate) struct Proxy {
    /// Without the credentials.
    pub(crate) url: Url,
    pub(crate) credentials: Option<(String, Secret)>,
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy")
            .field("url", &self.url.as_str())
            .finish_non_exhaustive()
    }
}

/// How the keys are refreshed.
#[derive(Clone, Debug)]
pub(crate) struct RefreshSettings {
    pub(crate) min_interval: Duration,
    pub(crate) max_interval: Duration,
    /// The least time between two attempts that unknown keys ask for.
    pub(crate) cooldown: Duration,
    /// How long a request waits for its key.
    pub(crate) unknown_key_wait: Duration,
    /// How long keys are trusted without being confirmed.
    pub(crate) stale_limit: Duration,
    /// How many requests may wait for a key at once.
    pub(crate) max_waiters: usize,
}

impl Default for RefreshSettings {
    fn default() -> Self {
        Self {
            min_interval: Duration::from_secs(5 * 60),
            max_interval: Duration::from_secs(60 * 60),
            cooldown: Duration::from_secs(10),
            unknown_key_wait: Duration::from_secs(2),
            stale_limit: Duration::from_secs(12 * 60 * 60),
            max_waiters: 1024,
        }
    }
}
