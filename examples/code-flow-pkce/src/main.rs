//! The authorization code flow with PKCE, to look at: both ways back, prompts, and what the tokens say.
//!
//! ```sh
//! cargo run -p code-flow-pkce
//! ```
//!
//! With nothing set it brings an issuer of its own, a development stand-in for Okta inside this process. `OKTA_OAUTH2_ISSUER`,
//! `OKTA_OAUTH2_CLIENT_ID` and `OKTA_OAUTH2_CLIENT_SECRET`, or the names that the guides use (`OKTA_DOMAIN`, `CLIENT_ID`,
//! `CLIENT_SECRET`, `REDIRECT_URL`, `OKTA_PROMPT`, …), in the environment or in a file `.env`, name an org instead. The redirect URI to
//! enter there is `http://localhost:3000/authorization-code/callback`. It listens on `localhost:3000`; `EXAMPLE_ADDR` names another address.
//!
//! | variable | what it changes |
//! |---|---|
//! | `EXAMPLE_RESPONSE_MODE=form_post` | the code comes back in the body of a form and not in the URL |
//! | `OKTA_PROMPT=login` | whoever signs in is asked for their password, whatever session Okta has |
//! | `EXAMPLE_DEVELOPMENT=true` | `/profile` shows the access token, to copy it. Only on addresses of this machine |
//!
//! | try | and see |
//! |---|---|
//! | `http://localhost:3000/profile` in a browser | sign in as `viewer` with `viewer-password`: what the ID token says |
//! | “as somebody else” on the first page | the form again, and whoever fills it in |
//! | `curl localhost:3000/read-items` | 401 |
//! | the same with a token that it prints | 200 with two items |
//!
//! PKCE (RFC 7636), `state`, `nonce` and the check of the `iss` in the answer need no line of code: no sign-in goes without.
//!
//! | file | what it shows |
//! |---|---|
//! | `main.rs` | the application |
//! | `flow.rs` | how people sign in |
//! | `profile.rs` | the page with the claims, and with the token in development |

mod flow;
mod profile;

use std::process::ExitCode;

use axum::{
    Json, Router,
    response::{IntoResponse, Response},
    routing::get,
};
use okta_tower::{Require, RouteRules, auth::Problem};
use okta_tower_axum::Claims;
use scaffold::{
    Failure, Program, Settings, StopRequest, demo,
    page::{Page, Site, Text},
};
use serde::Serialize;

use crate::{flow::Flow, profile::Profile};

const PROGRAM: Program = Program::new("code-flow-pkce");

const SITE: Site = Site {
    name: "code-flow-pkce",
    about: "The authorization code flow with PKCE.",
    links: &[("/profile", "Profile")],
};

fn main() -> ExitCode {
    scaffold::run(PROGRAM, serve)
}

async fn serve(settings: Settings) -> Result<(), Failure> {
    let flow = Flow::read(settings.variables())?;
    let stop = StopRequest::listen()?;
    let listeners = settings.bind().await?;
    let profile = Profile::read(settings.variables(), &listeners)?;

    let redirect_uri = settings.redirect_uri(flow::CALLBACK, listeners.port());
    let url = settings.public_url(listeners.port());
    let client = scaffold::client(&redirect_uri, &url);
    let sign_in = flow.sign_in(&redirect_uri);
    let (okta, stand_in) =
        scaffold::start(&settings, Some(client), |okta| okta.sign_in(sign_in)).await?;

    let mut greeting = settings.greeting(listeners.url(), stand_in.as_ref(), Some(&url));
    if let Some(issuer) = &stand_in {
        let (viewer, expired) = (demo::viewer(issuer).sign(), demo::expired(issuer).sign());
        greeting = greeting
            .attempts("curl", "without a token it is 401")
            .attempt(
                200,
                "viewer: any valid token may",
                &listeners.curl("/read-items", &viewer),
            )
            .attempt(
                401,
                "expired: the viewer's, an hour too late",
                &listeners.curl("/read-items", &expired),
            );
    }
    greeting.print();

    // Anonymous and known callers alike: the first page says who is signed in.
    let open_to_all = RouteRules::new().at("/", Require::public()).build()?;
    let home = Router::new()
        .route("/", get(home))
        .route_layer(okta.layer().rules(open_to_all));
    let api = Router::new()
        .route("/read-items", get(read_items))
        .route_layer(okta.layer().responder(Problem::new()));
    let pages = Router::new()
        .route("/profile", get(profile::page))
        .with_state(profile)
        .route_layer(okta.layer());
    let app = home.merge(api).merge(pages).layer(okta.sign_in_layer());
    listeners.serve(app, stop).await;
    Ok(())
}

async fn home(caller: Option<Claims>) -> Response {
    let name = (caller.as_ref()).map(|caller| caller.name().unwrap_or(caller.subject()));
    let (welcome, button) = match name {
        Some(name) => (
            format!("You are signed in as {}.", Text(name)),
            "<a class=\"button\" href=\"/profile\">Your profile</a>",
        ),
        None => (
            "Nobody is signed in.".to_owned(),
            "<a class=\"button\" href=\"/login?return_to=/profile\">Sign in</a>",
        ),
    };
    let main = format!(
        r#"<h1>The code flow, with PKCE</h1>
<p class="lead">{welcome}</p>
<p class="actions">{button}
<a class="button quiet" href="/login?prompt=login&amp;return_to=/profile">Sign in as somebody else</a></p>
<section class="card" aria-labelledby="steps">
<h2 id="steps">What happens</h2>
<ol>
<li>This server makes up a secret, and sends the browser to Okta with its hash, the <code>code_challenge</code>.</li>
<li>The person signs in there. This server never sees the password.</li>
<li>Okta sends the browser back with a code, which is good once, for a minute.</li>
<li>This server trades code and secret for tokens. A stolen code is worth nothing without the secret.</li>
<li>The ID token is checked: signature, issuer, audience, times, and the <code>nonce</code> of this very attempt.</li>
</ol>
</section>"#
    );
    Page::new(SITE, "Home", main)
        .person(name)
        .sign_in(Some("/login"))
        .into_response()
}

#[derive(Serialize)]
struct Item {
    name: &'static str,
}

/// For programs with a token, and for pages of this application by session.
async fn read_items(_: Claims) -> Json<[Item; 2]> {
    Json([Item { name: "Anvil" }, Item { name: "Bellows" }])
}
