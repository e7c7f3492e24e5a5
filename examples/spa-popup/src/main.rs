//! An API for a single-page application of another origin, which signs people in by popup and calls with their token.
//!
//! ```sh
//! cargo run -p spa-popup
//! ```
//!
//! With nothing set it brings an issuer of its own, a development stand-in for Okta inside this process. `OKTA_OAUTH2_ISSUER`,
//! `OKTA_OAUTH2_CLIENT_ID` and `OKTA_OAUTH2_CLIENT_SECRET`, or the names that the guides use (`OKTA_DOMAIN`, `OKTA_CLIENT_ID`,
//! `OKTA_CLIENT_SECRET`), in the environment or in a file `.env`, name an org instead. The redirect URI to enter there is
//! `http://localhost:7156/signin-oidc`, the sign-out redirect URI is `http://localhost:5173/`.
//!
//! The front end is in `web/`: React and TypeScript, built by Vite. The first start does that, for which it needs bash, Node 20.19
//! or newer with npm, and npm's registry.
//!
//! | variable | what it changes |
//! |---|---|
//! | `EXAMPLE_ADDR` | where the API listens. Default: `localhost:7156` |
//! | `BACKEND_URL` | where browsers find the API; on this machine it listens there. Default: `http://localhost:7156` |
//! | `FRONTEND_URL` | where browsers find the front end; on this machine it is served there. Default: `http://localhost:5173` |
//! | `EXAMPLE_FRONTEND` | where to serve it otherwise; `none` where somebody else does, such as `npm ci && npm run dev` in `web/`, whose `public/config.json` then says where the API is |
//! | `EXAMPLE_TOKEN_STORAGE=local` | the front end keeps the token in local storage, as the guide has it, where every script on its origin can read it. Default: in the page's memory |
//!
//! | try | and see |
//! |---|---|
//! | `http://localhost:5173/` in a browser | sign in as `viewer` with `viewer-password`, and get the data |
//! | `curl localhost:7156/secure-data` | 401 |
//! | the same with a token that it prints | 200 |
//!
//! | file | what it shows |
//! |---|---|
//! | `main.rs` | from settings to two origins |
//! | `api.rs` | the API: what it answers, and to whom |
//! | `front_end.rs` | the files of the front end, and what it is told |
//! | `settings.rs` | the origins |
//! | `web/src/popup.ts`, `token.ts`, `api.ts` | the front end's half: signing in, keeping the token, a 401 |

mod api;
mod front_end;
mod settings;

use std::process::ExitCode;

use okta_tower::SignIn;
use scaffold::{Failure, Program, StopRequest, demo};

use crate::{front_end::Config, settings::Settings};

const PROGRAM: Program = Program::new("spa-popup")
    .default_address("localhost:7156")
    .url_variable("BACKEND_URL");

fn main() -> ExitCode {
    scaffold::run(PROGRAM, |general| async {
        serve(Settings::read(general)?).await
    })
}

async fn serve(settings: Settings) -> Result<(), Failure> {
    let general = &settings.general;
    let (stop, stop_front_end) = (StopRequest::listen()?, StopRequest::listen()?);
    let listeners = general.bind().await?;
    let front_end = settings.bind_front_end().await?;

    let backend = general.public_url(listeners.port());
    let frontend = settings.frontend_url(front_end.as_ref());
    let redirect_uri = general.redirect_uri("/signin-oidc", listeners.port());
    let client = scaffold::client(&redirect_uri, &frontend);
    let sign_in = SignIn::new()
        .redirect_uri(&redirect_uri)
        .post_logout_redirect_uri(format!("{frontend}/"))
        // This origin alone learns of the end of a sign-in, and gets the token.
        .opener(&frontend)
        .hand_over_access_token()
        // Its form may sign people out.
        .allow_origin(&frontend);
    let (okta, stand_in) =
        scaffold::start(general, Some(client), |okta| okta.sign_in(sign_in)).await?;

    let mut greeting = general.greeting(listeners.url(), stand_in.as_ref(), Some(&frontend));
    if let Some(issuer) = &stand_in {
        let (viewer, expired) = (demo::viewer(issuer).sign(), demo::expired(issuer).sign());
        let curl = |token: &str| listeners.curl("/secure-data", token);
        greeting = greeting
            .attempts("curl", "without a token it is 401")
            .attempt(200, "viewer: any valid token may", &curl(&viewer))
            .attempt(
                401,
                "expired: the viewer's, an hour too late",
                &curl(&expired),
            );
    }
    greeting.print();

    let app = api::app(&okta, &frontend)?;
    let config = Config::new(&backend, settings.storage);
    let pages = async {
        if let Some(front_end) = front_end {
            front_end
                .serve(front_end::app(&config), stop_front_end)
                .await;
        }
    };
    tokio::join!(listeners.serve(app, stop), pages);
    Ok(())
}
