//! An API with its own users: a row for each user who signs in, found by session or bearer token;
//! and public forms to register and to reset a password.
//!
//! ```sh
//! cargo run -p rest-provisioning
//! ```
//!
//! Without configuration it uses the built-in test issuer; the crate `scaffold` describes its
//! settings. The users are in `people.sqlite3` in the working directory.
//!
//! The public forms need credentials for the Users API: `OKTA_CLIENT_TOKEN` (`OKTA_AUTH_TOKEN`), or
//! `OKTA_CLIENT_CLIENTID` and `OKTA_CLIENT_PRIVATEKEY` with `OKTA_CLIENT_SCOPES="okta.users.read
//! okta.users.manage"`. With `OKTA_OAUTH2_SCOPES="openid profile email offline_access"` sessions
//! are refreshed.
//!
//! | try | result |
//! |---|---|
//! | `curl localhost:3000/api/profile` | 401 |
//! | the same with a printed token | 200: the claims, and `"local": null` until the user has signed in |
//! | `http://localhost:3000/api/profile` in a browser | sign in as `admin` with `admin-password`: the claims and the row |
//! | `http://localhost:3000/register`, `/activate`, `/forgot` | a form with the same response whether or not the account exists |
//! | `/login?idp=0oa…` | sign-in at the identity provider that the org knows by this ID |
//!
//! | file | what it shows |
//! |---|---|
//! | `main.rs` | the application |
//! | `provision.rs` | the sign-in hook |
//! | `local_users.rs` | the table of users |
//! | `forms.rs` | the public forms: registration, activation mail, new password |
//! | `accounts.rs` | the forms' requests to Okta, in the background |
//! | `csrf.rs`, `limit.rs` | protection against forged and too frequent forms |

mod accounts;
mod csrf;
mod forms;
mod limit;
mod local_users;
mod provision;

use std::{path::Path, process::ExitCode};

use axum::{Json, Router, extract::State, http::StatusCode, response::IntoResponse, routing::get};
use okta_tower::{ManagementApi, OktaBuilder, Require, RouteRules, SignIn, auth::Problem};
use okta_tower_axum::Claims;
use scaffold::{
    Failure, IssuerChoice, Program, Settings, StopRequest, demo,
    page::{Page, Site, Text},
};
use serde::Serialize;

use crate::{
    accounts::Accounts,
    local_users::{Key, LocalUser, LocalUsers},
    provision::Provision,
};

const PROGRAM: Program = Program::new("rest-provisioning");

/// The API token that the built-in test issuer accepts. It has no meaning elsewhere.
const API_TOKEN: &str = "a-token-of-the-test-issuer";

const SITE: Site = Site {
    name: "rest-provisioning",
    about: "An API with its own users.",
    links: &[("/api/profile", "Profile")],
};

fn main() -> ExitCode {
    scaffold::run(PROGRAM, serve)
}

