//! A dashboard on the server, which shows each role something else; made to run as several instances.
//!
//! ```sh
//! cargo run -p role-dashboard
//! ```
//!
//! With nothing set it brings an issuer of its own, a development stand-in for Okta inside this process. `OKTA_OAUTH2_ISSUER`,
//! `OKTA_OAUTH2_CLIENT_ID` and `OKTA_OAUTH2_CLIENT_SECRET`, or the names that the guides use (`OKTA_DOMAIN`, `OKTA_CLIENT_ID`,
//! `OKTA_CLIENT_SECRET`), in the environment or in a file `.env`, name an org instead. The redirect URI to enter there is
//! `http://localhost:3000/authorization-code/callback`; the groups claim is `groups`.
//!
//! | variable | what it changes |
//! |---|---|
//! | `EXAMPLE_ADDR` | where it listens for people. Default: `localhost:3000` |
//! | `EXAMPLE_PROBES` | where it listens for probes and Prometheus: not where strangers come. Default: `localhost:9464` |
//! | `REDIS_URL` | sessions are kept there, and outlive restarts; each instance knows them. Default: sealed in the browser's cookie |
//! | `OKTA_TOWER_COOKIE_KEYS` | the keys that seal cookies: the same for each instance. Default: random ones, for one process |
//! | `EXAMPLE_AUDIT=true` | the group `admin` has a page with what came of sign-ins, with verified user ids and nothing else of people |
//!
//! | try | and see |
//! |---|---|
//! | `http://localhost:3000/dashboard` in a browser | sign in as `admin`, `viewer` or `nobody`, each with its `-password`: three dashboards |
//! | `curl localhost:9464/health/ready` | 200: callers can be judged |
//! | `curl localhost:9464/metrics` | `okta_tower_sign_ins_total` by what came of them, and the rest |
//!
//! | file | what it shows |
//! |---|---|
//! | `main.rs` | from settings to a running application |
//! | `settings.rs` | where sessions are kept, and whether there is an audit page |
//! | `routes.rs` | who may open what |
//! | `role.rs` | from groups to a role |
//! | `dashboard.rs`, `audit.rs` | the pages |
//! | `probes.rs` | what an orchestrator asks |
//! | `deploy/` | a container image, and Kubernetes objects for it, a Redis and the secrets |

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
    let (okta, stand_in) =
        scaffold::start(general, Some(client), |okta| okta.sign_in(sign_in)).await?;

    general
        .greeting(listeners.url(), stand_in.as_ref(), Some(&url))
        .line(&format!("\nProbes and metrics are on {}", probes.url()))
        .print();

    let app = routes::app(&okta, settings.audit)?;
    let probe = probes.serve(probes::routes(okta), stop_probes);
    tokio::join!(listeners.serve(app, stop), probe);
    Ok(())
}
