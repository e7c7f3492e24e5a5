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
//! | `settings/`, `listen.rs`, `stop.rs`, `greeting.rs` | what only a quickstart needs |

mod api;
mod greeting;
mod health;
mod listen;
mod pages;
mod routes;
mod settings;
mod sign_in;
mod stop;

use std::{
    error::Error,
    io::{self, Write},
    process::ExitCode,
    time::Duration,
};

use okta_tower::Okta;
use okta_tower_test::Issuer;
use tracing_subscriber::{
    filter::{LevelFilter, Targets},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

use crate::{
    listen::Address,
    pages::About,
    settings::{IssuerChoice, Settings},
    stop::StopRequest,
};

type Failure = Box<dyn Error + Send + Sync>;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Nothing can be done about a closed standard error.
            let _ = writeln!(io::stderr(), "quickstart: {}", with_causes(&*failure));
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Failure> {
    // Before anything else: the environment can be changed safely only while there is one thread.
    settings::load_env_file(".env")?;
    let settings = Settings::read(std::env::vars_os())?;
    log_to_stderr();
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(serve(settings))
}

async fn serve(settings: Settings) -> Result<(), Failure> {
    let stop = StopRequest::listen()?;
    let address = Address::resolve(&settings.address).await?;
    settings.allow(address.sockets())?;
    let listeners = address.bind().await?;

    let port = listeners.port();
    let sign_in = settings.sign_in.as_ref();
    let url_for_browsers = match sign_in {
        Some(sign_in) => sign_in::public_url(sign_in, port),
        None => listeners.url_from_here().to_owned(),
    };

    // The stand-in lives as long as its handle, to the end of this function.
    let (okta, issuer, stand_in) = match &settings.issuer {
        IssuerChoice::Configured(issuer) => {
            // Everything is in the environment: issuer, audience, client and the rest.
            let mut okta = Okta::from_env()?;
            if let Some(settings) = sign_in {
                okta = okta.sign_in(sign_in::sign_in(settings, port)?);
            }
            // A lazy start does not wait for the issuer, so that its outage is not ours: requests are answered 503 until it
            // is back.
            (okta.start_lazy()?, issuer.clone(), None)
        }
        IssuerChoice::StandIn { token_lifetime } => {
            let lifetime = Duration::from_secs((*token_lifetime).into());
            let stand_in = Issuer::builder()
                .access_token_lifetime(lifetime)
                .start()
                .await?;
            let settings = sign_in.cloned().unwrap_or_default();
            stand_in.register(sign_in::client(&settings, port));
            let okta = Okta::builder(stand_in.url())
                .audience(stand_in.audience())
                .client_id(sign_in::CLIENT_ID)
                .client_secret(sign_in::CLIENT_SECRET)
                .sign_in(sign_in::at_the_stand_in(&settings, port)?)
                .danger()
                .allow_http_on_loopback() // Okta itself is always asked over https.
                .start()
                .await?;
            (okta, stand_in.url().to_owned(), Some(stand_in))
        }
    };

    let (url, url_from_here) = (listeners.url(), listeners.url_from_here());
    let about = About {
        url: url_for_browsers,
        issuer,
        is_stand_in: stand_in.is_some(),
        has_sign_in: sign_in.is_some(),
    };
    let greeting = match &stand_in {
        Some(stand_in) => greeting::greeting_with_tokens(&about, stand_in, url),
        None => greeting::greeting(&about, url, url_from_here),
    };
    // A pipe that is no longer read from is no reason to stop serving.
    let _ = io::stdout().write_all(greeting.as_bytes());

    listeners.serve(routes::app(okta, about)?, stop).await;
    Ok(())
}

/// Warnings, and why requests were refused: the caller is told less. `RUST_LOG` chooses otherwise.
fn log_to_stderr() {
    let chosen = std::env::var("RUST_LOG").ok();
    let filter: Targets = (chosen.and_then(|text| text.parse().ok())).unwrap_or_else(|| {
        Targets::new()
            .with_default(LevelFilter::WARN)
            .with_target("okta_tower::auth", LevelFilter::DEBUG)
    });
    tracing_subscriber::registry()
        .with(tracing_subscriber::fmt::layer().with_writer(io::stderr))
        .with(filter)
        .init();
}

/// An error and what led to it, on one line.
fn with_causes(error: &dyn Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| (**cause).source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
