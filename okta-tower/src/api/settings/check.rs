//! The check of everything that the management API was given.

use std::{sync::Arc, time::Duration};

use url::Url;

use super::{ManagementApi, builder::Service};
use crate::{
    base::{
        fetch::{UrlPolicy, is_loopback},
        secret::Secret,
    },
    config::{
        ConfigError, ConfigErrorKind as Kind,
        checks::{self, words},
        issuer::{Issuer, check_host},
        setting::{PLACEHOLDER, Setting, in_range, is_placeholder},
        variables::{
            API_CLIENT_ID, API_MODE, API_PRIVATE_KEY, API_PRIVATE_KEY_ID, API_SCOPES, API_TOKEN,
            Found, MAX_RETRIES, ORG_URL,
        },
    },
    oauth::private_key::PrivateKey,
};

const SECOND: Duration = Duration::from_secs(1);

/// The checked settings of the management API.
#[derive(Debug)]
pub(crate) struct ApiSettings {
    /// The org's origin: a URL whose path is `/`.
    pub(crate) org: Url,
    /// Permits only the org's origin.
    pub(crate) urls: UrlPolicy,
    pub(crate) access: ApiAccess,
    pub(crate) max_retries: u32,
    pub(crate) max_wait: Duration,
    pub(crate) user_ttl: Duration,
    pub(crate) max_users: usize,
}

/// How calls authenticate.
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

impl ManagementApi {
    /// Checks the settings. `allows_http` permits an org with plain `http` on loopback.
    pub(crate) fn check(
        &self,
        issuer: &Issuer,
        found: &Found,
        allows_http: bool,
    ) -> Result<ApiSettings, ConfigError> {
        let org = self.checked_org(issuer, found, allows_http)?;
        let max_wait = Setting::built("max_wait", self.max_wait);
        let user_ttl = Setting::built("current_user_ttl", self.user_ttl);
        let max_users = Setting::built("current_user_capacity", self.max_users);
        Ok(ApiSettings {
            urls: UrlPolicy::new([&org], None),
            org,
            max_wait: in_range(max_wait, Duration::ZERO..=SECOND * 120)?,
            user_ttl: in_range(user_ttl, SECOND..=SECOND * 3600)?,
            max_users: in_range(max_users, 1..=1_000_000)?,
            access: self.checked_access(found)?,
            max_retries: self.checked_retries(found)?,
        })
    }

    fn checked_org(
        &self,
        issuer: &Issuer,
        found: &Found,
        allows_http: bool,
    ) -> Result<Url, ConfigError> {
        let Some(setting) = Setting::higher(found.get(&ORG_URL), self.org_url.clone()) else {
            let mut origin = issuer.url().clone();
            origin.set_path("/");
            return Ok(origin);
        };
        let form = "must be the URL of the org and nothing after it, such as \
                    https://dev-1234.okta.com";
        let url = checks::url(&setting, form)?;
        check_host(&url).map_err(|(kind, problem)| setting.shown_address(kind, problem))?;
        let is_safe =
            url.scheme() == "https" || (url.scheme() == "http" && allows_http && is_loopback(&url));
        if !is_safe {
            let problem = "must be https, because an attacker on the network could read the \
                           token (for a test org on loopback, set \
                           OKTA_TESTING_DISABLE_HTTPS_CHECK=true or call \
                           .danger().allow_http_on_loopback())";
            return Err(setting.shown_address(Kind::Insecure, problem));
        }
        let is_bare = url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        if !is_bare {
            return Err(setting.shown_address(Kind::Invalid, form));
        }
        Ok(url)
    }

    fn checked_access(&self, found: &Found) -> Result<ApiAccess, ConfigError> {
        match (&self.token, &self.service) {
            (Some(token), None) => checked_token(token),
            (None, Some(service)) => self.checked_service(service, found),
            (Some(token), Some(_)) => {
                let problem = "contradicts the service; use one of them";
                Err(token.error(Kind::Contradiction, problem))
            }
            (None, None) => self.access_of(found),
        }
    }

