//! An application that was there before, and what it takes to have people sign in with Okta.
//!
//! ```sh
//! cargo run -p existing-app
//! ```
//!
//! `before.rs` is how it was: three pages for everybody. Below this head 14 lines are new and 9 of the old ones are gone; this
//! shows them:
//!
//! ```sh
//! git diff --no-index examples/existing-app/src/before.rs examples/existing-app/src/main.rs
//! ```
//!
//! `okta.rs` is new, too, and has the settings. The pages are as they were.
//!
//! With nothing set it brings an issuer of its own, a development stand-in for Okta inside this process. For an org, put the
//! `client_secrets.json` of Flask-OIDC where you start it, and `OKTA_ORG_URL` and `OKTA_AUTH_TOKEN` into the environment or a file
//! `.env`; `OKTA_OAUTH2_ISSUER`, `OKTA_OAUTH2_CLIENT_ID`, `OKTA_OAUTH2_CLIENT_SECRET` and `OKTA_CLIENT_TOKEN` do without the file. It
//! listens on `localhost:3000`; `EXAMPLE_ADDR` names another address.
//!
//! | try | and see |
//! |---|---|
//! | `http://localhost:3000/dashboard` in a browser | sign in as `admin` with `admin-password`: your account at Okta |
//! | `http://localhost:3000/repositories` | the same session |
//! | `http://localhost:3000/logout` | the way out, by a link |
//! | `curl -i -H 'Accept: application/json' localhost:3000/dashboard` | 401 |
//!
//! | file | what it shows |
//! |---|---|
//! | `before.rs` | the application as it was |
//! | `main.rs` | the application as it is |
//! | `okta.rs` | settings, for people's sign-in and for the Users API |
//! | `pages.rs` | its pages, which know nothing of Okta |

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
    let (okta, _stand_in) = okta::start(&settings, &listeners).await?;

    let app = Router::new()
        .route("/", get(home))
        .route("/dashboard", get(dashboard))
        .route("/repositories", get(repositories))
        .route_layer(okta.layer().rules(okta::rules()?))
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
    pages::repositories(caller.name().unwrap_or("somebody"))
}
