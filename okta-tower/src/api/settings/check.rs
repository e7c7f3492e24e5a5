//! The check of everything that the management API was given.

use std::{sync::Arc, time::Duration};

use url::Url;

use super::{ManagementApi, builder::ApiAmbient};
use crate::base::secret::Secret;
use crate::{
    base::fetch::UrlPolicy,
    config::{
        ConfigError, ConfigErrorKind as Kind,
        given::Given,
        issuer::{Issuer, check_host, is_loopback, is_placeholder},
    },
    oauth::private_key::PrivateKey,
    okta::builder::OktaBuilder,
};

/// The management API, checked.
#[derive(Debug)]
pub(crate) struct ApiSettings {
    /// The org's origin: a URL whose path is `/`.
    pub(crate) org: Url,
    /// The org's origin, and nothing else.
    pub(crate) urls: UrlPolicy,
    pub(crate) access: ApiAccess,
    pub(crate) max_retries: u32,
    pub(crate) max_wait: Duration,
    pub(crate) user_ttl: Duration,
    pub(crate) max_users: usize,
}

/// How calls prove that they may be made.
#[derive(Clone, Debug)]
pub(crate) enum ApiAccess {
    /// `SSWS`.
    Token(Secret),
    /// OAuth for Okta.
    Service {
        client_id: Box<str>,
        key: Arc<PrivateKey>,
        /// Separated by spaces.
        scopes: Box<str>,
    },
}

impl OktaBuilder {
    /// Checks the settings of the management API, where it was turned on.
    pub(crate) fn checked_api(&self, issuer: &Issuer) -> Result<Option<ApiSettings>, ConfigError> {
        let Some(api) = &self.api else {
            return Ok(None);
        };
        let ambient = &self.api_ambient;
        let org = self.checked_org(api, issuer)?;
        check_ranges(api)?;
        Ok(Some(ApiSettings {
            urls: UrlPolicy::new([&org]),
            org,
            access: checked_access(api, ambient)?,
            max_retries: checked_retries(api, ambient)?,
            max_wait: api.max_wait,
            user_ttl: api.user_ttl,
            max_users: api.max_users,
        }))
    }

    fn checked_org(&self, api: &ManagementApi, issuer: &Issuer) -> Result<Url, ConfigError> {
        let own = api.org_url.clone().map(|text| Given {
            text,
            setting: "org_url",
        });
        let Some(given) = own.or_else(|| self.api_ambient.org_url.clone()) else {
            let mut origin = issuer.url().clone();
            origin.set_path("/");
            return Ok(origin);
        };
        let text = given.text.as_str();
        let error = |kind, problem: String| {
            let error = ConfigError::new(kind, given.setting, problem);
            // What stands before an `@` may be a password, and what is no address at all a token in the wrong place.
            if text.contains('@') || !text.contains('.') {
                error
            } else {
                error.showing(text)
            }
        };
        let form = "it must be the URL of the org and nothing behind it, such as https://dev-1234.okta.com";
        if is_placeholder(text) {
            let problem = "a placeholder was left in; replace it with your own Okta domain";
            return Err(error(Kind::Placeholder, problem.into()));
        }
        let url = Url::parse(text).ok();
        let Some(url) = url.filter(Url::has_host) else {
            return Err(error(Kind::NotAUrl, form.into()));
        };
        if let Some(host) = url.host() {
            check_host(&host, &url).map_err(|(kind, problem)| error(kind, problem))?;
            match url.scheme() {
                "https" => {}
                "http" if self.allows_http_on_loopback && is_loopback(&host) => {}
                _ => {
                    let problem = "it must be https: whoever is on the way would have the token (an org for tests on loopback is allowed by OKTA_TESTING_DISABLE_HTTPS_CHECK=true or .danger().allow_http_on_loopback())";
                    return Err(error(Kind::Insecure, problem.into()));
                }
            }
        }
        let is_bare = url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        if !is_bare {
            return Err(error(Kind::Invalid, form.into()));
        }
        Ok(url)
    }
}

