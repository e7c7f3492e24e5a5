//! The authorization code flow with PKCE: response modes, prompts, and the claims of the ID token.
//!
//! ```sh
//! cargo run -p code-flow-pkce
//! ```
//!
//! Without configuration it uses the built-in test issuer; the crate `scaffold` describes its
//! settings. At Okta, enter the redirect URI `http://localhost:3000/authorization-code/callback`.
//!
//! | variable | effect |
//! |---|---|
//! | `EXAMPLE_RESPONSE_MODE=form_post` | the code comes back in a form instead of the URL |
//! | `OKTA_PROMPT=login` | users enter their password despite a session at Okta |
//! | `EXAMPLE_DEVELOPMENT=true` | `/profile` shows the access token, only on loopback addresses |
//!
//! | try | result |
//! |---|---|
//! | `http://localhost:3000/profile` in a browser | sign in as `viewer` with `viewer-password`: the claims of the ID token |
//! | “Sign in as another user” on the first page | the sign-in form again |
//! | `curl localhost:3000/read-items` | 401 |
//! | the same with a printed token | 200 with two items |
//!
//! Every sign-in uses PKCE (RFC 7636), `state` and `nonce`, and checks the `iss` of the response.
//! None of them needs code.
//!
//! | file | what it shows |
//! |---|---|
//! | `main.rs` | the application |
//! | `flow.rs` | the sign-in settings |
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
    let (okta, test_issuer) =
        scaffold::start(&settings, Some(client), |okta| okta.sign_in(sign_in)).await?;

    let mut greeting = settings.greeting(listeners.url(), test_issuer.as_ref(), Some(&url));
    if let Some(issuer) = &test_issuer {
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
                "expired: the viewer's token, expired an hour ago",
                &listeners.curl("/read-items", &expired),
            );
    }
    greeting.print();

    // Public: the first page also shows who is signed in.
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
            "You are not signed in.".to_owned(),
            "<a class=\"button\" href=\"/login?return_to=/profile\">Sign in</a>",
        ),
    };
    let main = format!(
        r#"<h1>The code flow, with PKCE</h1>
<p class="lead">{welcome}</p>
<p class="actions">{button}
<a class="button quiet" href="/login?prompt=login&amp;return_to=/profile">Sign in as another
user</a></p>
<section class="card" aria-labelledby="steps">
<h2 id="steps">What happens</h2>
<ol>
<li>This server creates a secret, and sends the browser to Okta with its hash, the
<code>code_challenge</code>.</li>
<li>The user signs in at Okta. This server never sees the password.</li>
<li>Okta sends the browser back with a code, which is valid once, for a minute.</li>
<li>This server exchanges code and secret for tokens. A stolen code is useless without the
secret.</li>
<li>This server verifies the ID token: signature, issuer, audience, times, and the
<code>nonce</code> of this attempt.</li>
</ol>
</section>"#
    );
    Page::new(SITE, "Home", main)
        .user(name)
        .sign_in(Some("/login"))
        .into_response()
}

#[derive(Serialize)]
struct Item {
    name: &'static str,
}

/// For API clients with a token, and for this application's pages with a session.
async fn read_items(_: Claims) -> Json<[Item; 2]> {
    Json([Item { name: "Anvil" }, Item { name: "Bellows" }])
}