async fn serve(settings: Settings) -> Result<(), Failure> {
    let stop = StopRequest::listen()?;
    let listeners = settings.bind().await?;
    let users = LocalUsers::open(Path::new("people.sqlite3"))?;

    let redirect_uri = settings.redirect_uri("/authorization-code/callback", listeners.port());
    let url = settings.public_url(listeners.port());
    let client = scaffold::client(&redirect_uri, &url);
    let hook = Provision(users.clone());
    let sign_in = SignIn::new()
        .redirect_uri(&redirect_uri)
        .default_return_to("/api/profile")
        .on_sign_in(hook);
    let (sign_in, api) = match settings.issuer() {
        // The test issuer grants refresh tokens without set-up. Okta must be configured to grant
        // them.
        IssuerChoice::BuiltIn { .. } => (
            sign_in.offline_access(),
            Some(ManagementApi::new().token(API_TOKEN)),
        ),
        IssuerChoice::Configured(_) => {
            (sign_in, has_credentials(&settings).then(ManagementApi::new))
        }
    };
    let has_forms = api.is_some();
    let set_up = |okta: OktaBuilder| match api {
        Some(api) => okta.sign_in(sign_in).api(api),
        None => okta.sign_in(sign_in),
    };
    let (okta, test_issuer) = scaffold::start(&settings, Some(client), set_up).await?;
    if let Some(issuer) = &test_issuer {
        issuer.register_api_token(API_TOKEN);
    }

    let mut greeting = settings.greeting(listeners.url(), test_issuer.as_ref(), Some(&url));
    if let Some(issuer) = &test_issuer {
        let token = demo::viewer(issuer).sign();
        let command = listeners.curl("/api/profile", &token);
        greeting = greeting
            .attempts("curl", "without a token the response is 401")
            .attempt(200, "viewer: any valid token may", &command);
    }
    greeting.print();

    let open_to_all = RouteRules::new().at("/", Require::public()).build()?;
    let open_to_all = Router::new()
        .route("/", get(home))
        .with_state(has_forms)
        .route_layer(okta.layer().rules(open_to_all));
    let mut app = Router::new()
        .route("/api/profile", get(profile))
        .with_state(users)
        .route_layer(okta.layer().responder(Problem::new()))
        .merge(open_to_all);
    if has_forms {
        let accounts = Accounts::start(&okta);
        app = app.merge(forms::routes(accounts, url.starts_with("https:")));
    }
    let app = app.layer(okta.sign_in_layer());
    listeners.serve(app, stop).await;
    Ok(())
}

/// Returns whether there are credentials for the Users API.
fn has_credentials(settings: &Settings) -> bool {
    let names = ["OKTA_CLIENT_TOKEN", "OKTA_CLIENT_PRIVATEKEY"];
    settings.variables().first_of(&names).is_some()
}

/// The home page, for everyone.
async fn home(caller: Option<Claims>, State(has_forms): State<bool>) -> impl IntoResponse {
    let name = (caller.as_ref()).map(|caller| caller.name().unwrap_or(caller.subject()));
    let welcome = match name {
        Some(name) => format!("<p>Signed in as {}.</p>", Text(name)),
        None => "<p>You are not signed in.</p>".to_owned(),
    };
    let forms = if has_forms {
        "<p><a href=\"/register\">Register</a>, \
         <a href=\"/activate\">request another activation mail</a>, or \
         <a href=\"/forgot\">request a new password</a>.</p>"
    } else {
        ""
    };
    let main = format!(
        "<h1>An API with its own users</h1>\n{welcome}\n\
         <p><a href=\"/api/profile\">The profile</a> is for users with a session and API clients \
         with a token.</p>\n{forms}"
    );
    Page::new(SITE, "Home", main)
        .user(name)
        .sign_in(Some("/login"))
        .into_response()
}

#[derive(Serialize)]
struct Profile {
    user_id: Option<String>,
    email: Option<String>,
    groups: Vec<String>,
    /// The identity provider of the sign-in, if the claims name it. A social provider has its own
    /// ID.
    idp: Option<String>,
    /// The row of this application, after the first sign-in.
    local: Option<LocalUser>,
}

/// For every authenticated caller. A session and a token lead to the same user.
async fn profile(
    caller: Claims,
    State(users): State<LocalUsers>,
) -> Result<Json<Profile>, StatusCode> {
    let local = match caller.user_id() {
        Some(user_id) => {
            let key = Key {
                issuer: caller.identity_issuer().to_owned(),
                user_id: user_id.to_owned(),
            };
            let found = users.find(key).await;
            found.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?
        }
        None => None,
    };
    Ok(Json(Profile {
        user_id: caller.user_id().map(str::to_owned),
        email: caller.email().map(str::to_owned),
        groups: caller.groups().iter().map(str::to_owned).collect(),
        idp: caller
            .claim("idp")
            .and_then(|idp| idp.as_str())
            .map(str::to_owned),
        local,
    }))
}
