//! hyper and Tower with no framework: the layers in their order, a `match` for a router, HTTP/1 and HTTP/2 on one port.
//!
//! ```sh
//! cargo run -p hyper-example
//! ```
//!
//! With nothing set it brings an issuer of its own, a development stand-in for Okta, and prints requests for `curl` with the
//! answers to expect. With `OKTA_OAUTH2_ISSUER` set, in the environment or in a file `.env`, it takes the tokens of that
//! issuer. It listens on `localhost:3000`; `EXAMPLE_ADDR` names another address.
//!
//! | route | who | else |
//! |---|---|---|
//! | `GET /api/me`, `GET /api/events` | every caller | 401 |
//! | `GET /api/admin` | the group `admin` | 403 |
//! | `GET /api/reports` | the scope `reports:read` | 403 |
//! | `GET /health` | everyone; 503 until the signing keys are loaded | |
//! | what does not exist | below `/api/`: 401, or 404 with a token; elsewhere: 404 | |
//!
//! | file | what it shows |
//! |---|---|
//! | `main.rs` | from settings to a running server |
//! | `app.rs` | the layers in their order, the rules, the routes |
//! | `events.rs` | a stream that ends when the token does |
//! | `serve.rs` | connections to requests: for any Tower service, Warp's too |
//!
//! The documentation has a page on all this: `okta_tower::guide::hyper`.

use std::process::ExitCode;

use hyper_example::{app, serve};
use scaffold::{Failure, Program, Settings, StopRequest, demo};

const PROGRAM: Program = Program::new("hyper-example");

fn main() -> ExitCode {
    scaffold::run(PROGRAM, run)
}

async fn run(settings: Settings) -> Result<(), Failure> {
    let stop = StopRequest::listen()?;
    let listeners = settings.bind().await?;

    // `Okta::from_env()?.start_lazy()?`, or the same at the stand-in: `scaffold::start` is short, and there to be read.
    let (okta, stand_in) = scaffold::start(&settings, None, |okta| okta).await?;

    let mut greeting = settings.greeting(listeners.url(), stand_in.as_ref(), None);
    if let Some(issuer) = &stand_in {
        greeting = demo::requests(greeting, issuer, &listeners, "0oaExample");
    }
    greeting.print();

    let app = app(&okta)?;
    let connections = listeners.incoming();
    stop.serve(|asked| serve(app, connections, asked)).await
}
