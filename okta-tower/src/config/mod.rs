//! Settings: where they come from and how they are checked.
//!
//! The [configuration reference] lists each variable, setter, default and range. A later source
//! wins: `~/.okta/okta.yaml`, the project's `okta.yaml`, the environment, the calls on the builder.
//! An empty variable counts as not set. Two spellings of one variable that disagree are an error.
//!
//! The builder checks all settings when it is started. Every mistake is a [`ConfigError`] that
//! names the setting and the remedy.
//!
//! [configuration reference]: https://github.com/okta-tower/okta-tower/blob/main/docs/configuration.md

#[cfg(any(feature = "api", feature = "sign-in"))]
pub(crate) mod checks;
#[cfg(feature = "sign-in")]
pub(crate) mod client_secrets;
pub(crate) mod env;
pub(crate) mod error;
#[cfg(any(feature = "sign-in", feature = "yaml"))]
pub(crate) mod file;
pub(crate) mod issuer;
pub(crate) mod setting;
mod settings;
pub(crate) mod variables;
#[cfg(feature = "yaml")]
pub(crate) mod yaml;

pub(crate) use self::error::ConfigError;
pub use self::{error::ConfigErrorKind, settings::Settings};
