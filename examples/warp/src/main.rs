//! Warp: the layer around `warp::service`, and claims as an argument of filters.
//!
//! ```sh
//! cargo run -p warp-example
//! ```
//!
//! Without configuration it uses the built-in test issuer; the crate `scaffold` describes its
//! settings.
//!
//! There are two ways to combine layer and routes. `EXAMPLE_WARP_FIRST=1` selects the second:
//!
//! | | the layer first | Warp first |
//! |---|---|---|
//! | who decides | access rules, before Warp sees the request | filters of the routes |
//! | who renders rejections | the layer | `recover` |
//! | `GET /api/me` without a token | 401 | 401 |
//! | `GET /api/nothing` without a token | 401 | 404 |
//! | `POST /api/me` without a token | 401 | 405 |
//! | any route with an invalid token | 401, or 200 on public paths | 401 |
//! | a route without a rule or filter | rejected | public |
//!
//! | route | for |
//! |---|---|
//! | `GET /api/me`, `GET /api/events` | every authenticated caller |
//! | `GET /api/admin` | the group `admin` |
//! | `GET /api/reports` | the scope `reports:read` |
//! | `GET /api/teams/{name}` | the group `name` |
//! | `GET /health` | everyone; 503 until the signing keys are loaded |
//!
//! | file | what it shows |
//! |---|---|
//! | `main.rs` | from settings to a running server |
//! | `layer_first.rs`, `warp_first.rs` | the two ways to combine layer and routes |
//! | `handlers.rs`, `events.rs` | the handlers; a stream that ends when the token expires |
//! | `filters.rs` | filters that extract the caller |
//! | `refused.rs` | authentication errors as Warp rejections, and `recover` |
//!
//! Warp's own server accepts filters but no layers. hyper accepts both:
//! `examples/scaffold/src/serve.rs` has the loop. The page `docs/warp-and-hyper.md` explains this
//! example.

use std::process::ExitCode;

use scaffold::{Failure, Program, Settings, StopRequest, demo, serve};

const PROGRAM: Program = Program::new("warp-example");

fn main() -> ExitCode {
    scaffold::run(PROGRAM, run)
}

async fn run(settings: Settings) -> Result<(), Failure> {
    let stop = StopRequest::listen()?;
    let listeners = settings.bind().await?;

    // Without the built-in test issuer, this is `Okta::from_env()?.start_lazy()?`.
    let (okta, test_issuer) = scaffold::start(&settings, None, |okta| okta).await?;

    let mut greeting = settings.greeting(listeners.url(), test_issuer.as_ref(), None);
    if let Some(issuer) = &test_issuer {
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