fn checked_access(api: &ManagementApi, ambient: &ApiAmbient) -> Result<ApiAccess, ConfigError> {
    match (&api.token, &api.service) {
        (Some(token), None) => return checked_token("token", token),
        (None, Some(service)) => {
            let key = PrivateKey::checked("service", service.pem.expose(), service.kid.as_deref())?;
            return checked_service(api, ambient, "service", &service.client_id, key);
        }
        (Some(_), Some(_)) => {
            let problem = "there are a token and a service; use one of them";
            return Err(ConfigError::new(Kind::Contradiction, "token", problem));
        }
        (None, None) => {}
    }
    let mode = match &ambient.mode {
        None => None,
        Some(given) if given.text.eq_ignore_ascii_case("SSWS") => Some(true),
        Some(given) if given.text.eq_ignore_ascii_case("PrivateKey") => Some(false),
        Some(given) => {
            let problem = "it must be SSWS or PrivateKey";
            return Err(
                ConfigError::new(Kind::Invalid, given.setting, problem).showing(&given.text)
            );
        }
    };
    match (mode, &ambient.token, &ambient.private_key) {
        (Some(true), Some((token, setting)), _) | (None, Some((token, setting)), None) => {
            checked_token(setting, token)
        }
        (Some(false), _, Some((pem, setting))) | (None, None, Some((pem, setting))) => {
            let kid = ambient.private_key_id.as_ref();
            let kid = kid.map(|given| given.text.as_str());
            // One line in a file of variables, most likely.
            let pem = pem.expose().replace("\\n", "\n");
            let key = PrivateKey::checked(setting, &pem, kid)?;
            let Some(client_id) = &ambient.client_id else {
                let problem = "it is required beside the private key: the client id of the service";
                return Err(ConfigError::new(
                    Kind::Missing,
                    "OKTA_CLIENT_CLIENTID",
                    problem,
                ));
            };
            checked_service(api, ambient, client_id.setting, &client_id.text, key)
        }
        (None, Some((_, setting)), Some(_)) => {
            let problem = "there are a token and a private key; remove one, or say which with OKTA_CLIENT_AUTHORIZATIONMODE (SSWS or PrivateKey)";
            Err(ConfigError::new(Kind::Contradiction, *setting, problem))
        }
        (Some(false), _, None) => {
            let problem = "it is required: the private key of the service, as PEM";
            Err(ConfigError::new(
                Kind::Missing,
                "OKTA_CLIENT_PRIVATEKEY",
                problem,
            ))
        }
        (_, None, _) => {
            let problem = "the management API needs credentials: an API token (OKTA_CLIENT_TOKEN), or a service (OKTA_CLIENT_CLIENTID and OKTA_CLIENT_PRIVATEKEY)";
            Err(ConfigError::new(
                Kind::Missing,
                "OKTA_CLIENT_TOKEN",
                problem,
            ))
        }
    }
}

/// The value is a secret: not shown.
fn checked_token(setting: &'static str, token: &Secret) -> Result<ApiAccess, ConfigError> {
    let text = token.expose();
    if text.is_empty() {
        let problem = "it is empty; set it, or leave it out";
        return Err(ConfigError::new(Kind::Missing, setting, problem));
    }
    if is_placeholder(text) {
        let problem = "a placeholder was left in; replace it";
        return Err(ConfigError::new(Kind::Placeholder, setting, problem));
    }
    if text.len() > 4096 || !text.bytes().all(|byte| (0x21..=0x7e).contains(&byte)) {
        let problem =
            "an API token is one word of letters, digits, `-` and `_`, without SSWS in front";
        return Err(ConfigError::new(Kind::Invalid, setting, problem));
    }
    Ok(ApiAccess::Token(token.clone()))
}

fn checked_service(
    api: &ManagementApi,
    ambient: &ApiAmbient,
    setting: &'static str,
    client_id: &str,
    key: PrivateKey,
) -> Result<ApiAccess, ConfigError> {
    if client_id.trim().is_empty() {
        let problem = "the client id is empty; set it";
        return Err(ConfigError::new(Kind::Missing, setting, problem));
    }
    if is_placeholder(client_id) {
        let problem = "a placeholder was left in; replace it";
        return Err(ConfigError::new(Kind::Placeholder, setting, problem).showing(client_id));
    }
    let scopes = api.scopes.as_ref().or(ambient.scopes.as_ref());
    let scopes = match scopes {
        Some(scopes) => scopes.join(" "),
        None => "okta.users.read".to_owned(),
    };
    // RFC 6749 section 3.3.
    let is_sound = |byte: u8| matches!(byte, b' ' | 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    if scopes.trim().is_empty() || scopes.len() > 1024 || !scopes.bytes().all(is_sound) {
        let problem =
            "it must be scopes of Okta's API such as okta.users.read, over 1024 characters in none";
        return Err(ConfigError::new(Kind::Invalid, "scopes", problem));
    }
    Ok(ApiAccess::Service {
        client_id: client_id.into(),
        key: Arc::new(key),
        scopes: scopes.into(),
    })
}

fn checked_retries(api: &ManagementApi, ambient: &ApiAmbient) -> Result<u32, ConfigError> {
    const MOST: u32 = 10;
    let out_of_range = |setting, value: &str| {
        let problem = format!("it must be a whole number from 0 to {MOST}");
        Err(ConfigError::new(Kind::OutOfRange, setting, problem).showing(value))
    };
    match (api.max_retries, &ambient.max_retries) {
        (Some(retries), _) if retries > MOST => out_of_range("max_retries", &retries.to_string()),
        (Some(retries), _) => Ok(retries),
        (None, Some(given)) => match given.text.parse() {
            Ok(retries) if retries <= MOST => Ok(retries),
            _ => out_of_range(given.setting, &given.text),
        },
        (None, None) => Ok(1),
    }
}

fn check_ranges(api: &ManagementApi) -> Result<(), ConfigError> {
    const SECOND: Duration = Duration::from_secs(1);
    let time = |setting, value: Duration, from: Duration, to: Duration| {
        if (from..=to).contains(&value) {
            return Ok(());
        }
        let problem = format!("it must be from {from:?} to {to:?}");
        Err(ConfigError::new(Kind::OutOfRange, setting, problem).showing(format!("{value:?}")))
    };
    time("max_wait", api.max_wait, Duration::ZERO, SECOND * 120)?;
    time("current_user_ttl", api.user_ttl, SECOND, SECOND * 3600)?;
    if !(1..=1_000_000).contains(&api.max_users) {
        let problem = "it must be from 1 to 1,000,000";
        return Err(
            ConfigError::new(Kind::OutOfRange, "current_user_capacity", problem)
                .showing(api.max_users),
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests;
