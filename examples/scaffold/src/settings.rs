//! Where to listen and whose tokens to take: decided from the environment's variables, which are passed in.

use std::net::SocketAddr;

use okta_tower::{ConfigError, OktaBuilder};
use okta_tower_test::Issuer;

use crate::{Address, Failure, Greeting, Listeners, Program, SettingsError, Variables, redirect};

pub(crate) const ISSUER: &str = "OKTA_OAUTH2_ISSUER";
const CLIENT_ID: [&str; 2] = ["OKTA_OAUTH2_CLIENT_ID", "OKTA_OAUTH2_CLIENTID"];
const REDIRECT_URI: [&str; 2] = ["OKTA_OAUTH2_REDIRECT_URI", "OKTA_OAUTH2_REDIRECTURI"];

/// How long the stand-in's access tokens are good, in seconds: as long as Okta's own are by default.
const DEFAULT_LIFETIME: u32 = 3600;
/// As long as Okta's can be at the most.
const LONGEST_LIFETIME: u32 = 86_400;

/// What the environment asks for.
#[derive(Clone, Debug)]
pub struct Settings {
    program: Program,
    address: String,
    issuer: IssuerChoice,
    variables: Variables,
}

/// Whose tokens to take.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(
    clippy::exhaustive_enums,
    reason = "an example is to say what it does with each"
)]
pub enum IssuerChoice {
    /// Those of an issuer that lives in this process.
    StandIn {
        /// How long its access tokens are good, in seconds.
        token_lifetime: u32,
    },
    /// Those of the issuer that the environment names.
    Configured(String),
}

impl Settings {
    /// Reads an environment.
    ///
    /// # Errors
    /// Where a variable has no meaning, or where something is configured for Okta and the issuer is not.
    pub fn read(program: Program, variables: &Variables) -> Result<Self, SettingsError> {
        let lifetime_variable = program.lifetime_variable;
        let token_lifetime = variables.get(lifetime_variable);
        let issuer = match variables.get(ISSUER) {
            Some(_) if token_lifetime.is_some() => {
                return Err(SettingsError::OnlyForTheStandIn(lifetime_variable));
            }
            Some(issuer) => IssuerChoice::Configured(issuer.to_owned()),
            None => {
                let others = variables.names().filter(|name| is_about_an_issuer(name));
                let others: Vec<_> = others.map(str::to_owned).collect();
                if !others.is_empty() {
                    return Err(SettingsError::HalfConfigured(others));
                }
                let read = |text| lifetime(lifetime_variable, text);
                IssuerChoice::StandIn {
                    token_lifetime: token_lifetime.map_or(Ok(DEFAULT_LIFETIME), read)?,
                }
            }
        };
        let url = variables.first_of(&REDIRECT_URI);
        let url = url.or_else(|| variables.get(program.url_variable?));
        let address = variables.get(program.address_variable);
        let address = address.or_else(|| redirect::local_address(url?));
        Ok(Self {
            program,
            address: address.unwrap_or(program.default_address).to_owned(),
            issuer,
            variables: variables.clone(),
        })
    }

    /// Whose tokens to take.
    #[must_use]
    pub fn issuer(&self) -> &IssuerChoice {
        &self.issuer
    }

    /// What is set, under the names of Okta's libraries.
    #[must_use]
    pub fn variables(&self) -> &Variables {
        &self.variables
    }

    /// Whether people can sign in: at the stand-in, and where there is a client.
    #[must_use]
    pub fn has_client(&self) -> bool {
        let is_stand_in = matches!(self.issuer, IssuerChoice::StandIn { .. });
        is_stand_in || self.variables.first_of(&CLIENT_ID).is_some()
    }

    /// Where Okta sends browsers back to: as the environment says, or else this path on `localhost`.
    #[must_use]
    pub fn redirect_uri(&self, path: &str, port: u16) -> String {
        let configured = self.variables.first_of(&REDIRECT_URI);
        configured.map_or_else(|| format!("{}{path}", self.public_url(port)), str::to_owned)
    }

    /// Where a browser finds this application: the origin of the redirect URI, or as its own variable says.
    #[must_use]
    pub fn public_url(&self, port: u16) -> String {
        let uri = self.variables.first_of(&REDIRECT_URI);
        let url = uri.or_else(|| self.variables.get(self.program.url_variable?));
        match url {
            Some(url) => redirect::origin(url).to_owned(),
            None => redirect::local_url(port),
        }
    }

    /// Everything that is set for Okta: issuer, audience, client and the rest.
    ///
    /// # Errors
    /// Where a variable cannot be read or contradicts another, or the issuer is missing.
    pub fn okta(&self) -> Result<OktaBuilder, ConfigError> {
        OktaBuilder::from_variables(|name| self.variables.get(name).map(Into::into))
    }

    /// Listens where the settings say, if this may be listened on.
    ///
    /// # Errors
    /// Where the address is none, or taken; with the stand-in, where others could reach it.
    pub async fn bind(&self) -> Result<Listeners, Failure> {
        let address = Address::resolve(self.program, &self.address).await?;
        self.allow(address.sockets())?;
        Ok(address.bind().await?)
    }

    /// What to print at the start. With sign-in, `browser` is where people open it.
    pub fn greeting(
        &self,
        url: &str,
        stand_in: Option<&Issuer>,
        browser: Option<&str>,
    ) -> Greeting {
        let issuer = match &self.issuer {
            IssuerChoice::Configured(issuer) => issuer,
            IssuerChoice::StandIn { .. } => stand_in.map_or("nobody", Issuer::url),
        };
        Greeting::new(url, issuer, stand_in.is_some(), browser)
    }

    /// Whether to listen there: the stand-in is for this machine alone.
    fn allow(&self, addresses: &[SocketAddr]) -> Result<(), SettingsError> {
        let is_stand_in = matches!(self.issuer, IssuerChoice::StandIn { .. });
        let is_local = addresses.iter().all(|address| address.ip().is_loopback());
        if is_stand_in && !is_local {
            let address = self.address.clone();
            return Err(SettingsError::StandInInPublic(self.program, address));
        }
        Ok(())
    }
}

/// Whether a variable only makes sense with an issuer. `OKTA_TOWER_…` is about this library and its tests.
fn is_about_an_issuer(name: &str) -> bool {
    name.starts_with("OKTA_") && !name.starts_with("OKTA_TOWER_")
}

fn lifetime(variable: &'static str, text: &str) -> Result<u32, SettingsError> {
    let seconds = text.parse().ok();
    let possible = seconds.filter(|seconds| (1..=LONGEST_LIFETIME).contains(seconds));
    possible.ok_or_else(|| {
        let expected = format!("a number of seconds, from 1 to {LONGEST_LIFETIME}");
        SettingsError::Unknown(variable, text.to_owned(), expected)
    })
}

#[cfg(test)]
#[path = "settings_tests.rs"]
mod tests;
