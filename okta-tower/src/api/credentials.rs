//! The `Authorization` of calls: an API token, or a service's access token, which is cached until
//! shortly before it expires.

use std::{fmt, sync::Arc, time::Duration};

use arc_swap::ArcSwapOption;
use http::HeaderValue;
use tokio::sync::Mutex;

use super::{
    error::{ApiError, Problem},
    timestamp::Timestamp,
};
use crate::{
    base::{clock::Clock, secret::Secret},
    oauth::{TokenResponse, service::ServiceClient},
};

/// The longest time before its expiry that a token is replaced: a call may take as long.
const MARGIN: Duration = Duration::from_secs(60);

/// The lifetime of a token whose response states none.
const LIFETIME: Duration = Duration::from_secs(5 * 60);

/// The pause after a failed token request. Calls that waited for the request fail with it.
const PAUSE: Duration = Duration::from_secs(1);

pub(super) enum Credentials {
    Token(Arc<AccessToken>),
    Service(Box<Service>),
}

/// The value of a call's `Authorization` field.
pub(super) struct AccessToken {
    field: HeaderValue,
    /// Its start and lifetime, or `None` for a token that is valid until it is revoked.
    lifetime: Option<(Timestamp, Duration)>,
}

pub(super) struct Service {
    client: ServiceClient,
    token: ArcSwapOption<AccessToken>,
    /// Locked during a token request. Holds the failure of the last request, if it failed.
    request: Mutex<Option<(Timestamp, ApiError)>>,
    clock: Arc<dyn Clock>,
}

impl AccessToken {
    pub(super) fn field(&self) -> &HeaderValue {
        &self.field
    }

    fn new(
        scheme: &str,
        token: &Secret,
        lifetime: Option<(Timestamp, Duration)>,
    ) -> Result<Self, Problem> {
        let mut field = HeaderValue::try_from(format!("{scheme} {}", token.expose()))
            .map_err(|_| Problem::Unreadable("the org's token is not a valid header value"))?;
        field.set_sensitive(true);
        Ok(Self { field, lifetime })
    }

    fn is_valid(&self, now: Timestamp) -> bool {
        self.lifetime
            .is_none_or(|(since, lifetime)| !since.is_past(lifetime, now))
    }
}

impl Credentials {
    /// Uses an API token (`SSWS`).
    pub(super) fn token(token: &Secret) -> Result<Self, Problem> {
        AccessToken::new("SSWS", token, None).map(|token| Self::Token(Arc::new(token)))
    }

    /// Uses a service application (OAuth for Okta).
    pub(super) fn service(client: ServiceClient, clock: Arc<dyn Clock>) -> Self {
        Self::Service(Box::new(Service {
            client,
            token: ArcSwapOption::empty(),
            request: Mutex::new(None),
            clock,
        }))
    }

    /// Returns the token for a call.
    pub(super) async fn get(&self) -> Result<Arc<AccessToken>, ApiError> {
        match self {
            Self::Token(token) => Ok(Arc::clone(token)),
            Self::Service(service) => service.get().await,
        }
    }

    /// Discards a token that Okta rejected. Returns whether [`get`](Self::get) may give another.
    pub(super) fn discard(&self, rejected: &Arc<AccessToken>) -> bool {
        let Self::Service(service) = self else {
            return false;
        };
        // Only this token: another call may have replaced it already.
        service.token.compare_and_swap(rejected, None);
        true
    }
}

impl Service {
    async fn get(&self) -> Result<Arc<AccessToken>, ApiError> {
        if let Some(token) = self.cached() {
            return Ok(token);
        }
        // One call requests a token and the others wait. A dropped request passes to the next.
        let mut failed = self.request.lock().await;
        if let Some(token) = self.cached() {
            return Ok(token);
        }
        let now = Timestamp::now(&*self.clock);
        if let Some((since, error)) = failed.as_ref()
            && !since.is_past(PAUSE, now)
        {
            return Err(error.clone());
        }
        match self.request().await {
            Ok(token) => {
                *failed = None;
                self.token.store(Some(Arc::clone(&token)));
                Ok(token)
            }
            Err(error) => {
                *failed = Some((Timestamp::now(&*self.clock), error.clone()));
                Err(error)
            }
        }
    }

    fn cached(&self) -> Option<Arc<AccessToken>> {
        let token = self.token.load_full()?;
        token
            .is_valid(Timestamp::now(&*self.clock))
            .then_some(token)
    }

    async fn request(&self) -> Result<Arc<AccessToken>, ApiError> {
        // The lifetime counts from before the token was made.
        let since = Timestamp::now(&*self.clock);
        let TokenResponse {
            access_token,
            expires_in,
            ..
        } = self.client.token().await.map_err(Problem::Token)?;
        let lifetime = expires_in.unwrap_or(LIFETIME);
        let lifetime = lifetime.saturating_sub(MARGIN.min(lifetime / 2));
        let token = AccessToken::new("Bearer", &access_token, Some((since, lifetime)))?;
        Ok(Arc::new(token))
    }
}

/// Hides the token.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Token(_) => "Credentials::Token(..)",
            Self::Service(_) => "Credentials::Service(..)",
        })
    }
}
