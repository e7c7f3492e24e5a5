//! The builder made from the environment or a file.

use std::{env, ffi::OsString, time::Duration};

use super::builder::OktaBuilder;
use crate::{
    base::secret::Secret,
    config::{
        ConfigError, ConfigErrorKind as Kind, Settings,
        env::read,
        issuer::REQUIRED,
        setting::Setting,
        variables::{
            AUDIENCE, CLIENT_ID, CLIENT_PROXY_HOST, CLIENT_PROXY_PASSWORD, CLIENT_PROXY_PORT,
            CLIENT_PROXY_USERNAME, CLIENT_SECRET, CONNECT_TIMEOUT, DISABLE_HTTPS_CHECK,
            FETCH_TIMEOUT, Found, GROUPS_CLAIM, ISSUER, ISSUER_ADDRESS, PROXY_HOST, PROXY_PASSWORD,
            PROXY_PORT, PROXY_USERNAME,
        },
    },
};

impl OktaBuilder {
    /// Reads the environment variables that [`config`](crate::config) describes. Load a `.env` file
    /// before.
    ///
    /// # Errors
    /// [`Missing`](Kind::Missing) without an issuer; [`Contradiction`](Kind::Contradiction) if two
    /// spellings of a variable disagree; [`Invalid`](Kind::Invalid) if a value is not text, or not
    /// the number or flag that it must be.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::from_variables(|name| env::var_os(name))
    }

    /// Reads the same variables from another source, for tests or a configuration service.
    ///
    /// ```
    /// use okta_tower::OktaBuilder;
    ///
    /// let set = |name: &str| match name {
    ///     "OKTA_OAUTH2_ISSUER" => Some("https://dev-1234.okta.com/oauth2/default".into()),
    ///     _ => None,
    /// };
    /// assert!(OktaBuilder::from_variables(set).is_ok_and(|builder| builder.check().is_ok()));
    /// assert!(OktaBuilder::from_variables(|_| None).is_err());
    /// ```
    ///
    /// # Errors
    /// As for [`from_env`](Self::from_env).
    pub fn from_variables(lookup: impl Fn(&str) -> Option<OsString>) -> Result<Self, ConfigError> {
        let builder = Self::empty().with(read(lookup)?)?;
        builder.with_issuer_required("OKTA_OAUTH2_ISSUER")
    }

    /// Takes the settings that are part of the application's own config file. Nothing else is read.
    ///
    /// # Errors
    /// As for [`from_env`](Self::from_env).
    pub fn from_settings(settings: Settings) -> Result<Self, ConfigError> {
        let builder = Self::empty().with(settings.0)?;
        builder.with_issuer_required("OKTA_OAUTH2_ISSUER")
    }

    pub(super) fn with_issuer_required(self, name: &'static str) -> Result<Self, ConfigError> {
        match self.issuer {
            Some(_) => Ok(self),
            None => Err(ConfigError::new(Kind::Missing, name, REQUIRED)),
        }
    }

    /// Adds what one reader found.
    pub(super) fn with(mut self, found: Found) -> Result<Self, ConfigError> {
        fn lay<T>(place: &mut Option<Setting<T>>, found: Option<Setting<T>>) {
            *place = Setting::higher(place.take(), found);
        }
        let audiences = found
            .get(&AUDIENCE)
            .map(|setting| setting.map(|name| vec![name]));
        let secret = found
            .get(&CLIENT_SECRET)
            .map(|setting| setting.map(Secret::new));
        lay(&mut self.issuer, found.get(&ISSUER));
        lay(&mut self.audiences, audiences);
        lay(&mut self.groups_claim, found.get(&GROUPS_CLAIM));
        lay(&mut self.client_id, found.get(&CLIENT_ID));
        lay(&mut self.client_secret, secret);
        lay(&mut self.issuer_address, found.get(&ISSUER_ADDRESS));
        lay(&mut self.proxy, proxy(&found));
        lay(
            &mut self.connect_timeout,
            seconds(found.get(&CONNECT_TIMEOUT))?,
        );
        lay(&mut self.fetch_timeout, seconds(found.get(&FETCH_TIMEOUT))?);
        lay(
            &mut self.allows_http_on_loopback,
            flag(found.get(&DISABLE_HTTPS_CHECK))?,
        );
        self.found.extend(found);
        Ok(self)
    }
}

/// Parses whole seconds. 0 stands for the default.
fn seconds(found: Option<Setting<String>>) -> Result<Option<Setting<Duration>>, ConfigError> {
    let Some(found) = found else {
        return Ok(None);
    };
    let problem = "must be a whole number of seconds";
    let seconds = found
        .value
        .parse()
        .map_err(|_| found.shown(Kind::Invalid, problem))?;
    Ok((seconds > 0).then(|| found.map(|_| Duration::from_secs(seconds))))
}

fn flag(found: Option<Setting<String>>) -> Result<Option<Setting<bool>>, ConfigError> {
    let Some(found) = found else {
        return Ok(None);
    };
    let flag = match found.value.to_ascii_lowercase().as_str() {
        "true" | "1" => true,
        "false" | "0" => false,
        _ => return Err(found.shown(Kind::Invalid, "must be true or false")),
    };
    Ok(Some(found.map(|_| flag)))
}

/// Joins the parts of the proxy that one reader found, those of `OKTA_OAUTH2_…` first.
fn proxy(found: &Found) -> Option<Setting<Secret>> {
    let oauth2 = [&PROXY_HOST, &PROXY_PORT, &PROXY_USERNAME, &PROXY_PASSWORD];
    let client = [
        &CLIENT_PROXY_HOST,
        &CLIENT_PROXY_PORT,
        &CLIENT_PROXY_USERNAME,
        &CLIENT_PROXY_PASSWORD,
    ];
    [oauth2, client]
        .into_iter()
        .find_map(|[host, port, user, password]| {
            let part = |row| found.get(row).map(|setting| setting.value);
            let (port, user, password) = (part(port), part(user), part(password));
            Some(
                found
                    .get(host)?
                    .map(|host| proxy_url(&host, port, user, password)),
            )
        })
}

/// Joins the parts of a proxy to one URL, and encodes user and password.
fn proxy_url(
    host: &str,
    port: Option<String>,
    user: Option<String>,
    password: Option<String>,
) -> Secret {
    let encode = |text: &str| {
        percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
    };
    let password = password.map_or_else(String::new, |text| format!(":{}", encode(&text)));
    let user = user.map_or_else(String::new, |text| format!("{}{password}@", encode(&text)));
    let port = port.map_or_else(String::new, |port| format!(":{port}"));
    Secret::new(format!("http://{user}{host}{port}"))
}

#[cfg(test)]
mod tests;
