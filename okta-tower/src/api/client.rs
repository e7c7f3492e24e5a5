//! Sends calls: with credentials, as often as patience allows, and tells the log what failed.

use std::sync::Arc;

use http::{Method, StatusCode};
use serde_json::Value;
use url::Url;

use super::{
    ApiError, answer,
    credentials::{Credentials, Held},
    error::Problem,
    retry::Patience,
};
use crate::{
    api::settings::{ApiAccess, ApiSettings},
    base::{
        clock::Clock,
        fetch::{self, FetchSettings, Fetcher, Reply},
        telemetry::{self, Metrics},
    },
    oauth::ServiceClient,
};

/// Large enough for a page of 200 people with large profiles.
const MAX_BYTES: usize = 8 * 1024 * 1024;

/// Leaves out what we have no use for: by this wish Okta's answers are shorter, and hold no recovery questions.
const CONTENT_TYPE: &str = "application/json; okta-response=omitCredentials,omitCredentialsLinks";

/// The org's API.
#[derive(Debug)]
pub(super) struct Client {
    org: Url,
    fetcher: Fetcher,
    credentials: Credentials,
    patience: Patience,
    pub(super) clock: Arc<dyn Clock>,
    metrics: Arc<Metrics>,
}

/// One call.
#[derive(Debug)]
pub(super) struct Call {
    /// What the log calls it.
    pub(super) name: &'static str,
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) body: Option<Value>,
}

impl Client {
    /// Fails where the HTTP client cannot be made.
    pub(super) fn new(
        settings: &ApiSettings,
        fetch: &FetchSettings,
        clock: &Arc<dyn Clock>,
        metrics: Arc<Metrics>,
    ) -> Result<Self, reqwest::Error> {
        let mut fetch = fetch.clone();
        fetch.max_bytes = fetch.max_bytes.max(MAX_BYTES);
        let fetcher = Fetcher::for_calls(&fetch, settings.urls.clone())?;
        let clock = Arc::clone(clock);
        let credentials = match &settings.access {
            // It was checked to be printable.
            ApiAccess::Token(token) => Credentials::token(token).unwrap_or_else(|_| {
                unreachable!("an API token of printable ASCII can stand in a field")
            }),
            ApiAccess::Service {
                client_id,
                key,
                scopes,
            } => {
                let client = ServiceClient {
                    endpoint: below(&settings.org, "/oauth2/v1/token"),
                    client_id: client_id.clone(),
                    key: Arc::clone(key),
                    scopes: scopes.clone(),
                    fetcher: fetcher.clone(),
                    clock: Arc::clone(&clock),
                };
                Credentials::service(client, Arc::clone(&clock))
            }
        };
        Ok(Self {
            org: settings.org.clone(),
            fetcher,
            credentials,
            patience: Patience {
                retries: settings.max_retries,
                wait: settings.max_wait,
            },
            clock,
            metrics,
        })
    }

    /// The URL of a path of the API. What of it comes from callers was encoded.
    pub(super) fn url(&self, path: &str) -> Url {
        below(&self.org, path)
    }

    /// Sends a call, again where that is safe and worth it, and returns the success that it ends with.
    pub(super) async fn send(&self, call: &Call) -> Result<Reply, ApiError> {
        let answered = self.try_until_done(call).await;
        let result = match &answered {
            Ok(_) => "success",
            Err(error) => error.kind().as_str(),
        };
        self.metrics.api_called(result);
        if let Err(error) = &answered {
            self.tell(call, error);
        }
        answered
    }

    async fn try_until_done(&self, call: &Call) -> Result<Reply, ApiError> {
        let mut patience = self.patience;
        let mut may_renew = true;
        loop {
            let held = self.credentials.get().await?;
            let error = match self.once(call, &held).await {
                Ok(reply) => return Ok(reply),
                Err(error) => error,
            };
            // What was refused for its token has had no effect. A service may have another, once.
            let is_refused = error.status() == Some(StatusCode::UNAUTHORIZED);
            if is_refused && may_renew && self.credentials.refused(&held) {
                may_renew = false;
                continue;
            }
            let Some(pause) = patience.pause(&call.method, &error) else {
                return Err(error);
            };
            self.clock.sleep(pause).await;
            patience = patience.after(pause);
        }
    }

    async fn once(&self, call: &Call, held: &Held) -> Result<Reply, ApiError> {
        let body = call.body.as_ref();
        let reply = self.fetcher.call(fetch::Call {
            method: call.method.clone(),
            url: &call.url,
            authorization: held.field(),
            content_type: CONTENT_TYPE,
            body: body.map(Value::to_string).unwrap_or_default(),
        });
        let reply = reply.await.map_err(Problem::Fetch)?;
        answer::check(reply, self.clock.unix_seconds())
    }

    fn tell(&self, call: &Call, error: &ApiError) {
        telemetry::api_call_failed(&telemetry::ApiFailure {
            call: call.name,
            kind: error.kind().as_str(),
            is_for_people: error.kind().is_for_people(),
            error,
            error_id: error.error_id(),
        });
    }

    /// The same for what a call's answer could not be used for.
    pub(super) fn told(&self, call: &Call, error: ApiError) -> ApiError {
        self.tell(call, &error);
        error
    }
}

/// A path below the org, whose own path is `/`.
fn below(org: &Url, path: &str) -> Url {
    let mut url = org.clone();
    url.set_path(path);
    url
}
