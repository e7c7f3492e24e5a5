//! A server-rendered dashboard with a page for each role, built to run as several instances.
//!
//! ```sh
//! cargo run -p role-dashboard
//! ```
//!
//! Without configuration it uses the built-in test issuer; the crate `scaffold` describes its
//! settings. At Okta, enter the redirect URI `http://localhost:3000/authorization-code/callback`,
//! and add a groups claim named `groups`.
//!
//! | variable | effect |
//! |---|---|
//! | `EXAMPLE_ADDR` | the address for browsers. Default: `localhost:3000` |
//! | `EXAMPLE_PROBES` | the address for probes and Prometheus; keep it private. Default: `localhost:9464` |
//! | `REDIS_URL` | Redis keeps the sessions for all instances, across restarts. Default: sealed cookies |
//! | `REDIS_ROOT_CERTIFICATE` | the file with the certificate (PEM) that a `rediss://` server must have. Default: the machine's certificates |
//! | `OKTA_TOWER_COOKIE_KEYS` | the keys that seal cookies, the same for each instance. Default: random, for one process |
//! | `EXAMPLE_AUDIT=true` | the group `admin` gets a page with sign-in results |
//!
//! | try | result |
//! |---|---|
//! | `http://localhost:3000/dashboard` in a browser | sign in as `admin`, `viewer` or `nobody`: three dashboards |
//! | `curl localhost:9464/health/ready` | 200: callers can be verified |
//! | `curl localhost:9464/metrics` | `okta_tower_sign_ins_total` by result, and other metrics |
//!
//! | file | what it shows |
//! |---|---|
//! | `main.rs` | from settings to a running application |
//! | `settings.rs` | the session store, the probes and the audit page |
//! | `routes.rs` | the routes, and the guard of each |
//! | `role.rs` | from groups to a role |
//! | `dashboard.rs`, `audit.rs` | the pages |
//! | `probes.rs` | probes and metrics |
//! | `deploy/` | a container image, and Kubernetes objects |

mod audit;
mod dashboard;
mod probes;
mod role;
mod routes;
mod settings;

use std::process::ExitCode;

use scaffold::{Failure, Program, StopRequest};

use crate::settings::Settings;

const PROGRAM: Program = Program::new("role-dashboard");

fn main() -> ExitCode {
    scaffold::run(PROGRAM, |general| async {
        serve(Settings::read(general)?).await
    })
}

async fn serve(settings: Settings) -> Result<(), Failure> {
    let Settings { general, .. } = &settings;
    let (stop, stop_probes) = (StopRequest::listen()?, StopRequest::listen()?);
    let listeners = general.bind().await?;
    let probes = settings.bind_probes().await?;

    let redirect_uri = general.redirect_uri("/authorization-code/callback", listeners.port());
    let url = general.public_url(listeners.port());
    let client = scaffold::client(&redirect_uri, &url);
    let sign_in = settings.sign_in(&redirect_uri)?;
    let (okta, test_issuer) =
        scaffold::start(general, Some(client), |okta| okta.sign_in(sign_in)).await?;

    general
        .greeting(listeners.url(), test_issuer.as_ref(), Some(&url))
        .line(&format!("\nProbes and metrics are on {}", probes.url()))
        .print();

    let app = routes::app(&okta, settings.audit)?;
    let probe = probes.serve(probes::routes(okta), stop_probes);
    tokio::join!(listeners.serve(app, stop), probe);
    Ok(())
}