    /// Checks the credentials of the environment and files.
    fn access_of(&self, found: &Found) -> Result<ApiAccess, ConfigError> {
        let missing = |name, problem| Err(ConfigError::new(Kind::Missing, name, problem));
        let wants_token = match found.get(&API_MODE) {
            None => None,
            Some(mode) if mode.value.eq_ignore_ascii_case("SSWS") => Some(true),
            Some(mode) if mode.value.eq_ignore_ascii_case("PrivateKey") => Some(false),
            Some(mode) => return Err(mode.shown(Kind::Invalid, "must be SSWS or PrivateKey")),
        };
        let token = found
            .get(&API_TOKEN)
            .map(|setting| setting.map(Secret::new));
        match (wants_token, token, found.get(&API_PRIVATE_KEY)) {
            (Some(true), Some(token), _) | (None, Some(token), None) => checked_token(&token),
            (Some(false), _, Some(pem)) | (None, None, Some(pem)) => {
                let Some(client_id) = found.get(&API_CLIENT_ID) else {
                    let problem = "is required with the private key: the client ID of the service";
                    return missing("OKTA_CLIENT_CLIENTID", problem);
                };
                let service = Service {
                    client_id,
                    // In a file of variables, the key is most likely one line.
                    pem: pem.map(|pem| Secret::new(pem.replace("\\n", "\n"))),
                    kid: found.get(&API_PRIVATE_KEY_ID).map(|kid| kid.value),
                };
                self.checked_service(&service, found)
            }
            (None, Some(token), Some(_)) => {
                let problem = "contradicts the private key; remove one, or choose one with \
                               OKTA_CLIENT_AUTHORIZATIONMODE (SSWS or PrivateKey)";
                Err(token.error(Kind::Contradiction, problem))
            }
            (Some(false), _, None) => {
                let problem = "is required: the private key of the service, as PEM";
                missing("OKTA_CLIENT_PRIVATEKEY", problem)
            }
            (_, None, _) => {
                let problem = "is required for the management API: an API token, or a service \
                               (OKTA_CLIENT_CLIENTID and OKTA_CLIENT_PRIVATEKEY)";
                missing("OKTA_CLIENT_TOKEN", problem)
            }
        }
    }

    fn checked_service(&self, service: &Service, found: &Found) -> Result<ApiAccess, ConfigError> {
        let key = PrivateKey::checked(&service.pem, service.kid.as_deref())?;
        service.client_id.filled()?;
        let found = found.get(&API_SCOPES).map(words);
        let scopes = Setting::higher(found, self.scopes.clone());
        let default = || Setting::built(API_SCOPES.setter, vec!["okta.users.read".to_owned()]);
        let scopes = scopes.unwrap_or_else(default);
        let text = scopes.value.join(" ");
        // RFC 6749 section 3.3.
        let is_sound = |byte| matches!(byte, b' ' | 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
        if text.trim().is_empty() || text.len() > 1024 || !text.bytes().all(is_sound) {
            let problem = "must be scopes of Okta's API such as okta.users.read, at most 1024 \
                           characters in all";
            return Err(scopes.error(Kind::Invalid, problem));
        }
        Ok(ApiAccess::Service {
            client_id: service.client_id.value.as_str().into(),
            key: Arc::new(key),
            scopes: text.into(),
        })
    }

    fn checked_retries(&self, found: &Found) -> Result<u32, ConfigError> {
        let retries = match (self.max_retries, found.get(&MAX_RETRIES)) {
            (Some(retries), _) => retries,
            (None, Some(text)) => match text.value.parse() {
                Ok(retries) => text.map(|_| retries),
                Err(_) => {
                    let problem = "must be a whole number from 0 to 10";
                    return Err(text.shown(Kind::OutOfRange, problem));
                }
            },
            (None, None) => return Ok(1),
        };
        in_range(retries, 0..=10)
    }
}

fn checked_token(token: &Setting<Secret>) -> Result<ApiAccess, ConfigError> {
    let text = token.value.expose();
    if is_placeholder(text) {
        return Err(token.error(Kind::Placeholder, PLACEHOLDER));
    }
    token.filled()?;
    if text.len() > 4096 || !text.bytes().all(|byte| (0x21..=0x7e).contains(&byte)) {
        let problem = "must be one word of letters, digits, `-` and `_`, without SSWS in front";
        return Err(token.error(Kind::Invalid, problem));
    }
    Ok(ApiAccess::Token(token.value.clone()))
}

#[cfg(test)]
mod tests;
