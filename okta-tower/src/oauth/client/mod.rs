//! The application that users sign in to, as a client of its authorization server.

mod par;

use std::sync::Arc;

use http::{HeaderValue, StatusCode};
use url::{Url, form_urlencoded};

use super::{
    TokenFailure, TokenResponse, answer,
    client_auth::{Credentials, Method},
    failure::{Cause, RequestError},
    limit::RequestLimit,
    token,
};
use crate::{
    base::{
        clock::Clock,
        fetch::{Fetcher, Reply},
        secret::Secret,
        telemetry::{self, ClientEndpoint, Metrics},
    },
    keys::Keys,
};

/// The longest `userinfo` document, in bytes, even if other documents may be longer.
const MAX_USERINFO_BYTES: usize = 256 * 1024;

/// The application as a client of one authorization server.
#[derive(Debug)]
pub(crate) struct OAuthClient {
    pub(crate) client_id: Box<str>,
    pub(crate) redirect_uri: Url,
    pub(crate) auth: Method,
    pub(crate) fetcher: Fetcher,
    pub(crate) keys: Keys,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) metrics: Arc<Metrics>,
    /// The bounds on code exchanges.
    pub(crate) exchanges: Arc<RequestLimit>,
    /// The bounds on pushed authorization requests.
    pub(crate) pushes: Arc<RequestLimit>,
}

impl OAuthClient {
    /// Returns the authorization URL (RFC 6749 section 4.1.1) with `client_id`, `redirect_uri`,
    /// `response_type=code` and these parameters.
    pub(crate) fn authorization_url(&self, parameters: &[(&str, &str)]) -> Url {
        let mut url = self.keys.endpoints().authorization.clone();
        url.query_pairs_mut()
            .extend_pairs(self.own_parameters())
            .extend_pairs(parameters);
        url
    }

    /// Pushes the parameters, which the browser then neither sees nor changes, and returns the
    /// authorization URL (RFC 9126).
    pub(crate) async fn push(&self, parameters: &[(&str, &str)]) -> Result<Url, TokenFailure> {
        let endpoints = self.keys.endpoints().clone();
        let Some(endpoint) = &endpoints.pushed_authorization_request else {
            let failed = RequestError::refused("no_pushed_requests");
            return self.logged(ClientEndpoint::PushedRequest, Err(failed));
        };
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(self.own_parameters())
            .extend_pairs(parameters)
            .finish();
        let pushed = self.post_limited(&self.pushes, endpoint, form).await;
        let pushed = pushed.and_then(|reply| par::read(&reply));
        let request_uri = self.logged(ClientEndpoint::PushedRequest, pushed)?;
        let mut url = endpoints.authorization.clone();
        url.query_pairs_mut()
            .append_pair("client_id", &self.client_id)
            .append_pair("request_uri", &request_uri);
        Ok(url)
    }

