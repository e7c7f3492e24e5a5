//! Sends calls with credentials, retries them within a budget, and reports failures.

use std::sync::Arc;

use http::{Method, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use super::{
    answer,
    credentials::{AccessToken, Credentials},
    error::{ApiError, Problem},
    retry::RetryBudget,
};
use crate::{
    api::settings::{ApiAccess, ApiSettings},
    base::{
        clock::Clock,
        fetch::{self, FetchSettings, Fetcher, Reply},
        telemetry::{self, Metrics},
    },
    oauth::service::ServiceClient,
};

/// Enough for a page of 200 users with large profiles.
const MAX_BYTES: usize = 8 * 1024 * 1024;

/// Asks Okta for shorter responses, without recovery questions.
const CONTENT_TYPE: &str = "application/json; okta-response=omitCredentials,omitCredentialsLinks";

/// A client of the org's API.
#[derive(Debug)]
pub(super) struct Client {
    org: Url,
    fetcher: Fetcher,
    credentials: Credentials,
    budget: RetryBudget,
    clock: Arc<dyn Clock>,
    metrics: Arc<Metrics>,
}

/// One call.
#[derive(Debug)]
pub(super) struct Call {
    /// The name in logs.
    pub(super) name: &'static str,
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) body: Option<Value>,
}

impl Client {
    /// Fails if the HTTP client cannot be built.
    pub(super) fn new(
        settings: &ApiSettings,
        fetch: &FetchSettings,
        clock: &Arc<dyn Clock>,
        metrics: &Arc<Metrics>,
    ) -> Result<Self, reqwest::Error> {
        let mut fetch = fetch.clone();
        fetch.max_bytes = fetch.max_bytes.max(MAX_BYTES);
        let fetcher = Fetcher::for_calls(&fetch, settings.urls.clone())?;
        let credentials = match &settings.access {
            // The settings accept only printable ASCII.
            ApiAccess::Token(token) => Credentials::token(token).unwrap_or_else(|_| {
                unreachable!("an API token of printable ASCII is a valid header value")
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
                    clock: Arc::clone(clock),
                };
                Credentials::service(client, Arc::clone(clock))
            }
        };
        Ok(Self {
            org: settings.org.clone(),
            fetcher,
            credentials,
            budget: RetryBudget {
                retries: settings.max_retries,
                wait: settings.max_wait,
            },
            clock: Arc::clone(clock),
            metrics: Arc::clone(metrics),
        })
    }

    /// Returns the URL of an API path, whose variable parts are already encoded.
    pub(super) fn url(&self, path: &str) -> Url {
        below(&self.org, path)
    }

    /// Sends a call, retries it if that is safe and within the budget, and reports its failure.
    pub(super) async fn send(&self, call: &Call) -> Result<Reply, ApiError> {
        let result = self.send_within_budget(call).await;
        let label = match &result {
            Ok(_) => "success",
            Err(error) => error.kind().as_str(),
        };
        self.metrics.api_called(label);
        result.map_err(|error| self.report(call, error))
    }

    /// Sends a call and parses the JSON of its response.
    pub(super) async fn json<T: DeserializeOwned>(&self, call: &Call) -> Result<T, ApiError> {
        let reply = self.send(call).await?;
        answer::json(&reply).map_err(|error| self.report(call, error))
    }

    async fn send_within_budget(&self, call: &Call) -> Result<Reply, ApiError> {
        let mut budget = self.budget;
        let mut may_renew = true;
        loop {
            let token = self.credentials.get().await?;
            let error = match self.send_once(call, &token).await {
                Ok(reply) => return Ok(reply),
                Err(error) => error,
            };
            // A call that is rejected for its token had no effect. A service gets one new token.
            let is_rejected = error.status() == Some(StatusCode::UNAUTHORIZED);
            if is_rejected && may_renew && self.credentials.discard(&token) {
                may_renew = false;
                continue;
            }
            let Some(pause) = budget.pause(&call.method, &error) else {
                return Err(error);
            };
            self.clock.sleep(pause).await;
            budget = budget.after(pause);
        }
    }

    async fn send_once(&self, call: &Call, token: &AccessToken) -> Result<Reply, ApiError> {
        let body = call.body.as_ref();
        let reply = self.fetcher.call(fetch::Call {
            method: call.method.clone(),
            url: &call.url,
            authorization: token.field(),
            content_type: CONTENT_TYPE,
            body: body.map(Value::to_string).unwrap_or_default(),
        });
        let reply = reply.await.map_err(Problem::Fetch)?;
        answer::check(reply, self.clock.unix_seconds())
    }

    /// Logs the failure of a call, and returns it.
    pub(super) fn report(&self, call: &Call, error: ApiError) -> ApiError {
        telemetry::api_call_failed(&telemetry::ApiFailure {
            call: call.name,
            kind: error.kind().as_str(),
            is_for_people: error.kind().is_for_people(),
            error: &error,
            error_id: error.error_id(),
        });
        error
    }
}

/// Returns the URL of a path at the org, whose own path is `/`.
fn below(org: &Url, path: &str) -> Url {
    let mut url = org.clone();
    url.set_path(path);
    url
}
