//! Warp: the layer around `warp::service`, claims as an argument of a filter, and what answers first.
//!
//! ```sh
//! cargo run -p warp-example
//! ```
//!
//! With nothing set it brings an issuer of its own, a development stand-in for Okta, and prints requests for `curl` with the
//! answers to expect. With `OKTA_OAUTH2_ISSUER` set, in the environment or in a file `.env`, it takes the tokens of that
//! issuer. It listens on `localhost:3000`; `EXAMPLE_ADDR` names another address.
//!
//! There are two ways to put the parts together, and `EXAMPLE_WARP_FIRST=1` chooses the second:
//!
//! | | the layer first | Warp first |
//! |---|---|---|
//! | who decides | a table of rules, before Warp sees the request | filters of ours, where a route asks for them |
//! | who writes refusals | the layer | `recover` |
//! | `GET /api/me` without a token | 401 | 401 |
//! | `GET /api/nothing` without a token | 401 | 404 |
//! | `POST /api/me` without a token | 401 | 405 |
//! | any route with a token that is no good | 401 | 401: what is sent is judged, whatever it is sent to |
//! | a route that nobody thought of | closed | open |
//!
//! | route | who |
//! |---|---|
//! | `GET /api/me`, `GET /api/events` | every caller |
//! | `GET /api/admin` | the group `admin` |
//! | `GET /api/reports` | the scope `reports:read` |
//! | `GET /api/teams/{name}` | the group `name` |
//! | `GET /health` | everyone; 503 until the signing keys are loaded |
//!
//! | file | what it shows |
//! |---|---|
//! | `main.rs` | from settings to a running server |
//! | `layer_first.rs`, `warp_first.rs` | the two ways |
//! | `handlers.rs`, `events.rs` | what the routes do; a stream that ends when the token does |
//! | `filters.rs` | filters of ours: a caller, a requirement |
//! | `refused.rs` | a refusal as a rejection, and `recover` |
//!
//! Warp's own server takes filters and no layers. hyper's does: `examples/hyper/src/serve.rs` is the loop.
//! The documentation has a page on all this: `okta_tower::guide::warp`.

use std::process::ExitCode;

use hyper_example::serve;
use scaffold::{Failure, Program, Settings, StopRequest, demo};

const PROGRAM: Program = Program::new("warp-example");

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

    let connections = listeners.incoming();
    if settings.variables().get("EXAMPLE_WARP_FIRST").is_some() {
        let app = warp_example::warp_first(&okta);
        stop.serve(|asked| serve(app, connections, asked)).await
    } else {
        let app = warp_example::layer_first(&okta)?;
        stop.serve(|asked| serve(app, connections, asked)).await
    }
}
