//! What to do: decided from the environment's variables, which are passed in.

mod env_file;
mod error;

use std::{collections::BTreeMap, ffi::OsString, fmt, net::SocketAddr};

pub(crate) use self::{env_file::load_env_file, error::SettingsError};

const ADDRESS: &str = "QUICKSTART_ADDR";
const DEFAULT_ADDRESS: &str = "localhost:3000";
const RESPONSE_MODE: &str = "QUICKSTART_RESPONSE_MODE";
const REDIS: &str = "QUICKSTART_REDIS";
const OPENER: &str = "QUICKSTART_OPENER";
const TOKEN_LIFETIME: &str = "QUICKSTART_TOKEN_LIFETIME";
const ISSUER: &str = "OKTA_OAUTH2_ISSUER";
const CLIENT_ID: [&str; 2] = ["OKTA_OAUTH2_CLIENT_ID", "OKTA_OAUTH2_CLIENTID"];
const REDIRECT_URI: [&str; 2] = ["OKTA_OAUTH2_REDIRECT_URI", "OKTA_OAUTH2_REDIRECTURI"];

/// How long the stand-in's access tokens are good, in seconds: as long as Okta's own are by default.
const DEFAULT_LIFETIME: u32 = 3600;
/// As long as Okta's can be at the most.
const LONGEST_LIFETIME: u32 = 86_400;

/// What the environment asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    /// `host:port`, as `QUICKSTART_ADDR` has it.
    pub(crate) address: String,
    pub(crate) issuer: IssuerChoice,
    /// How people sign in, or nothing where only tokens are taken.
    pub(crate) sign_in: Option<SignInSettings>,
}

/// Whose tokens to take.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum IssuerChoice {
    /// Those of an issuer that lives in this process, whose access tokens are good for so many seconds.
    StandIn { token_lifetime: u32 },
    /// Those of the issuer that the environment names. `Okta::from_env` reads it and all that goes with it.
    Configured(String),
}

/// How people sign in.
#[derive(Clone, PartialEq, Eq, Default)]
pub(crate) struct SignInSettings {
    /// As registered with Okta. What it is by default depends on the port.
    pub(crate) redirect_uri: Option<String>,
    /// Whether Okta hands over the code in a form that the browser posts, and not in a query.
    pub(crate) is_form_post: bool,
    /// Where sessions are kept, if not in their cookies.
    pub(crate) redis: Option<String>,
    /// The origin of a front end that signs people in with a popup.
    pub(crate) opener: Option<String>,
}

impl Settings {
    /// Reads the variables of an environment. An empty one counts as not set.
    pub(crate) fn read(
        variables: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, SettingsError> {
        // What is not Unicode fails where it is used, with its value in the message.
        let variables = variables.into_iter().map(|(name, value)| {
            let value = value.to_string_lossy().trim().to_owned();
            (name.to_string_lossy().into_owned(), value)
        });
        let set: BTreeMap<String, String> =
            variables.filter(|(_, value)| !value.is_empty()).collect();
        let get = |name: &str| set.get(name).cloned();
        let any_of = |names: [&str; 2]| names.into_iter().find_map(get);

        let issuer = match get(ISSUER) {
            Some(_) if set.contains_key(TOKEN_LIFETIME) => {
                return Err(SettingsError::OnlyForTheStandIn(TOKEN_LIFETIME));
            }
            Some(issuer) => IssuerChoice::Configured(issuer),
            None => {
                let others = set.keys().filter(|name| is_about_an_issuer(name));
                let others: Vec<_> = others.cloned().collect();
                if !others.is_empty() {
                    return Err(SettingsError::HalfConfigured(others));
                }
                IssuerChoice::StandIn {
                    token_lifetime: get(TOKEN_LIFETIME).map_or(Ok(DEFAULT_LIFETIME), lifetime)?,
                }
            }
        };
        let has_client =
            matches!(issuer, IssuerChoice::StandIn { .. }) || any_of(CLIENT_ID).is_some();
        let sign_in = if has_client {
            Some(SignInSettings {
                redirect_uri: any_of(REDIRECT_URI),
                is_form_post: get(RESPONSE_MODE).map_or(Ok(false), is_form_post)?,
                redis: get(REDIS),
                opener: get(OPENER),
            })
        } else {
            let mut of_sign_in = [RESPONSE_MODE, REDIS, OPENER].into_iter();
            match of_sign_in.find(|name| set.contains_key(*name)) {
                Some(name) => return Err(SettingsError::NobodySignsIn(name)),
                None => None,
            }
        };
        Ok(Self {
            address: get(ADDRESS).unwrap_or_else(|| DEFAULT_ADDRESS.to_owned()),
            issuer,
            sign_in,
        })
    }

    /// Whether to listen there: the stand-in is for this machine alone.
    pub(crate) fn allow(&self, addresses: &[SocketAddr]) -> Result<(), SettingsError> {
        let is_stand_in = matches!(self.issuer, IssuerChoice::StandIn { .. });
        let is_local = addresses.iter().all(|address| address.ip().is_loopback());
        if is_stand_in && !is_local {
            return Err(SettingsError::StandInInPublic(self.address.clone()));
        }
        Ok(())
    }
}

/// Prints no Redis URL: there may be a password in it.
impl fmt::Debug for SignInSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignInSettings")
            .field("redirect_uri", &self.redirect_uri)
            .field("is_form_post", &self.is_form_post)
            .field("opener", &self.opener)
            .finish_non_exhaustive()
    }
}

/// Whether a variable only makes sense with an issuer. `OKTA_TOWER_…` is about this library and its tests.
fn is_about_an_issuer(name: &str) -> bool {
    name.starts_with("OKTA_") && !name.starts_with("OKTA_TOWER_")
}

fn is_form_post(text: String) -> Result<bool, SettingsError> {
    match &*text {
        "query" => Ok(false),
        "form_post" => Ok(true),
        _ => Err(SettingsError::Unknown(
            RESPONSE_MODE,
            text,
            "query or form_post".to_owned(),
        )),
    }
}

fn lifetime(text: String) -> Result<u32, SettingsError> {
    let seconds = text.parse().ok();
    let possible = seconds.filter(|seconds| (1..=LONGEST_LIFETIME).contains(seconds));
    possible.ok_or_else(|| {
        let expected = format!("a number of seconds, from 1 to {LONGEST_LIFETIME}");
        SettingsError::Unknown(TOKEN_LIFETIME, text, expected)
    })
}

#[cfg(test)]
mod tests;
