//! What can be wrong with settings, and what to do about it.

use std::{error::Error, fmt};

use crate::{Program, settings::ISSUER};

/// Settings that contradict each other, or cannot be read.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SettingsError {
    /// Settings for an issuer that is not named. Their names; the values may be secrets.
    HalfConfigured(Vec<String>),
    /// The stand-in, on an address that others can reach.
    StandInInPublic(Program, String),
    /// A variable that means nothing to an issuer that is not ours.
    OnlyForTheStandIn(&'static str),
    /// Two names of one setting, with different values.
    Disagree(&'static str, &'static str),
    /// A variable, its value, and what it can be.
    Unknown(&'static str, String, String),
    /// The file, and what is wrong with it.
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
                    "{names} {verb} set, but {ISSUER} is not. What looks configured for Okta must not run on the \
                     development stand-in, which takes no settings. Set {ISSUER} too (https://{{your domain}}/oauth2/default), \
                     or try the stand-in without {names}"
                )
            }
            Self::StandInInPublic(program, address) => write!(
                f,
                "{variable}={address} can be reached from other machines, and the development stand-in is no identity \
                 provider: it stays on this one. Set {ISSUER} to your own issuer, or choose a loopback address such as \
                 {default}",
                variable = program.address_variable,
                default = program.default_address,
            ),
            Self::OnlyForTheStandIn(name) => write!(
                f,
                "{name} is set, and so is {ISSUER}: how long its tokens are good is for that issuer to say. Leave one \
                 of them out"
            ),
            Self::Disagree(name, other) => write!(
                f,
                "{name} and {other} are two names of one setting and disagree: remove one"
            ),
            Self::Unknown(name, value, expected) => {
                write!(f, "{name}={value} means nothing: it is {expected}")
            }
            Self::EnvFile(path, reason) => write!(f, "the file {path} cannot be used: {reason}"),
        }
    }
}

impl Error for SettingsError {}