    /// Exchanges a code for tokens (RFC 6749 section 4.1.3, RFC 7636 section 4.5).
    pub(crate) async fn exchange(
        &self,
        code: &str,
        verifier: &str,
    ) -> Result<TokenResponse, TokenFailure> {
        let endpoint = self.keys.endpoints().token.clone();
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "authorization_code")
            .append_pair("code", code)
            .append_pair("redirect_uri", self.redirect_uri.as_str())
            .append_pair("code_verifier", verifier)
            .finish();
        self.tokens(self.post_limited(&self.exchanges, &endpoint, form).await)
    }

    /// Refreshes (RFC 6749 section 6). Without a scope, the request is for all granted scopes.
    pub(crate) async fn refresh(
        &self,
        refresh_token: &Secret,
    ) -> Result<TokenResponse, TokenFailure> {
        let endpoint = self.keys.endpoints().token.clone();
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "refresh_token")
            .append_pair("refresh_token", refresh_token.expose())
            .finish();
        self.tokens(self.post(&endpoint, form).await)
    }

    /// Reads, counts and logs a response of the token endpoint.
    fn tokens(&self, answered: Result<Reply, RequestError>) -> Result<TokenResponse, TokenFailure> {
        let answered = answered.and_then(|reply| token::read(&reply));
        match &answered {
            Ok(_) => self.metrics.token_requested(None),
            // No request was sent.
            Err(failed) if matches!(failed.cause, Cause::HeldBack(_)) => {}
            Err(failed) => (self.metrics).token_requested(Some(failed.failure.as_str())),
        }
        self.logged(ClientEndpoint::Token, answered)
    }

    /// Requests `userinfo` (OpenID Connect Core section 5.3). Returns the JSON text, unchecked, or
    /// `None` if the issuer has no such endpoint.
    pub(crate) async fn userinfo(
        &self,
        access_token: &Secret,
    ) -> Result<Option<String>, TokenFailure> {
        let Some(endpoint) = self.keys.endpoints().userinfo.clone() else {
            return Ok(None);
        };
        let answered = self.ask_userinfo(&endpoint, access_token).await;
        self.logged(ClientEndpoint::Userinfo, answered).map(Some)
    }

    async fn ask_userinfo(&self, endpoint: &Url, token: &Secret) -> Result<String, RequestError> {
        let mut authorization = HeaderValue::from_str(&format!("Bearer {}", token.expose()))
            .map_err(|_| RequestError::unreadable("the access token is none that can be sent"))?;
        authorization.set_sensitive(true);
        let reply = (self.fetcher.get_with_token(endpoint, &authorization).await)
            .map_err(RequestError::fetch)?;
        if reply.status != StatusCode::OK {
            return Err(answer::refusal(&reply, self.now()));
        }
        if reply.is_jwt {
            // Signature and audience would have to be checked. Okta sends one only on request.
            return Err(RequestError::refused("signed_userinfo"));
        }
        if !reply.is_json || reply.body.len() > MAX_USERINFO_BYTES {
            return Err(RequestError::unreadable(
                "the response is not JSON, or too long",
            ));
        }
        String::from_utf8(reply.body)
            .map_err(|_| RequestError::unreadable("the response is not UTF-8"))
    }

    /// Revokes a refresh token and, at Okta, its access token (RFC 7009). Does nothing if the
    /// issuer has no such endpoint.
    pub(crate) async fn revoke(&self, refresh_token: &Secret) -> Result<(), TokenFailure> {
        let Some(endpoint) = self.keys.endpoints().revocation.clone() else {
            return Ok(());
        };
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("token", refresh_token.expose())
            .append_pair("token_type_hint", "refresh_token")
            .finish();
        let answered = self.post(&endpoint, form).await;
        let answered = answered.and_then(|reply| match reply.status {
            StatusCode::OK | StatusCode::NO_CONTENT => Ok(()),
            _ => Err(answer::refusal(&reply, self.now())),
        });
        self.logged(ClientEndpoint::Revocation, answered)
    }

    /// Returns the URL where Okta ends its own session (OpenID Connect RP-Initiated Logout 1.0).
    pub(crate) fn end_session(&self) -> Option<Url> {
        self.keys.endpoints().end_session.clone()
    }

    /// Returns whether a callback without `iss` must be rejected (RFC 9207 section 2.4).
    pub(crate) fn names_issuer_in_callback(&self) -> bool {
        self.keys.endpoints().names_issuer_in_callback
    }

    fn own_parameters(&self) -> [(&str, &str); 3] {
        [
            ("client_id", &self.client_id),
            ("redirect_uri", self.redirect_uri.as_str()),
            ("response_type", "code"),
        ]
    }

    /// POSTs a form that any client can cause, within bounds.
    async fn post_limited(
        &self,
        limit: &RequestLimit,
        endpoint: &Url,
        form: String,
    ) -> Result<Reply, RequestError> {
        let _permit = (limit.begin(self.clock.uptime()))
            .map_err(|held| RequestError::held_back(held.reason, held.retry_after))?;
        let answered = self.post(endpoint, form).await;
        if let Err(RequestError {
            cause: Cause::Status(429, _),
            failure: TokenFailure::Transient { retry_after },
        }) = &answered
        {
            limit.rest(self.clock.uptime(), *retry_after);
        }
        answered
    }

    /// POSTs a form with client authentication. A response without success is an error.
    async fn post(&self, endpoint: &Url, form: String) -> Result<Reply, RequestError> {
        let now = self.now();
        let credentials = Credentials::new(&self.auth, &self.client_id, endpoint, now)?;
        let form = form_urlencoded::Serializer::new(form)
            .extend_pairs(credentials.parameters())
            .finish();
        let reply = (self.fetcher)
            .post_form(endpoint, credentials.authorization(), form)
            .await
            .map_err(RequestError::fetch)?;
        if reply.status.is_success() {
            Ok(reply)
        } else {
            Err(answer::refusal(&reply, self.now()))
        }
    }

    /// Returns the time in Unix seconds.
    pub(crate) fn now(&self) -> i64 {
        self.clock.unix_seconds()
    }

    /// Logs a failure.
    fn logged<T>(
        &self,
        endpoint: ClientEndpoint,
        answered: Result<T, RequestError>,
    ) -> Result<T, TokenFailure> {
        answered.map_err(|failed| {
            if let Cause::HeldBack(bound) = failed.cause {
                telemetry::client_request_held_back(endpoint, bound);
            } else {
                telemetry::client_request_failed(endpoint, failed.failure.as_str(), &failed.cause);
            }
            failed.failure
        })
    }
}
