//! An API with users of its own: a row for everybody who signs in, found again by session and by bearer token; and public forms
//! for those who have no account yet, or have lost their password.
//!
//! ```sh
//! cargo run -p rest-provisioning
//! ```
//!
//! With nothing set it brings an issuer of its own, a development stand-in for Okta inside this process. `OKTA_OAUTH2_ISSUER`,
//! `OKTA_OAUTH2_CLIENT_ID` and `OKTA_OAUTH2_CLIENT_SECRET`, or the names that the guides use, in the environment or in a
//! file `.env`, name an org instead. It listens on `localhost:3000`; `EXAMPLE_ADDR` names another address. The people are in
//! `people.sqlite3`, where it is started. The public forms are there with credentials for the Users API: `OKTA_CLIENT_TOKEN`
//! (`OKTA_AUTH_TOKEN`), or `OKTA_CLIENT_CLIENTID` and `OKTA_CLIENT_PRIVATEKEY` with `OKTA_CLIENT_SCOPES="okta.users.read
//! okta.users.manage"`. With `OKTA_OAUTH2_SCOPES="openid profile email offline_access"` sessions are refreshed.
//!
//! | try | and see |
//! |---|---|
//! | `curl localhost:3000/api/profile` | 401 |
//! | the same with a token that it prints | 200: what the token says, and `"local": null` until that person has signed in |
//! | `http://localhost:3000/api/profile` in a browser | sign in as `admin` with `admin-password`: the same, with their row |
//! | `http://localhost:3000/register`, `/activate`, `/forgot` | a form; its answer is the same whether or not there is such an account |
//! | `/login?idp=0oa…` | the sign-in at a social identity provider that the org knows by this id |
//!
//! | file | what it shows |
//! |---|---|
//! | `main.rs` | the application |
//! | `provision.rs` | what happens at a sign-in |
//! | `people.rs` | the table |
//! | `forms.rs` | registration, the first mail again, a new password: pages that everybody may post |
//! | `accounts.rs` | what these ask of Okta, in the background |
//! | `csrf.rs`, `limit.rs` | what keeps others from posting them, and everybody from posting too many |

mod accounts;
mod csrf;
mod forms;
mod limit;
mod people;
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
    people::{Key, People, Person},
    provision::Provision,
};

const PROGRAM: Program = Program::new("rest-provisioning");

/// What the stand-in takes for a token of its Users API. It is good for nothing else.
const API_TOKEN: &str = "a-token-of-the-stand-in";

const SITE: Site = Site {
    name: "rest-provisioning",
    about: "An API with users of its own.",
    links: &[("/api/profile", "Profile")],
};

fn main() -> ExitCode {
    scaffold::run(PROGRAM, serve)
}

async fn serve(settings: Settings) -> Result<(), Failure> {
    let stop = StopRequest::listen()?;
    let listeners = settings.bind().await?;
    let people = People::open(Path::new("people.sqlite3"))?;

    let redirect_uri = settings.redirect_uri("/authorization-code/callback", listeners.port());
    let url = settings.public_url(listeners.port());
    let client = scaffold::client(&redirect_uri, &url);
    let hook = Provision(people.clone());
    let sign_in = SignIn::new()
        .redirect_uri(&redirect_uri)
        .default_return_to("/api/profile")
        .on_sign_in(hook);
    let (sign_in, api) = match settings.issuer() {
        // It gives a refresh token to whoever asks; Okta must be set up for it.
        IssuerChoice::StandIn { .. } => (
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
    let (okta, stand_in) = scaffold::start(&settings, Some(client), set_up).await?;
    if let Some(issuer) = &stand_in {
        issuer.register_api_token(API_TOKEN);
    }

    let mut greeting = settings.greeting(listeners.url(), stand_in.as_ref(), Some(&url));
    if let Some(issuer) = &stand_in {
        let token = demo::viewer(issuer).sign();
        let command = listeners.curl("/api/profile", &token);
        greeting = greeting
            .attempts("curl", "without a token it is 401")
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
        .with_state(people)
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

/// Whether the Users API can be called.
fn has_credentials(settings: &Settings) -> bool {
    let names = ["OKTA_CLIENT_TOKEN", "OKTA_CLIENT_PRIVATEKEY"];
    settings.variables().first_of(&names).is_some()
}

/// Whoever comes: the way in and out.
async fn home(caller: Option<Claims>, State(has_forms): State<bool>) -> impl IntoResponse {
    let name = (caller.as_ref()).map(|caller| caller.name().unwrap_or(caller.subject()));
    let welcome = match name {
        Some(name) => format!("<p>Signed in as {}.</p>", Text(name)),
        None => "<p>Nobody is signed in.</p>".to_owned(),
    };
    let forms = if has_forms {
        "<p><a href=\"/register\">Register</a>, <a href=\"/activate\">get the first mail again</a>, or \
         <a href=\"/forgot\">ask for a new password</a>.</p>"
    } else {
        ""
    };
    let main = format!(
        "<h1>Users of one's own</h1>\n{welcome}\n\
         <p><a href=\"/api/profile\">The profile</a> is for people with a session and programs with a token.</p>\n{forms}"
    );
    Page::new(SITE, "Home", main)
        .person(name)
        .sign_in(Some("/login"))
        .into_response()
}

#[derive(Serialize)]
struct Profile {
    user_id: Option<String>,
    email: Option<String>,
    groups: Vec<String>,
    /// The identity provider that the person came by, where the credentials say so: a social one has an id of its own.
    idp: Option<String>,
    /// The row of this application, once the person has signed in.
    local: Option<Person>,
}

/// For every caller, by session or by token: one person either way.
async fn profile(
    caller: Claims,
    State(people): State<People>,
) -> Result<Json<Profile>, StatusCode> {
    let local = match caller.user_id() {
        Some(user_id) => {
            let key = Key {
                issuer: caller.identity_issuer().to_owned(),
                user_id: user_id.to_owned(),
            };
            let found = people.find(key).await;
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
