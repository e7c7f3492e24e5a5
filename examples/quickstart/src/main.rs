//! A protected Axum application: people sign in, programs bring tokens.
//!
//! ```sh
//! cargo run -p quickstart
//! ```
//!
//! With nothing set it brings an issuer of its own, a development stand-in for Okta inside this process, with accounts to
//! sign in with and tokens in `curl` lines. With `OKTA_OAUTH2_ISSUER` set, in the environment or in a file `.env`, it takes
//! the tokens of that issuer instead; with `OKTA_OAUTH2_CLIENT_ID` and `OKTA_OAUTH2_CLIENT_SECRET` beside it, people sign in
//! there. It listens on `localhost:3000`; `QUICKSTART_ADDR` names another address.
//!
//! | file | what it shows |
//! |---|---|
//! | `main.rs` | from settings to a running [`Okta`] |
//! | `routes.rs` | the layer, the extractors and the guards: what an application of yours looks like |
//! | `api.rs` | handlers for people and programs alike |
//! | `health.rs` | probes and metrics |
//! | `pages/` | the HTML of `/` and `/dashboard` |
//! | `settings/`, `greeting.rs` | what only a quickstart needs |
//! | the crate `scaffold` | what every example needs: variables, addresses, the end |

mod api;
mod greeting;
mod health;
mod pages;
mod routes;
mod settings;
mod sign_in;

use std::{process::ExitCode, time::Duration};

use okta_tower::Okta;
use okta_tower_test::Issuer;
use scaffold::{Failure, IssuerChoice, StopRequest, demo};

use crate::{
    pages::About,
    settings::{PROGRAM, Settings},
};

fn main() -> ExitCode {
    scaffold::run_with(PROGRAM, Settings::read, serve)
}

async fn serve(settings: Settings) -> Result<(), Failure> {
    let Settings { general, sign_in } = settings;
    let stop = StopRequest::listen()?;
    let listeners = general.bind().await?;

    let redirect_uri = general.redirect_uri(sign_in::CALLBACK, listeners.port());
    let url_for_browsers = match &sign_in {
        Some(_) => general.public_url(listeners.port()),
        None => listeners.url_from_here().to_owned(),
    };

    // The stand-in lives as long as its handle, to the end of this function.
    let (okta, issuer, stand_in) = match general.issuer() {
        IssuerChoice::Configured(issuer) => {
            // Everything is in the environment: issuer, audience, client and the rest.
            let mut okta = Okta::from_env()?;
            if let Some(settings) = &sign_in {
                okta = okta.sign_in(sign_in::sign_in(settings, &redirect_uri)?);
            }
            // A lazy start does not wait for the issuer, so that its outage is not ours: requests are answered 503 until it
            // is back.
            (okta.start_lazy()?, issuer.clone(), None)
        }
        IssuerChoice::StandIn { token_lifetime } => {
            let lifetime = Duration::from_secs((*token_lifetime).into());
            let stand_in = Issuer::builder()
                .access_token_lifetime(lifetime)
                .client(scaffold::client(&redirect_uri, &url_for_browsers))
                .start()
                .await?;
            let settings = sign_in.clone().unwrap_or_default();
            let okta = Okta::builder(stand_in.url())
                .audience(stand_in.audience())
                .client_id(scaffold::CLIENT_ID)
                .client_secret(scaffold::CLIENT_SECRET)
                .sign_in(sign_in::at_the_stand_in(&settings, &redirect_uri)?)
                .danger()
                .allow_http_on_loopback() // Okta itself is always asked over https.
                .start()
                .await?;
            (okta, stand_in.url().to_owned(), Some(stand_in))
        }
    };

    let about = About {
        url: url_for_browsers,
        issuer,
        is_stand_in: stand_in.is_some(),
        has_sign_in: sign_in.is_some(),
    };
    let browser = sign_in.map(|_| about.url.as_str());
    let greeting = general.greeting(listeners.url(), stand_in.as_ref(), browser);
    match &stand_in {
        Some(stand_in) => demo::requests(greeting, stand_in, &listeners, "0oaQuickstart"),
        None => greeting::without_tokens(greeting, &listeners),
    }
    .print();

    listeners.serve(routes::app(okta, about)?, stop).await;
    Ok(())
}
