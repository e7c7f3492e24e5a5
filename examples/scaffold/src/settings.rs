//! The address to listen on and the issuer, read from variables that the caller passes in.

use std::net::SocketAddr;

use okta_tower::{ConfigError, OktaBuilder};
use okta_tower_test::Issuer;

use crate::{
    Failure, Greeting, Listeners, Program, SettingsError, Variables, listen::Address, redirect,
};

pub(crate) const ISSUER: &str = "OKTA_OAUTH2_ISSUER";
const CLIENT_ID: [&str; 2] = ["OKTA_OAUTH2_CLIENT_ID", "OKTA_OAUTH2_CLIENTID"];
const REDIRECT_URI: [&str; 2] = ["OKTA_OAUTH2_REDIRECT_URI", "OKTA_OAUTH2_REDIRECTURI"];

/// The default lifetime of the built-in issuer's access tokens in seconds, which is Okta's default.
const DEFAULT_LIFETIME: u32 = 3600;
/// The longest lifetime, in seconds, that Okta allows.
const LONGEST_LIFETIME: u32 = 86_400;

/// The settings of an example.
#[derive(Clone, Debug)]
pub struct Settings {
    program: Program,
    address: String,
    issuer: IssuerChoice,
    variables: Variables,
}

/// The issuer whose tokens the example accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "an example handles each choice")]
pub enum IssuerChoice {
    /// The issuer inside this process.
    BuiltIn {
        /// The lifetime of its access tokens in seconds.
        token_lifetime: u32,
    },
    /// The issuer that the environment names.
    Configured(String),
}

impl Settings {
    /// Reads the settings from variables.
    ///
    /// # Errors
    /// If a value is invalid, or if there are settings for Okta but no issuer.
    pub fn read(program: Program, variables: &Variables) -> Result<Self, SettingsError> {
        let lifetime_variable = program.lifetime_variable;
        let token_lifetime = variables.get(lifetime_variable);
        let issuer = match variables.get(ISSUER) {
            Some(_) if token_lifetime.is_some() => {
                return Err(SettingsError::OnlyForTestIssuer(lifetime_variable));
            }
            Some(issuer) => IssuerChoice::Configured(issuer.to_owned()),
            None => {
                let others = variables.names().filter(|name| is_about_an_issuer(name));
                let others: Vec<_> = others.map(str::to_owned).collect();
                if !others.is_empty() {
                    return Err(SettingsError::HalfConfigured(others));
                }
                let read = |text| lifetime(lifetime_variable, text);
                IssuerChoice::BuiltIn {
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

    /// Returns the issuer whose tokens the example accepts.
    #[must_use]
    pub fn issuer(&self) -> &IssuerChoice {
        &self.issuer
    }

    /// Returns the variables under the names that Okta's libraries use.
    #[must_use]
    pub fn variables(&self) -> &Variables {
        &self.variables
    }

    /// Returns whether users can sign in: always with the built-in issuer, else if there is a
    /// client.
    #[must_use]
    pub fn has_client(&self) -> bool {
        let is_built_in = matches!(self.issuer, IssuerChoice::BuiltIn { .. });
        is_built_in || self.variables.first_of(&CLIENT_ID).is_some()
    }

    /// Returns the redirect URI: the configured one, or else this path on `localhost`.
    #[must_use]
    pub fn redirect_uri(&self, path: &str, port: u16) -> String {
        let configured = self.variables.first_of(&REDIRECT_URI);
        configured.map_or_else(|| format!("{}{path}", self.public_url(port)), str::to_owned)
    }

    /// Returns the URL that browsers use: the origin of the redirect URI, or the value of the URL
    /// variable.
    #[must_use]
    pub fn public_url(&self, port: u16) -> String {
        let uri = self.variables.first_of(&REDIRECT_URI);
        let url = uri.or_else(|| self.variables.get(self.program.url_variable?));
        match url {
            Some(url) => redirect::origin(url).to_owned(),
            None => redirect::local_url(port),
        }
    }

    /// Returns a builder with everything that is set for Okta: issuer, audience, client and the
    /// rest.
    ///
    /// # Errors
    /// If a variable is invalid or contradicts another, or the issuer is missing.
    pub fn okta(&self) -> Result<OktaBuilder, ConfigError> {
        OktaBuilder::from_variables(|name| self.variables.get(name).map(Into::into))
    }

    /// Listens on the configured address.
    ///
    /// # Errors
    /// If the address is invalid or taken. With the built-in test issuer, if other machines could
    /// reach the address.
    pub async fn bind(&self) -> Result<Listeners, Failure> {
        self.bind_at(self.program, &self.address).await
    }

    /// Listens on another address, which a variable of `program` sets.
    ///
    /// # Errors
    /// Under the conditions of [`bind`](Self::bind).
    pub async fn bind_at(&self, program: Program, address: &str) -> Result<Listeners, Failure> {
        let resolved = Address::resolve(program, address).await?;
        self.allow(program, address, resolved.sockets())?;
        Ok(resolved.bind().await?)
    }

    /// Starts the text printed at the start. With sign-in, `browser` is the URL to open.
    pub fn greeting(
        &self,
        url: &str,
        test_issuer: Option<&Issuer>,
        browser: Option<&str>,
    ) -> Greeting {
        let issuer = match &self.issuer {
            IssuerChoice::Configured(issuer) => issuer,
            IssuerChoice::BuiltIn { .. } => test_issuer.map_or("no issuer", Issuer::url),
        };
        Greeting::new(url, issuer, test_issuer.is_some(), browser)
    }

    /// Checks the addresses: the built-in test issuer only serves this machine.
    fn allow(
        &self,
        program: Program,
        text: &str,
        addresses: &[SocketAddr],
    ) -> Result<(), SettingsError> {
        let is_built_in = matches!(self.issuer, IssuerChoice::BuiltIn { .. });
        let is_local = addresses.iter().all(|address| address.ip().is_loopback());
        if is_built_in && !is_local {
            let address = text.to_owned();
            return Err(SettingsError::TestIssuerInPublic(program, address));
        }
        Ok(())
    }
}

/// Returns whether a variable only makes sense with an issuer. `OKTA_TOWER_…` configures this
/// library and its tests.
fn is_about_an_issuer(name: &str) -> bool {
    name.starts_with("OKTA_") && !name.starts_with("OKTA_TOWER_")
}

fn lifetime(variable: &'static str, text: &str) -> Result<u32, SettingsError> {
    let seconds = text.parse().ok();
    let possible = seconds.filter(|seconds| (1..=LONGEST_LIFETIME).contains(seconds));
    possible.ok_or_else(|| {
        let expected = format!("a number of seconds from 1 to {LONGEST_LIFETIME}");
        SettingsError::Unknown(variable, text.to_owned(), expected)
    })
}

#[cfg(test)]
#[path = "settings_tests.rs"]
mod tests;
