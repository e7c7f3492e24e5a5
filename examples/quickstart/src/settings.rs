//! Which address and which issuer: decided from the environment's variables, which are passed in.

use std::{error::Error, ffi::OsString, fmt, fs, io, net::SocketAddr};

const ADDRESS: &str = "QUICKSTART_ADDR";
const DEFAULT_ADDRESS: &str = "127.0.0.1:3000";
const ISSUER: &str = "OKTA_OAUTH2_ISSUER";

/// What the environment asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    /// `host:port`, as `QUICKSTART_ADDR` has it.
    pub(crate) address: String,
    pub(crate) issuer: IssuerChoice,
}

/// Whose tokens to take.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum IssuerChoice {
    /// Those of an issuer that lives in this process.
    StandIn,
    /// Those of the issuer that the environment names. `Okta::from_env` reads it and all that goes with it.
    Configured(String),
}

impl Settings {
    /// Reads the variables of an environment. An empty one counts as not set.
    pub(crate) fn read(
        variables: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, SettingsError> {
        let mut address = DEFAULT_ADDRESS.to_owned();
        let mut issuer = None;
        let mut others = Vec::new();
        for (name, value) in variables {
            // What is not Unicode fails as an address or as an issuer, with its value in the message.
            let (name, value) = (name.to_string_lossy(), value.to_string_lossy());
            if value.trim().is_empty() {
                continue;
            }
            match &*name {
                ADDRESS => address = value.trim().to_owned(),
                ISSUER => issuer = Some(value.trim().to_owned()),
                _ if is_about_an_issuer(&name) => others.push(name.into_owned()),
                _ => {}
            }
        }
        others.sort_unstable();
        let issuer = match issuer {
            Some(issuer) => IssuerChoice::Configured(issuer),
            None if others.is_empty() => IssuerChoice::StandIn,
            None => return Err(SettingsError::HalfConfigured(others)),
        };
        Ok(Self { address, issuer })
    }

    /// Whether to listen there: the stand-in is for this machine alone.
    pub(crate) fn allow(&self, addresses: &[SocketAddr]) -> Result<(), SettingsError> {
        let is_local = addresses.iter().all(|address| address.ip().is_loopback());
        if self.issuer == IssuerChoice::StandIn && !is_local {
            return Err(SettingsError::StandInInPublic(self.address.clone()));
        }
        Ok(())
    }
}

/// Whether a variable only makes sense with an issuer. `OKTA_TOWER_…` is about this library and its tests.
fn is_about_an_issuer(name: &str) -> bool {
    name.starts_with("OKTA_") && !name.starts_with("OKTA_TOWER_")
}

/// Adds the variables of a file to the environment, if there is such a file. What is set already stays as it is.
pub(crate) fn load_env_file(path: &str) -> Result<(), SettingsError> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(SettingsError::EnvFile(path.to_owned(), error.to_string())),
    };
    dotenvy::from_read(text.as_bytes()).map_err(|error| {
        let reason = match error {
            // The line itself may hold a secret: its number must do.
            dotenvy::Error::LineParse(line, _) => match number_of(&line, &text) {
                Some(number) => format!("line {number} is not of the form NAME=value"),
                None => "a line is not of the form NAME=value".to_owned(),
            },
            _ => "it cannot be read".to_owned(),
        };
        SettingsError::EnvFile(path.to_owned(), reason)
    })
}

fn number_of(line: &str, text: &str) -> Option<usize> {
    let first = line.lines().next()?.trim();
    let index = text
        .lines()
        .position(|candidate| candidate.trim() == first)?;
    Some(index + 1)
}

/// Settings that contradict each other, or cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum SettingsError {
    /// Settings for an issuer that is not named. Their names; the values may be secrets.
    HalfConfigured(Vec<String>),
    /// The stand-in, on an address that others can reach.
    StandInInPublic(String),
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
            Self::EnvFile(path, reason) => write!(f, "the file {path} cannot be used: {reason}"),
        }
    }
}

