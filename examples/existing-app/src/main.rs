//! An existing application, and the changes that let users sign in with Okta.
//!
//! ```sh
//! cargo run -p existing-app
//! ```
//!
//! `before.rs` is the original: three public pages. Apart from this comment,
//! 14 lines are new and 9 of the old ones are gone in `main.rs`:
//!
//! ```sh
//! git diff --no-index examples/existing-app/src/before.rs examples/existing-app/src/main.rs
//! ```
//!
//! `okta.rs` adds 60 lines: the settings, the rules, and the displayed fields of an account. The
//! pages are unchanged, and show the values that they are given.
//!
//! Without configuration it uses the built-in test issuer; the crate `scaffold` describes its
//! settings. An org needs two things:
//!
//! - The client: the `client_secrets.json` of Flask-OIDC in the folder where you start the example
//!   (`OIDC_CLIENT_SECRETS` names another file), or the three variables for the client. The
//!   redirect URI to enter at Okta is `http://localhost:3000/oidc/callback`.
//! - An API token in `OKTA_AUTH_TOKEN` or `OKTA_CLIENT_TOKEN`, from **Security > API > Tokens** in
//!   the Admin Console. `OKTA_ORG_URL` names the org.
//!
//! An application without variables gives the file to `OktaBuilder::from_client_secrets_file`.
//!
//! | try | result |
//! |---|---|
//! | `http://localhost:3000/dashboard` in a browser | sign in as `admin` with `admin-password`: your account at Okta |
//! | `http://localhost:3000/repositories` | the same session |
//! | `http://localhost:3000/logout` | sign-out by a link |
//! | `curl -i -H 'Accept: application/json' localhost:3000/dashboard` | 401 |
//!
//! | file | what it shows |
//! |---|---|
//! | `before.rs` | the application before sign-in |
//! | `main.rs` | the application with sign-in |
//! | `okta.rs` | settings for sign-in and for the Users API |
//! | `pages.rs` | the pages |

mod okta;
mod pages;

use std::process::ExitCode;

use axum::{Router, response::Response, routing::get};
use okta_tower_axum::{Claims, CurrentUser};
use scaffold::{Failure, Program, Settings, StopRequest};

const PROGRAM: Program = Program::new("existing-app").client_secrets("client_secrets.json");

fn main() -> ExitCode {
    scaffold::run(PROGRAM, serve)
}

async fn serve(settings: Settings) -> Result<(), Failure> {
    let stop = StopRequest::listen()?;
    let listeners = settings.bind().await?;
    let (okta, _test_issuer) = okta::start(&settings, &listeners).await?;

    let app = Router::new()
        .route("/", get(home))
        .route("/dashboard", get(dashboard))
        .route("/repositories", get(repositories))
        .layer(okta.layer().rules(okta::rules()?))
        .layer(okta.sign_in_layer())
        .with_state(okta);
    listeners.serve(app, stop).await;
    Ok(())
}

async fn home(caller: Option<Claims>) -> Response {
    pages::home(caller.as_ref().and_then(|caller| caller.name()))
}

async fn dashboard(user: CurrentUser) -> Response {
    pages::dashboard(&user.display_name(), &okta::profile(&user))
}

async fn repositories(caller: Claims) -> Response {
    pages::repositories(caller.name().unwrap_or("you"))
}
