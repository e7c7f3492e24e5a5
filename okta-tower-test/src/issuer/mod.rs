//! The handle to a running issuer.

mod application;
mod documents;
mod faults;
mod keys;
mod org;
mod port;
mod registry;
mod requests;
mod sign_in;
mod tampering;

use std::{fmt, net::SocketAddr, sync::Arc};

use okta_tower::{Algorithm, clock::Clock};
use tokio::net::TcpListener;

pub(crate) use self::application::ORIGIN;
use self::port::Port;
use crate::{
    state::IssuerState,
    token::{Kind, TokenBuilder},
};

/// A test issuer with Okta's endpoints, on a loopback port of this process. Dropping it stops the
/// server.
///
/// The [crate documentation](crate) shows how to test an application with it. What you can do while
/// it runs:
///
/// | task | methods |
/// |---|---|
/// | test an application | [`okta`](Self::okta), [`okta_builder`](Self::okta_builder), [`browser`](Self::browser) |
/// | issue tokens | [`token`](Self::token), [`id_token`](Self::id_token), [`Key::sign_raw`](crate::Key::sign_raw) |
/// | rotate keys | [`rotate`](Self::rotate), [`rotate_in_emergency`](Self::rotate_in_emergency), [`withdraw_expired_key`](Self::withdraw_expired_key) |
/// | change documents | [`publish_jwk`](Self::publish_jwk), [`serve_keys`](Self::serve_keys), [`serve_metadata`](Self::serve_metadata), [`set_metadata`](Self::set_metadata) |
/// | sign users in | [`register`](Self::register), [`sign_in_automatically_as`](Self::sign_in_automatically_as), [`authorize`](Self::authorize), [`add_user`](Self::add_user), [`set_groups`](Self::set_groups) |
/// | use the management API | [`register_api_token`](Self::register_api_token), [`org_url`](Self::org_url), [`set_user_status`](Self::set_user_status), [`mails`](Self::mails) |
/// | tamper with responses | [`tamper_id_token`](Self::tamper_id_token), [`sign_id_tokens_with`](Self::sign_id_tokens_with), [`tamper_token_response`](Self::tamper_token_response), [`append_to_callback`](Self::append_to_callback) |
/// | cause failures | [`fault`](Self::fault), [`fault_next`](Self::fault_next), [`hold_next`](Self::hold_next), [`stop_listening`](Self::stop_listening) |
/// | recover | [`heal`](Self::heal), [`serve_true_documents`](Self::serve_true_documents), [`resume`](Self::resume) |
/// | observe requests | [`requests`](Self::requests), [`wait_for_requests`](Self::wait_for_requests), [`not_modified`](Self::not_modified), [`last_headers`](Self::last_headers), [`last_parameters`](Self::last_parameters), [`token_requests`](Self::token_requests), [`connections`](Self::connections) |
pub struct Issuer {
    state: Arc<IssuerState>,
    address: SocketAddr,
    port: Port,
}

impl Issuer {
    pub(crate) fn new(state: Arc<IssuerState>, address: SocketAddr, listener: TcpListener) -> Self {
        Self {
            port: Port::open(listener, Arc::clone(&state)),
            state,
            address,
        }
    }

    /// Returns the issuer identifier, `http://127.0.0.1:{port}/oauth2/{id}`: the value of
    /// `OKTA_OAUTH2_ISSUER`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.state.config.issuer
    }

    /// Returns the address of the server.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the audience of access tokens.
    #[must_use]
    pub fn audience(&self) -> &str {
        &self.state.config.audience
    }

    /// Returns the URL of the OpenID Connect metadata.
    #[must_use]
    pub fn discovery_url(&self) -> String {
        format!("{}/.well-known/openid-configuration", self.url())
    }

    /// Returns the URL of the signing keys.
    #[must_use]
    pub fn keys_url(&self) -> String {
        format!("{}/v1/keys", self.url())
    }

    /// Returns a builder for an access token, signed by the active key.
    pub fn token(&self) -> TokenBuilder {
        self.state.mint(Kind::Access)
    }

    /// Returns a builder for an ID token, signed by the active key. Applications must not accept it
    /// as an access token.
    pub fn id_token(&self) -> TokenBuilder {
        self.state.mint(Kind::Id)
    }

    /// Returns the algorithm of the issuer's keys.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.state.documents().keys.algorithm
    }

    /// Returns the clock for tokens and expiry.
    #[must_use]
    pub fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.state.config.clock)
    }
}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issuer")
            .field("url", &self.url())
            .finish_non_exhaustive()
    }
}
