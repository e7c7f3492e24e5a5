//! Shared set-up of the examples.
//!
//! # Configuration
//!
//! Without configuration, an example starts a **built-in test issuer** inside its own process, with
//! accounts to sign in with (`admin`, `viewer`, `nobody`) and tokens to paste. Its passwords are
//! public, so the example then only listens on loopback addresses.
//!
//! With `OKTA_OAUTH2_ISSUER`, in the environment or in a file `.env`, the example accepts the
//! tokens of that issuer instead. With `OKTA_OAUTH2_CLIENT_ID` and `OKTA_OAUTH2_CLIENT_SECRET`,
//! users sign in there. The names that Okta's guides use work too; see
//! [`Variables::with_guide_names`].
//!
//! `EXAMPLE_ADDR` sets the address to listen on, by default `localhost:3000`. If the redirect URI
//! is on this machine, its address is the default. `EXAMPLE_TOKEN_LIFETIME` sets the lifetime of
//! the built-in issuer's access tokens in seconds.
//!
//! # Example
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
//!     let (okta, test_issuer) =
//!         scaffold::start(&settings, None, |okta| okta.groups_claim("groups")).await?;
//!     let mut greeting = settings.greeting(listeners.url(), test_issuer.as_ref(), None);
//!     if let Some(issuer) = &test_issuer {
//!         let token = demo::admin(issuer).sign();
//!         greeting = greeting
//!             .attempts("curl", "without a token the response is 401")
//!             .attempt(200, "admin: any valid token may", &listeners.curl("/me", &token));
//!     }
//!     greeting.print();
//!     // … serve `listeners.incoming()` through `okta.layer()`
//! #   let _ = okta;
//!     Ok(())
//! }
//! ```
//!
//! # Files
//!
//! | file | content |
//! |---|---|
//! | `program.rs` | the name of an example, and the start of its runtime |
//! | `env_file.rs`, `client_secrets.rs`, `variables.rs` | variables and where they come from |
//! | `settings.rs`, `error.rs` | the address to listen on, and the issuer |
//! | `start.rs` | from settings to a running `Okta` |
//! | `redirect.rs` | the origin that browsers use |
//! | `listen.rs`, `incoming.rs`, `connection.rs`, `stop.rs` | addresses, connections and their limits, shutdown |
//! | `serve.rs` | feature `http`: the connections of any Tower service |
//! | `page/` | feature `page`: the template and style of the pages |
//! | `world.rs`, `started.rs`, `browser.rs`, `tools.rs` | feature `world`: fixtures for tests |
//! | `demo.rs`, `greeting.rs` | tokens to try, and the text printed at the start |

#[cfg(feature = "world")]
pub mod browser;
mod client_secrets;
mod connection;
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
#[cfg(feature = "http")]
mod serve;
mod settings;
mod start;
#[cfg(feature = "world")]
mod started;
mod stop;
#[cfg(feature = "world")]
pub mod tools;
mod variables;
#[cfg(feature = "world")]
pub mod world;

#[cfg(feature = "http")]
pub use crate::serve::serve;
#[cfg(feature = "world")]
pub use crate::started::{Attempt, Started};
pub use crate::{
    connection::Connection,
    error::SettingsError,
    greeting::{Greeting, shell_word},
    listen::{GRACE, ListenError, Listeners},
    program::{Failure, Program, run, run_with},
    redirect::local_address,
    settings::{IssuerChoice, Settings},
    start::{CLIENT_ID, CLIENT_SECRET, client, start},
    stop::{Asked, StopRequest},
    variables::Variables,
};
