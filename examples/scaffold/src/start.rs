//! From settings to a running `Okta`.

use std::time::Duration;

use okta_tower::{Okta, OktaBuilder};
use okta_tower_test::{Client, Issuer};

use crate::{Failure, IssuerChoice, Settings};

/// The client ID that the built-in test issuer accepts. It has no meaning elsewhere.
pub const CLIENT_ID: &str = "0oaExample";
/// The client secret that the built-in test issuer accepts.
pub const CLIENT_SECRET: &str = "a-secret-of-the-test-issuer";

/// Returns the client registration of an example at the built-in issuer. At Okta, the Admin Console
/// has a form for it.
pub fn client(redirect_uri: &str, public_url: &str) -> Client {
    Client::with_secret(CLIENT_ID, CLIENT_SECRET)
        .redirect_uri(redirect_uri)
        .post_logout_redirect_uri(format!("{public_url}/"))
}

/// Starts `Okta` with the configured issuer, or with a built-in test issuer.
///
/// The test issuer stops when its handle is dropped. `set_up` adds the example's own settings in
/// both cases.
///
/// # Errors
/// If a setting is wrong.
pub async fn start(
    settings: &Settings,
    client: Option<Client>,
    set_up: impl FnOnce(OktaBuilder) -> OktaBuilder,
) -> Result<(Okta, Option<Issuer>), Failure> {
    match settings.issuer() {
        // The environment has everything: issuer, audience, client and the rest. A lazy start does
        // not wait for the issuer: requests get 503 until it is reachable.
        IssuerChoice::Configured(_) => {
            let okta = set_up(settings.okta()?).start_lazy()?;
            Ok((okta, None))
        }
        IssuerChoice::BuiltIn { token_lifetime } => {
            let lifetime = Duration::from_secs((*token_lifetime).into());
            let issuer = Issuer::builder().access_token_lifetime(lifetime);
            let issuer = match client {
                Some(client) => issuer.client(client).start().await?,
                None => issuer.start().await?,
            };
            let okta = Okta::builder(issuer.url())
                .audience(issuer.audience())
                .client_id(CLIENT_ID)
                .client_secret(CLIENT_SECRET);
            let okta = set_up(okta)
                .danger()
                // The test issuer only speaks plain HTTP. Okta requires HTTPS.
                .allow_http_on_loopback()
                .start()
                .await?;
            Ok((okta, Some(issuer)))
        }
    }
}
