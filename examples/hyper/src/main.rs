//! hyper and Tower without a framework: layers, a `match` as router, HTTP/1 and HTTP/2 on one port.
//!
//! ```sh
//! cargo run -p hyper-example
//! ```
//!
//! Without configuration it uses the built-in test issuer; the crate `scaffold` describes its
//! settings.
//!
//! | route | for | otherwise |
//! |---|---|---|
//! | `GET /api/me`, `GET /api/events` | every authenticated caller | 401 |
//! | `GET /api/admin` | the group `admin` | 403 |
//! | `GET /api/reports` | the scope `reports:read` | 403 |
//! | `GET /health` | everyone; 503 until the signing keys are loaded | |
//! | unknown paths | below `/api/`: 401, or 404 with a token; elsewhere: 404 | |
//!
//! | file | what it shows |
//! |---|---|
//! | `main.rs` | from settings to a running server |
//! | `app.rs` | the layers in their order, the rules, the routes |
//! | `events.rs` | a stream that ends when the token expires |
//!
//! `examples/scaffold/src/serve.rs` has the loop over connections, for any Tower service.
//!
//! The page `docs/warp-and-hyper.md` explains this example.

use std::process::ExitCode;

use hyper_example::app;
use scaffold::{Failure, Program, Settings, StopRequest, demo, serve};

const PROGRAM: Program = Program::new("hyper-example");

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

    let app = app(&okta)?;
    let connections = listeners.incoming();
    stop.serve(|asked| serve(app, connections, asked)).await
}
