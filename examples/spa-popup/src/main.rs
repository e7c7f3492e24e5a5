//! An API for a single-page application on another origin, which signs users in with a popup and
//! sends their access token.
//!
//! ```sh
//! cargo run -p spa-popup
//! ```
//!
//! Without configuration it uses the built-in test issuer; the crate `scaffold` describes its
//! settings. At Okta, enter the redirect URI `http://localhost:7156/signin-oidc` and the sign-out
//! redirect URI `http://localhost:5173/`.
//!
//! The front end is in `web/`: React and TypeScript, built by Vite. The first start builds it,
//! which needs bash, Node 20.19 or newer, npm, and access to npm's registry.
//!
//! | variable | effect |
//! |---|---|
//! | `EXAMPLE_ADDR` | the address of the API. Default: `localhost:7156` |
//! | `BACKEND_URL` | the API's URL for browsers; a local URL also sets the address. Default: `http://localhost:7156` |
//! | `FRONTEND_URL` | the front end's URL for browsers; a local URL also sets its address. Default: `http://localhost:5173` |
//! | `EXAMPLE_FRONTEND` | another address for the front end, or `none` to not serve it |
//! | `EXAMPLE_TOKEN_STORAGE=local` | the front end keeps the token in local storage. Default: in memory |
//!
//! With `EXAMPLE_FRONTEND=none`, serve the front end yourself, for example with `npm ci && npm run
//! dev` in `web/`. `public/config.json` then names the API.
//!
//! Every script on the front end's origin can read local storage, which Okta's guide uses.
//!
//! | try | result |
//! |---|---|
//! | `http://localhost:5173/` in a browser | sign in as `viewer` with `viewer-password`, and get the data |
//! | `curl localhost:7156/secure-data` | 401 |
//! | the same with a printed token | 200 |
//!
//! | file | what it shows |
//! |---|---|
//! | `main.rs` | from settings to two origins |
//! | `api.rs` | the API and its CORS settings |
//! | `front_end.rs` | the files of the front end, and their configuration |
//! | `settings.rs` | the origins |
//! | `web/src/popup.ts`, `token.ts`, `api.ts` | the front end: sign-in, token storage, 401 |

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
        // Only this origin receives the result of a sign-in, and the token.
        .opener(&frontend)
        .hand_over_access_token()
        // A form on this origin may sign users out.
        .allow_origin(&frontend);
    let (okta, test_issuer) =
        scaffold::start(general, Some(client), |okta| okta.sign_in(sign_in)).await?;

    let mut greeting = general.greeting(listeners.url(), test_issuer.as_ref(), Some(&frontend));
    if let Some(issuer) = &test_issuer {
        let (viewer, expired) = (demo::viewer(issuer).sign(), demo::expired(issuer).sign());
        let curl = |token: &str| listeners.curl("/secure-data", token);
        greeting = greeting
            .attempts("curl", "without a token it is 401")
            .attempt(200, "viewer: any valid token may", &curl(&viewer))
            .attempt(
                401,
                "expired: the viewer's token, expired an hour ago",
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
