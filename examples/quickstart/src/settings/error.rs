//! What can be wrong with settings, and what to do about it.

use std::{error::Error, fmt};

use super::{ADDRESS, CLIENT_ID, DEFAULT_ADDRESS, ISSUER};

/// Settings that contradict each other, or cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum SettingsError {
    /// Settings for an issuer that is not named. Their names; the values may be secrets.
    HalfConfigured(Vec<String>),
    /// The stand-in, on an address that others can reach.
    StandInInPublic(String),
    /// A variable that means nothing without sign-in, and nobody can sign in.
    NobodySignsIn(&'static str),
    /// A variable that means nothing to an issuer that is not ours.
    OnlyForTheStandIn(&'static str),
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
            Self::StandInInPublic(address) => write!(
                f,
                "{ADDRESS}={address} can be reached from other machines, and the development stand-in is no identity \
                 provider: it stays on this one. Set {ISSUER} to your own issuer, or choose a loopback address such as \
                 {DEFAULT_ADDRESS}"
            ),
            Self::NobodySignsIn(name) => write!(
                f,
                "{name} is set, but nobody can sign in: {client_id} is not set. Set it (and its secret, \
                 OKTA_OAUTH2_CLIENT_SECRET) to that of your web application at Okta, or leave {name} out to take \
                 tokens alone",
                client_id = CLIENT_ID[0]
            ),
            Self::OnlyForTheStandIn(name) => write!(
                f,
                "{name} is set, and so is {ISSUER}: how long its tokens are good is for that issuer to say. Leave one \
                 of them out"
            ),
            Self::Unknown(name, value, expected) => {
                write!(f, "{name}={value} means nothing: it is {expected}")
            }
            Self::EnvFile(path, reason) => write!(f, "the file {path} cannot be used: {reason}"),
        }
    }
}

impl Error for SettingsError {}
