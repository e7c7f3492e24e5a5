//! The application that people sign in to, as a client of its authorization server. Feature `sign-in`.

use std::sync::Arc;

use http::{HeaderValue, StatusCode};
use url::{Url, form_urlencoded};

use super::{
    TokenFailure, TokenResponse, answer, authenticate::Credentials, failure::Failed, par, token,
};
use crate::{
    base::{
        clock::Clock,
        fetch::{Fetcher, Reply},
        secret::Secret,
        telemetry::{self, ClientEndpoint, Metrics},
    },
    browser::settings::SignInSettings,
    keys::Keys,
    oauth::client_auth::Method,
    okta::config::Config,
};

/// The longest `userinfo` document, in bytes, whatever other documents may have.
const MAX_USERINFO_BYTES: usize = 256 * 1024;

/// The application as a client of one authorization server.
#[derive(Debug)]
pub(crate) struct OAuthClient {
    client_id: Box<str>,
    redirect_uri: Url,
    auth: Method,
    fetcher: Fetcher,
    keys: Keys,
    clock: Arc<dyn Clock>,
    metrics: Arc<Metrics>,
}

impl OAuthClient {
    pub(crate) fn new(
        config: &Config,
        settings: &SignInSettings,
        fetcher: Fetcher,
        keys: Keys,
        metrics: Arc<Metrics>,
    ) -> Self {
        Self {
            client_id: settings.client_id.clone(),
            redirect_uri: settings.redirect_uri.clone(),
            auth: settings.client_auth.clone(),
            fetcher,
            keys,
            clock: Arc::clone(&config.clock),
            metrics,
        }
    }

    /// Where to send the browser (RFC 6749 section 4.1.1), with `client_id`, `redirect_uri` and `response_type=code` beside
    /// these parameters.
    pub(crate) fn authorization_url(&self, parameters: &[(&str, &str)]) -> Url {
        let mut url = self.keys.endpoints().authorization.clone();
        url.query_pairs_mut()
            .extend_pairs(self.own_parameters())
            .extend_pairs(parameters);
        url
    }

    /// The same with the parameters sent ahead, out of the browser's sight and reach (RFC 9126).
    pub(crate) async fn push(&self, parameters: &[(&str, &str)]) -> Result<Url, TokenFailure> {
        let endpoints = self.keys.endpoints().clone();
        let Some(endpoint) = &endpoints.pushed_authorization_request else {
            let failed = Failed::refused("no_pushed_requests");
            return self.told(ClientEndpoint::PushedRequest, Err(failed));
        };
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(self.own_parameters())
            .extend_pairs(parameters)
            .finish();
        let pushed = self
            .post(endpoint, form)
            .await
            .and_then(|reply| par::read(&reply));
        let request_uri = self.told(ClientEndpoint::PushedRequest, pushed)?;
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
        self.tokens(&[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", self.redirect_uri.as_str()),
            ("code_verifier", verifier),
        ])
        .await
    }

    /// Refreshes (RFC 6749 section 6). No scope is named: those that were granted are meant.
    pub(crate) async fn refresh(
        &self,
        refresh_token: &Secret,
    ) -> Result<TokenResponse, TokenFailure> {
        self.tokens(&[
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token.expose()),
        ])
        .await
    }

    async fn tokens(&self, parameters: &[(&str, &str)]) -> Result<TokenResponse, TokenFailure> {
        let endpoint = self.keys.endpoints().token.clone();
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(parameters)
            .finish();
        let answered = self
            .post(&endpoint, form)
            .await
            .and_then(|reply| token::read(&reply));
        self.metrics.token_requested(match &answered {
            Ok(_) => None,
            Err(failed) => Some(failed.failure.as_str()),
        });
        self.told(ClientEndpoint::Token, answered)
    }

    /// Asks `userinfo` (OpenID Connect Core section 5.3): the JSON text of what should be an object, or `None` where the issuer has
    /// no such endpoint.
    pub(crate) async fn userinfo(
        &self,
        access_token: &Secret,
    ) -> Result<Option<String>, TokenFailure> {
        let Some(endpoint) = self.keys.endpoints().userinfo.clone() else {
            return Ok(None);
        };
        let answered = self.ask_userinfo(&endpoint, access_token).await;
        self.told(ClientEndpoint::Userinfo, answered).map(Some)
    }

    async fn ask_userinfo(&self, endpoint: &Url, token: &Secret) -> Result<String, Failed> {
        let mut authorization = HeaderValue::from_str(&format!("Bearer {}", token.expose()))
            .map_err(|_| Failed::unreadable("the access token is none that can be sent"))?;
        authorization.set_sensitive(true);
        let reply =
            (self.fetcher.get_with_token(endpoint, &authorization).await).map_err(Failed::fetch)?;
        if reply.status != StatusCode::OK {
            return Err(answer::refusal(&reply, self.now()));
        }
        if reply.is_jwt {
            // Its signature would have to be checked, and its audience; Okta sends such answers only where asked to.
            return Err(Failed::refused("signed_userinfo"));
        }
        if !reply.is_json || reply.body.len() > MAX_USERINFO_BYTES {
            return Err(Failed::unreadable("the answer is no JSON, or too long"));
        }
        String::from_utf8(reply.body).map_err(|_| Failed::unreadable("the answer is not UTF-8"))
    }

    /// Revokes a refresh token, and with it, at Okta, its access token (RFC 7009). Nothing to do where the issuer has no such
    /// endpoint.
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
        self.told(ClientEndpoint::Revocation, answered)
    }

    /// Where Okta ends its own session (OpenID Connect RP-Initiated Logout 1.0).
    pub(crate) fn end_session(&self) -> Option<Url> {
        self.keys.endpoints().end_session.clone()
    }

    /// Whether a callback without `iss` is to be refused (RFC 9207 section 2.4).
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

    /// POSTs a form together with the proof that we are the client. An answer that is no success is an error.
    async fn post(&self, endpoint: &Url, form: String) -> Result<Reply, Failed> {
        let now = self.now();
        let credentials = Credentials::new(&self.auth, &self.client_id, endpoint, now)?;
        let form = form_urlencoded::Serializer::new(form)
            .extend_pairs(credentials.parameters())
            .finish();
        let reply = (self.fetcher)
            .post_form(endpoint, credentials.authorization(), form)
            .await
            .map_err(Failed::fetch)?;
        if reply.status.is_success() {
            Ok(reply)
        } else {
            Err(answer::refusal(&reply, self.now()))
        }
    }

    fn now(&self) -> i64 {
        self.clock.unix_seconds()
    }

    /// Tells the log what failed.
    fn told<T>(
        &self,
        endpoint: ClientEndpoint,
        answered: Result<T, Failed>,
    ) -> Result<T, TokenFailure> {
        answered.map_err(|failed| {
            telemetry::client_request_failed(endpoint, failed.failure.as_str(), &failed.cause);
            failed.failure
        })
    }
}
