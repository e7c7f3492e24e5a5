//! From settings to a running `Okta`.

use std::time::Duration;

use okta_tower::{Okta, OktaBuilder};
use okta_tower_test::{Client, Issuer};

use crate::{Failure, IssuerChoice, Settings};

/// What the stand-in knows an example by. It is good for nothing else.
pub const CLIENT_ID: &str = "0oaExample";
/// The secret that goes with it.
pub const CLIENT_SECRET: &str = "a-secret-of-the-stand-in";

/// An example that signs people in, as the stand-in knows it. At Okta the Admin Console has a form for it.
pub fn client(redirect_uri: &str, public_url: &str) -> Client {
    Client::with_secret(CLIENT_ID, CLIENT_SECRET)
        .redirect_uri(redirect_uri)
        .post_logout_redirect_uri(format!("{public_url}/"))
}

/// Starts with the issuer that is configured, or else with a stand-in for it in this process, which lives as long as its
/// handle. `set_up` is what the example asks of either.
///
/// # Errors
/// Where a setting is wrong.
pub async fn start(
    settings: &Settings,
    client: Option<Client>,
    set_up: impl FnOnce(OktaBuilder) -> OktaBuilder,
) -> Result<(Okta, Option<Issuer>), Failure> {
    match settings.issuer() {
        // Everything is in the environment: issuer, audience, client and the rest. A lazy start does not wait for the
        // issuer, so that its outage is not ours: requests are answered 503 until it is back.
        IssuerChoice::Configured(_) => {
            let okta = set_up(settings.okta()?).start_lazy()?;
            Ok((okta, None))
        }
        IssuerChoice::StandIn { token_lifetime } => {
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
                .allow_http_on_loopback() // Okta itself is always asked over https.
                .start()
                .await?;
            Ok((okta, Some(issuer)))
        }
    }
}
