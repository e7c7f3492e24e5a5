//! The application's own service, as a client of the org authorization server: OAuth for Okta
//! (`client_credentials` with `private_key_jwt`, RFC 6749 section 4.4 and RFC 7523).

use std::sync::Arc;

use url::{Url, form_urlencoded};

use super::{TokenFailure, TokenResponse, answer, assertion, failure::RequestError, token};
use crate::{
    base::{
        clock::Clock,
        fetch::Fetcher,
        telemetry::{self, ClientEndpoint},
    },
    oauth::private_key::PrivateKey,
};

/// A service and the scopes that it requests.
#[derive(Debug)]
pub(crate) struct ServiceClient {
    pub(crate) endpoint: Url,
    pub(crate) client_id: Box<str>,
    pub(crate) key: Arc<PrivateKey>,
    /// Separated by spaces.
    pub(crate) scopes: Box<str>,
    pub(crate) fetcher: Fetcher,
    pub(crate) clock: Arc<dyn Clock>,
}

impl ServiceClient {
    /// Requests a token.
    pub(crate) async fn token(&self) -> Result<TokenResponse, TokenFailure> {
        self.ask().await.map_err(|failed| {
            let kind = failed.failure.as_str();
            telemetry::client_request_failed(ClientEndpoint::OrgToken, kind, &failed.cause);
            failed.failure
        })
    }

    async fn ask(&self) -> Result<TokenResponse, RequestError> {
        let now = || self.clock.unix_seconds();
        let assertion = assertion::form(&self.key, &self.client_id, &self.endpoint, now())?;
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "client_credentials")
            .append_pair("scope", &self.scopes)
            .extend_pairs(assertion)
            .finish();
        let reply = self.fetcher.post_form(&self.endpoint, None, form).await;
        let reply = reply.map_err(RequestError::fetch)?;
        if reply.status.is_success() {
            token::read(&reply)
        } else {
            Err(answer::refusal(&reply, now()))
        }
    }
}
