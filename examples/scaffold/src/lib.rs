//! What every example needs and no example wants to show.
//!
//! ```no_run
//! use scaffold::{Failure, Program, Settings, demo};
//!
//! const PROGRAM: Program = Program::new("ledger");
//!
//! fn main() -> std::process::ExitCode {
//!     scaffold::run(PROGRAM, serve)
//! }
//!
//! async fn serve(settings: Settings) -> Result<(), Failure> {
//!     let listeners = settings.bind().await?;
//!     let (okta, stand_in) = scaffold::start(&settings, None, |okta| okta.groups_claim("groups")).await?;
//!     let mut greeting = settings.greeting(listeners.url(), stand_in.as_ref(), None);
//!     if let Some(issuer) = &stand_in {
//!         let token = demo::admin(issuer).sign();
//!         greeting = greeting
//!             .attempts("curl", "without a token it is 401")
//!             .attempt(200, "admin: any valid token may", &listeners.curl("/me", &token));
//!     }
//!     greeting.print();
//!     // … okta.layer() around a service, served on `listeners.incoming()`
//! #   let _ = okta;
//!     Ok(())
//! }
//! ```
//!
//! | file | what it does |
//! |---|---|
//! | `program.rs` | what an example is called; from `main` to a runtime |
//! | `env_file.rs`, `client_secrets.rs`, `variables.rs` | the environment, with a file `.env`, that of Flask-OIDC, and the names that Okta's guides use |
//! | `settings.rs`, `error.rs` | where to listen, and whose tokens to take |
//! | `start.rs` | from settings to a running `Okta`, with a stand-in for the issuer where none is configured |
//! | `redirect.rs` | where Okta sends browsers back to |
//! | `listen.rs`, `incoming.rs`, `stop.rs` | addresses, connections, and the end |
//! | `page/` | with the feature `page`: the template and the style of the examples' pages |
//! | `world.rs`, `started.rs`, `browser.rs` | for tests, with the feature `world`: a clock, an issuer and an `Okta`; an example as a process; its browser |
//! | `demo.rs`, `greeting.rs` | tokens to try, and what is printed at the start |

#[cfg(feature = "world")]
pub mod browser;
mod client_secrets;
pub mod demo;
mod env_file;
mod error;
mod greeting;
mod incoming;
mod listen;
#[cfg(feature = "page")]
pub mod page;
mod program;
mod redirect;
mod settings;
mod start;
#[cfg(feature = "world")]
mod started;
mod stop;
mod variables;
#[cfg(feature = "world")]
pub mod world;

#[cfg(feature = "world")]
pub use crate::started::{Attempt, Started};
pub use crate::{
    error::SettingsError,
    greeting::{Greeting, shell_word},
    incoming::Incoming,
    listen::{Address, GRACE, ListenError, Listeners},
    program::{Failure, Program, run, run_with},
    redirect::local_address,
    settings::{IssuerChoice, Settings},
    start::{CLIENT_ID, CLIENT_SECRET, client, start},
    stop::{Asked, StopRequest},
    variables::Variables,
};
