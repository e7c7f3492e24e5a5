//! Errors in settings, with their remedies.

use std::{error::Error, fmt};

use crate::{Program, settings::ISSUER};

/// Settings that contradict each other or cannot be read.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SettingsError {
    /// Settings for an issuer that is not named: their names, because the values may be secrets.
    HalfConfigured(Vec<String>),
    /// The built-in test issuer on an address that other machines can reach.
    TestIssuerInPublic(Program, String),
    /// A variable that only applies to the built-in test issuer.
    OnlyForTestIssuer(&'static str),
    /// Two names of one setting, with different values.
    Disagree(&'static str, &'static str),
    /// A variable, its invalid value, and the accepted values.
    Unknown(&'static str, String, String),
    /// A file, and why it cannot be used.
    EnvFile(String, String),
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HalfConfigured(names) => {
                let verb = if names.len() == 1 { "is" } else { "are" };
                let names = names.join(", ");
                write!(
                    f,
                    "{names} {verb} set, but {ISSUER} is not. An application with Okta settings \
                     must not run on the built-in test issuer, which ignores them. Set {ISSUER} \
                     (https://{{your domain}}/oauth2/default), or unset {names} to use the \
                     built-in test issuer"
                )
            }
            Self::TestIssuerInPublic(program, address) => write!(
                f,
                "{variable}={address} can be reached from other machines, but the built-in test \
                 issuer only serves this machine. Set {ISSUER} to your own issuer, or choose a \
                 loopback address such as {default}",
                variable = program.address_variable,
                default = program.default_address,
            ),
            Self::OnlyForTestIssuer(name) => write!(
                f,
                "{name} sets the token lifetime of the built-in test issuer, but {ISSUER} names \
                 another issuer. Unset one of them"
            ),
            Self::Disagree(name, other) => write!(
                f,
                "{name} and {other} set the same thing to different values: remove one"
            ),
            Self::Unknown(name, value, expected) => {
                write!(f, "invalid value {name}={value}; use {expected}")
            }
            Self::EnvFile(path, reason) => write!(f, "the file {path} cannot be used: {reason}"),
        }
    }
}

impl Error for SettingsError {}