impl Error for SettingsError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        Settings::read(
            variables
                .iter()
                .map(|(name, value)| (name.into(), value.into())),
        )
    }

    #[test]
    fn the_issuer_is_the_stand_in_only_where_nothing_speaks_of_another() {
        let half = |names: &[&str]| {
            let names = names.iter().map(ToString::to_string).collect();
            Err(SettingsError::HalfConfigured(names))
        };
        const URL: &str = "https://dev-1234.okta.com/oauth2/default";
        let configured = || Ok(IssuerChoice::Configured(URL.to_owned()));
        type Variables = &'static [(&'static str, &'static str)];
        let table: [(Variables, Result<IssuerChoice, SettingsError>); 10] = [
            (&[], Ok(IssuerChoice::StandIn)),
            (
                &[("PATH", "/bin"), ("OKTAGON", "8"), ("MY_OKTA_KEY", "k")],
                Ok(IssuerChoice::StandIn),
            ),
            (
                &[("OKTA_TOWER_VECTORS", "vectors")],
                Ok(IssuerChoice::StandIn),
            ),
            (
                &[(ISSUER, ""), ("OKTA_OAUTH2_AUDIENCE", " ")],
                Ok(IssuerChoice::StandIn),
            ),
            (&[(ISSUER, URL)], configured()),
            (
                &[(ISSUER, URL), ("OKTA_OAUTH2_AUDIENCE", "api://ledger")],
                configured(),
            ),
            (
                &[("OKTA_OAUTH2_CLIENT_ID", "0oa"), (ISSUER, URL)],
                configured(),
            ),
            (
                &[("OKTA_OAUTH2_AUDIENCE", "api://ledger")],
                half(&["OKTA_OAUTH2_AUDIENCE"]),
            ),
            (
                &[(ISSUER, ""), ("OKTA_CLIENT_TOKEN", "t")],
                half(&["OKTA_CLIENT_TOKEN"]),
            ),
            (
                &[
                    ("OKTA_TESTING_DISABLE_HTTPS_CHECK", "true"),
                    ("OKTA_DOMAIN", "d"),
                ],
                half(&["OKTA_DOMAIN", "OKTA_TESTING_DISABLE_HTTPS_CHECK"]),
            ),
        ];
        for (variables, expected) in table {
            let chosen = read(variables).map(|settings| settings.issuer);
            assert_eq!(chosen, expected, "{variables:?}");
        }
    }

    #[test]
    fn the_address_is_that_of_the_environment_or_port_3000_of_this_machine() {
        for (variables, address) in [
            (&[][..], "127.0.0.1:3000"),
            (&[(ADDRESS, "")], "127.0.0.1:3000"),
            (&[(ADDRESS, "localhost:8080")], "localhost:8080"),
            (&[(ADDRESS, " [::1]:0 ")], "[::1]:0"),
        ] {
            assert_eq!(read(variables).unwrap().address, address, "{variables:?}");
        }
    }

    #[test]
    fn the_stand_in_stays_on_loopback_and_a_real_issuer_need_not() {
        let public: &[SocketAddr] = &["0.0.0.0:3000".parse().unwrap()];
        let local: &[SocketAddr] = &[
            "127.0.0.1:3000".parse().unwrap(),
            "[::1]:3000".parse().unwrap(),
        ];
        let mixed: &[SocketAddr] = &[local[0], "10.0.0.7:3000".parse().unwrap()];

        let stand_in = read(&[]).unwrap();
        assert_eq!(stand_in.allow(local), Ok(()));
        for addresses in [public, mixed] {
            let refusal = stand_in.allow(addresses).unwrap_err().to_string();
            assert!(
                refusal.contains("stand-in") && refusal.contains(ISSUER),
                "{refusal}"
            );
        }
        let configured = read(&[(ISSUER, "https://dev-1234.okta.com/oauth2/default")]).unwrap();
        assert_eq!(configured.allow(public), Ok(()));
    }

    #[test]
    fn a_refusal_names_the_variables_and_never_their_values() {
        let refused = read(&[
            ("OKTA_CLIENT_TOKEN", "s3cret"),
            ("OKTA_DOMAIN", "d.example"),
        ]);
        let message = refused.unwrap_err().to_string();
        assert!(
            message.starts_with("OKTA_CLIENT_TOKEN, OKTA_DOMAIN are set"),
            "{message}"
        );
        assert!(
            !message.contains("s3cret") && !message.contains("d.example"),
            "{message}"
        );
    }
}
