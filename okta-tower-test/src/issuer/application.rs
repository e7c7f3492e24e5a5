//! The application under test: its `Okta`, and a browser that drives it.

use std::{fmt::Debug, sync::Arc};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Body;
use okta_tower::{Okta, OktaBuilder};
use tower_service::Service;

use super::Issuer;
use crate::{
    browser::{Application, Browser},
    state::clients::Client,
};

/// The origin of the application under test, unless a test chooses another.
pub(crate) const ORIGIN: &str = "http://localhost:3000";

const CALLBACK: &str = "http://localhost:3000/authorization-code/callback";
const CLIENT_ID: &str = "0oaUnderTest";
const CLIENT_SECRET: &str = "a-secret-of-the-test-issuer";

/// Dropping a cache visits each of its slots once for each thread of the process, and tests have
/// many threads.
const CACHE_BYTES: usize = 1 << 20;

/// # An application under test
impl Issuer {
    /// Starts an `Okta` that accepts the tokens of this issuer.
    ///
    /// # Panics
    ///
    /// Panics if the issuer does not serve its keys. For a test of an outage, start the
    /// [`okta_builder`](Self::okta_builder) lazily.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// use okta_tower_test::Issuer;
    ///
    /// let issuer = Issuer::start().await;
    /// let okta = issuer.okta().await; // give it to your application
    ///
    /// let token = issuer.token().user("ada@example.com");
    /// assert!(okta.verify(&token.sign()).await.is_ok());
    /// let expired = token.expires_in(-3600).sign();
    /// assert_eq!(okta.verify(&expired).await.unwrap_err().reason(), "expired");
    /// # }
    /// ```
    pub async fn okta(&self) -> Okta {
        match self.okta_builder().start().await {
            Ok(okta) => okta,
            Err(error) => panic!("{error}: {:?}", std::error::Error::source(&error)),
        }
    }

    /// Returns the settings of an application of this issuer, to add your own to: the issuer's URL,
    /// audience, algorithm, groups claim and clock, plain HTTP on loopback, and a small cache.
    ///
    /// With `.sign_in(…)` users can sign in too: the settings hold a client, which this call
    /// registers, and the redirect URI `http://localhost:3000/authorization-code/callback`. The
    /// client may use any other redirect URI that the application sets.
    ///
    pub fn okta_builder(&self) -> OktaBuilder {
        self.register(Client::with_secret(CLIENT_ID, CLIENT_SECRET).any_redirect_uri());
        let set = |name: &str| match name {
            "OKTA_OAUTH2_ISSUER" => Some(self.url().into()),
            "OKTA_OAUTH2_CLIENT_ID" => Some(CLIENT_ID.into()),
            "OKTA_OAUTH2_CLIENT_SECRET" => Some(CLIENT_SECRET.into()),
            "OKTA_OAUTH2_REDIRECT_URI" => Some(CALLBACK.into()),
            _ => None,
        };
        let okta = OktaBuilder::from_variables(set).expect("valid settings");
        okta.audience(self.audience())
            .algorithms([self.algorithm()])
            .groups_claim(&self.state.config.groups_claim)
            .clock(self.clock())
            .token_cache_bytes(CACHE_BYTES)
            .danger()
            .allow_http_on_loopback()
    }

    /// Returns a [`Browser`], with its own cookies, for an application of this issuer: a `Router`,
    /// or any other Tower service that takes any request body.
    pub fn browser<S, B>(&self, app: S) -> Browser
    where
        S: Service<Request<Full<Bytes>>, Response = Response<B>> + Clone + Send + 'static,
        S::Error: Debug,
        S::Future: Send,
        B: Body<Data: Send, Error: Debug> + Send + 'static,
    {
        Browser::new(Arc::clone(&self.state), Application::new(app))
    }
}
