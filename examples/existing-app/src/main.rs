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
//! `okta.rs` is new, too: 60 lines with the settings, the rules, and what of an account is shown. The pages are as they
//! were, and show what they are given.
//!
//! With nothing set it brings an issuer of its own, a development stand-in for Okta inside this process. For an org it needs two
//! things. The client: either the `client_secrets.json` of Flask-OIDC where you start it (`OIDC_CLIENT_SECRETS` names another
//! file), or `OKTA_OAUTH2_ISSUER`, `OKTA_OAUTH2_CLIENT_ID` and `OKTA_OAUTH2_CLIENT_SECRET` in the environment or a file `.env`. And
//! an API token, in `OKTA_AUTH_TOKEN` or `OKTA_CLIENT_TOKEN`: Admin Console, **Security > API > Tokens**; `OKTA_ORG_URL` says where
//! the org is. The redirect URI to enter at Okta is `http://localhost:3000/oidc/callback`. With another one in the file or in
//! `OKTA_OAUTH2_REDIRECT_URI` it listens on that one's port; else on `localhost:3000`, or where `EXAMPLE_ADDR` says.
//!
//! An application without variables gives the file to `OktaBuilder::from_client_secrets_file`.
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
//! | `pages.rs` | its pages |

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
    pages::repositories(caller.name().unwrap_or("somebody"))
}
