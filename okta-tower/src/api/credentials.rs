//! What calls carry in `Authorization`: an API token, or an access token of a service, which is kept until shortly before it ends.

use std::{fmt, sync::Arc, time::Duration};

use arc_swap::ArcSwapOption;
use http::HeaderValue;
use tokio::sync::Mutex;

use super::{ApiError, age::Moment, error::Problem};
use crate::{
    base::{clock::Clock, secret::Secret},
    oauth::{ServiceClient, TokenResponse},
};

/// How long before its end a token is not used any more, at most: a call may take as long.
const MARGIN: Duration = Duration::from_secs(60);

/// What a token is good for whose answer does not say.
const LIFETIME: Duration = Duration::from_secs(5 * 60);

/// How long after a failure nobody asks again. Those who have waited for the request that failed fail with it.
const REST: Duration = Duration::from_secs(1);

pub(super) enum Credentials {
    Token(Arc<Held>),
    Service(Box<Service>),
}

/// A field for calls.
pub(super) struct Held {
    field: HeaderValue,
    /// Since when, and for how long; `None` for one that ends when it is revoked.
    ends: Option<(Moment, Duration)>,
}

pub(super) struct Service {
    client: ServiceClient,
    held: ArcSwapOption<Held>,
    /// Held by whoever asks for a token; in it, what came of it the last time that it failed.
    asking: Mutex<Option<(Moment, ApiError)>>,
    clock: Arc<dyn Clock>,
}

impl Held {
    pub(super) fn field(&self) -> &HeaderValue {
        &self.field
    }

    fn new(
        scheme: &str,
        token: &Secret,
        ends: Option<(Moment, Duration)>,
    ) -> Result<Self, Problem> {
        let mut field = HeaderValue::try_from(format!("{scheme} {}", token.expose()))
            .map_err(|_| Problem::Unreadable("the org's token is none that can be sent"))?;
        field.set_sensitive(true);
        Ok(Self { field, ends })
    }

    fn is_good(&self, now: Moment) -> bool {
        self.ends
            .is_none_or(|(since, lasts)| !since.is_past(lasts, now))
    }
}

impl Credentials {
    /// `SSWS`, with a token that was checked.
    pub(super) fn token(token: &Secret) -> Result<Self, Problem> {
        Held::new("SSWS", token, None).map(|held| Self::Token(Arc::new(held)))
    }

    /// OAuth for Okta.
    pub(super) fn service(client: ServiceClient, clock: Arc<dyn Clock>) -> Self {
        Self::Service(Box::new(Service {
            client,
            held: ArcSwapOption::empty(),
            asking: Mutex::new(None),
            clock,
        }))
    }

    /// What a call is to carry.
    pub(super) async fn get(&self) -> Result<Arc<Held>, ApiError> {
        match self {
            Self::Token(held) => Ok(Arc::clone(held)),
            Self::Service(service) => service.get().await,
        }
    }

    /// Okta does not take this any more. Whether the next [`get`](Self::get) may give another.
    pub(super) fn refused(&self, held: &Arc<Held>) -> bool {
        let Self::Service(service) = self else {
            return false;
        };
        // Only this one: by now somebody else may have got another.
        service.held.compare_and_swap(held, None);
        true
    }
}

impl Service {
    async fn get(&self) -> Result<Arc<Held>, ApiError> {
        if let Some(held) = self.good() {
            return Ok(held);
        }
        // One asks, the others wait for what comes of it. Whoever asks and goes away leaves it to the next.
        let mut failed = self.asking.lock().await;
        if let Some(held) = self.good() {
            return Ok(held);
        }
        let now = Moment::now(&*self.clock);
        if let Some((since, error)) = failed.as_ref()
            && !since.is_past(REST, now)
        {
            return Err(error.clone());
        }
        match self.ask().await {
            Ok(held) => {
                *failed = None;
                self.held.store(Some(Arc::clone(&held)));
                Ok(held)
            }
            Err(error) => {
                *failed = Some((Moment::now(&*self.clock), error.clone()));
                Err(error)
            }
        }
    }

    fn good(&self) -> Option<Arc<Held>> {
        let held = self.held.load_full()?;
        held.is_good(Moment::now(&*self.clock)).then_some(held)
    }

    async fn ask(&self) -> Result<Arc<Held>, ApiError> {
        // The token's life is counted from before it was made.
        let since = Moment::now(&*self.clock);
        let TokenResponse {
            access_token,
            expires_in,
            ..
        } = self.client.token().await.map_err(Problem::Token)?;
        let lifetime = expires_in.unwrap_or(LIFETIME);
        let lasts = lifetime.saturating_sub(MARGIN.min(lifetime / 2));
        let held = Held::new("Bearer", &access_token, Some((since, lasts)))?;
        Ok(Arc::new(held))
    }
}

/// Prints no token.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Token(_) => "Credentials::Token(..)",
            Self::Service(_) => "Credentials::Service(..)",
        })
    }
}
