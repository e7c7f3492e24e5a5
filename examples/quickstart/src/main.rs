//! A protected Axum application: users sign in, API clients send tokens.
//!
//! ```sh
//! cargo run -p quickstart
//! ```
//!
//! Without configuration it uses the built-in test issuer; the crate `scaffold` describes its
//! settings. `QUICKSTART_ADDR` replaces `EXAMPLE_ADDR`.
//!
//! | file | what it shows |
//! |---|---|
//! | `main.rs` | from settings to a running [`Okta`] |
//! | `routes.rs` | the application: layer, extractors and guards |
//! | `api.rs` | handlers for users and API clients |
//! | `health.rs` | probes and metrics |
//! | `pages/` | the HTML of `/` and `/dashboard` |
//! | `settings/`, `sign_in.rs`, `greeting.rs` | settings that only the quickstart has |

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

    // The test issuer runs until its handle is dropped, at the end of this function.
    let (okta, issuer, test_issuer) = match general.issuer() {
        IssuerChoice::Configured(issuer) => {
            // The environment has everything: issuer, audience, client and the rest.
            let mut okta = Okta::from_env()?;
            if let Some(settings) = &sign_in {
                okta = okta.sign_in(sign_in::sign_in(settings, &redirect_uri)?);
            }
            // A lazy start does not wait for the issuer: requests get 503 until it is reachable.
            (okta.start_lazy()?, issuer.clone(), None)
        }
        IssuerChoice::BuiltIn { token_lifetime } => {
            let lifetime = Duration::from_secs((*token_lifetime).into());
            let test_issuer = Issuer::builder()
                .access_token_lifetime(lifetime)
                .client(scaffold::client(&redirect_uri, &url_for_browsers))
                .start()
                .await?;
            let settings = sign_in.clone().unwrap_or_default();
            let okta = Okta::builder(test_issuer.url())
                .audience(test_issuer.audience())
                .client_id(scaffold::CLIENT_ID)
                .client_secret(scaffold::CLIENT_SECRET)
                .sign_in(sign_in::with_test_issuer(&settings, &redirect_uri)?)
                .danger()
                // The test issuer only speaks plain HTTP. Okta requires HTTPS.
                .allow_http_on_loopback()
                .start()
                .await?;
            (okta, test_issuer.url().to_owned(), Some(test_issuer))
        }
    };

    let about = About {
        url: url_for_browsers,
        issuer,
        is_built_in: test_issuer.is_some(),
        has_sign_in: sign_in.is_some(),
    };
    let browser = sign_in.map(|_| about.url.as_str());
    let greeting = general.greeting(listeners.url(), test_issuer.as_ref(), browser);
    match &test_issuer {
        Some(test_issuer) => demo::requests(greeting, test_issuer, &listeners, "0oaQuickstart"),
        None => greeting::without_tokens(greeting, &listeners),
    }
    .print();

    listeners.serve(routes::app(okta, about)?, stop).await;
    Ok(())
}
