//! The check of everything that the builder was given.

use std::{borrow::Cow, collections::BTreeSet, sync::Arc, time::Duration};

use url::Url;

use super::builder::OktaBuilder;
use crate::{
    base::{
        clock::Clock,
        fetch::{FetchSettings, Fetcher, PlainHttp, Proxy, UrlPolicy},
        secret::Secret,
        telemetry::Metrics,
    },
    bearer::token::Policy,
    claims::is_specified,
    config::{
        ConfigError, ConfigErrorKind as Kind,
        issuer::{Issuer, insecure},
        setting::{Origin, Setting, in_range},
        variables::{AUDIENCE, CONNECT_TIMEOUT, FETCH_TIMEOUT, GROUPS_CLAIM, ISSUER, Variable},
    },
    keys::{
        KeySettings, Keys, RefreshSettings, Refresher,
        jwk::{Algorithm, KeySet},
    },
};

const MOMENT: Duration = Duration::from_millis(10);
const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(60 * 60);

/// The checked settings.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) issuer: Issuer,
    pub(crate) policy: Policy,
    pub(crate) urls: UrlPolicy,
    pub(crate) fetch: FetchSettings,
    pub(crate) refresh: RefreshSettings,
    /// How much memory verified tokens may take, in bytes. 0: none are kept.
    pub(crate) cache_bytes: usize,
    pub(crate) clock: Arc<dyn Clock>,
    /// Keys that count as fetched at the start.
    pub(crate) initial_keys: Option<KeySet>,
    /// `None` if sign-in is not turned on.
    #[cfg(feature = "sign-in")]
    pub(crate) sign_in: Option<crate::browser::settings::SignInSettings>,
    /// `None` if the management API is not turned on.
    #[cfg(feature = "api")]
    pub(crate) api: Option<crate::api::settings::ApiSettings>,
}

impl Config {
    /// Returns the keys and the refresher that fetches them.
    pub(crate) fn keys(&self, fetcher: Fetcher, metrics: &Arc<Metrics>) -> (Keys, Refresher) {
        let settings = KeySettings {
            issuer: &self.issuer,
            algorithms: &self.policy.algorithms,
            urls: &self.urls,
            refresh: &self.refresh,
            clock: &self.clock,
            #[cfg(feature = "sign-in")]
            uses_endpoints: self.sign_in.is_some(),
            #[cfg(not(feature = "sign-in"))]
            uses_endpoints: false,
            initial: self.initial_keys.as_ref(),
        };
        Keys::pair(&settings, fetcher, metrics)
    }
}

impl OktaBuilder {
    /// Checks the settings without starting anything, for tests of a configuration.
    ///
    /// # Errors
    /// The first mistake found.
    pub fn check(self) -> Result<(), ConfigError> {
        self.build().map(drop)
    }

    pub(crate) fn build(self) -> Result<Config, ConfigError> {
        let allows_http = (self.allows_http_on_loopback).is_some_and(|setting| setting.value);
        let http = match (self.allows_http_anywhere, allows_http) {
            (true, _) => PlainHttp::Anywhere,
            (false, true) => PlainHttp::OnLoopback,
            (false, false) => PlainHttp::Nowhere,
        };
        let issuer = self
            .issuer
            .unwrap_or_else(|| default(&ISSUER, String::new()));
        let issuer = Issuer::parse(&issuer, http)?;
        let mut urls = vec![issuer.url()];
        let extra_issuers = self.extra_issuers.iter().map(|text| {
            let setting = Setting::built("extra_issuers", text.clone());
            let extra = Issuer::parse(&setting, http)?;
            if extra.url().path() == issuer.url().path() {
                return Ok(extra);
            }
            let problem = "has another path than the issuer; an extra issuer is another host name \
                           of the same authorization server";
            Err(setting.shown(Kind::Contradiction, problem))
        });
        let extra_issuers = extra_issuers.collect::<Result<Vec<_>, _>>()?;
        urls.extend(extra_issuers.iter().map(Issuer::url));
        let address = (self.issuer_address.as_ref())
            .map(|setting| checked_address(setting, &issuer, http))
            .transpose()?;
        let urls = UrlPolicy::new(urls, address);

        let audiences =
            (self.audiences).unwrap_or_else(|| default(&AUDIENCE, vec!["api://default".into()]));
        check_client(
            self.client_id.as_ref(),
            self.client_secret.as_ref(),
            &audiences,
        )?;
        if audiences.value.is_empty() {
            let problem = "must name at least one; Okta's `default` server has api://default";
            return Err(audiences.error(Kind::Missing, problem));
        }
        let audiences = checked_names(audiences)?;
        let allowed_clients = Setting::built("allowed_clients", self.allowed_clients);
        let allowed_clients = checked_names(allowed_clients)?;
        if self.algorithms.is_empty() {
            let problem = "must name at least one; Okta signs with RS256";
            return Err(ConfigError::new(Kind::Missing, "algorithms", problem));
        }
        let groups_claim =
            (self.groups_claim).unwrap_or_else(|| default(&GROUPS_CLAIM, "groups".into()));
        check_groups_claim(&groups_claim)?;

        let fetch_timeout =
            (self.fetch_timeout).unwrap_or_else(|| default(&FETCH_TIMEOUT, SECOND * 5));
        let connect_timeout =
            (self.connect_timeout).unwrap_or_else(|| default(&CONNECT_TIMEOUT, SECOND * 2));
        let (max_token, max_document) = (self.max_token_bytes, self.max_document_bytes);
        let policy = Policy {
            issuer: Arc::clone(issuer.text()),
            extra_issuers: (extra_issuers.iter())
                .map(|issuer| Arc::clone(issuer.text()))
                .collect(),
            audiences,
            client_ids: allowed_clients.into_iter().collect(),
            algorithms: self.algorithms.iter().copied().collect::<BTreeSet<_>>(),
            leeway: in_range(
                Setting::built("leeway", self.leeway),
                Duration::ZERO..=SECOND * 300,
            )?,
            token_type: self.token_type,
            groups_claim: groups_claim.value.as_str().into(),
            max_token_bytes: in_range(Setting::built("max_token_bytes", max_token), 1024..=65_536)?,
        };
        let timeout = in_range(fetch_timeout, MOMENT..=SECOND * 60)?;
        let connect_timeout = in_range(connect_timeout, MOMENT..=SECOND * 60)?;
        let max_bytes = Setting::built("max_document_bytes", max_document);
        let max_bytes = in_range(max_bytes, 1024..=16 * 1024 * 1024)?;
        check_refresh(&self.refresh)?;

        Ok(Config {
            #[cfg(feature = "sign-in")]
            sign_in: self.sign_in.check(
                issuer.text(),
                self.client_id.as_ref(),
                self.client_secret.as_ref(),
                &self.found,
                timeout,
            )?,
            #[cfg(feature = "api")]
            api: (self.api)
                .map(|api| api.check(&issuer, &self.found, allows_http))
                .transpose()?,
            fetch: FetchSettings {
                timeout,
                connect_timeout,
                max_bytes,
                proxy: self.proxy.as_ref().map(checked_proxy).transpose()?,
                roots: checked_roots(self.roots)?,
            },
            initial_keys: (self.keys.as_deref())
                .map(|keys| checked_keys(keys, &policy.algorithms))
                .transpose()?,
            policy,
            issuer,
            urls,
            refresh: self.refresh,
            cache_bytes: self.cache_bytes,
            clock: self.clock,
        })
    }
}

/// Returns the value of a row that nothing sets.
fn default<T>(row: &Variable, value: T) -> Setting<T> {
    Setting {
        value,
        origin: Origin::Default(row.setter),
    }
}

fn checked_names(names: Setting<Vec<String>>) -> Result<Vec<Box<str>>, ConfigError> {
    let origin = names.origin;
    let check = |value: String| {
        let name = Setting { value, origin };
        name.filled().map(|()| name.value.into())
    };
    names.value.into_iter().map(check).collect()
}

fn check_client(
    id: Option<&Setting<String>>,
    secret: Option<&Setting<Secret>>,
    audiences: &Setting<Vec<String>>,
) -> Result<(), ConfigError> {
    if let Some(id) = id {
        id.filled()?;
        if audiences.value.contains(&id.value) {
            let problem = "is the client ID, the audience of ID tokens, which would be accepted as \
                           access tokens; use the authorization server's audience, such as \
                           api://default";
            return Err(audiences
                .error(Kind::Contradiction, problem)
                .showing(&id.value));
        }
    }
    secret.map_or(Ok(()), Setting::<Secret>::filled)
}

fn check_groups_claim(setting: &Setting<String>) -> Result<(), ConfigError> {
    let claim = setting.value.as_str();
    if claim.is_empty() {
        let problem = "is empty; name the claim, or leave the setting out for `groups`";
        return Err(setting.error(Kind::Missing, problem));
    }
    // A pointer begins with `/`, and escapes `~` as `~0` and `/` as `~1` (RFC 6901 section 3).
    let first = match claim.strip_prefix('/') {
        None => claim.to_owned(),
        Some(path) => {
            let mut escapes = path.split('~').skip(1);
            if path.is_empty() || !escapes.all(|rest| rest.starts_with(['0', '1'])) {
                let problem = "is not a JSON Pointer; write for example /realm_access/roles";
                return Err(setting.shown(Kind::Invalid, problem));
            }
            let first = path.split('/').next().unwrap_or_default();
            first.replace("~1", "/").replace("~0", "~")
        }
    };
    if is_specified(&first) {
        let problem = "has another meaning; name the claim that contains the groups";
        return Err(setting.shown(Kind::Contradiction, problem));
    }
    Ok(())
}

fn check_refresh(refresh: &RefreshSettings) -> Result<(), ConfigError> {
    let (least, most) = (refresh.min_interval, refresh.max_interval);
    let (cooldown, wait) = (refresh.cooldown, refresh.unknown_key_wait);
    for (setting, value, range) in [
        ("refresh_interval", least, SECOND * 10..=HOUR * 24),
        ("refresh_interval", most, least..=HOUR * 24),
        ("unknown_key_cooldown", cooldown, SECOND..=SECOND * 600),
        ("unknown_key_wait", wait, Duration::ZERO..=SECOND * 30),
        (
            "stale_limit",
            refresh.stale_limit,
            SECOND * 30..=HOUR * 24 * 7,
        ),
    ] {
        in_range(Setting::built(setting, value), range)?;
    }
    Ok(())
}

/// Checks the address of the issuer, and returns it without the issuer's own path.
fn checked_address(
    setting: &Setting<String>,
    issuer: &Issuer,
    http: PlainHttp,
) -> Result<Url, ConfigError> {
    setting.filled()?;
    let wrong = |problem| setting.shown_address(Kind::NotAUrl, problem);
    let form = "must be a URL such as https://okta.internal:8443, without credentials, query and \
                fragment";
    let mut url = Url::parse(&setting.value).map_err(|_| wrong(form))?;
    let has_more = !url.username().is_empty()
        || url.password().is_some()
        || url.query().is_some()
        || url.fragment().is_some();
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() || has_more {
        return Err(wrong(form));
    }
    if url.scheme() == "http" && !http.allows(&url) {
        return Err(setting.shown_address(Kind::Insecure, insecure(&url)));
    }
    let path = url.path().trim_end_matches('/');
    let before = path
        .strip_suffix(issuer.url().path())
        .unwrap_or(path)
        .to_owned();
    url.set_path(&before);
    Ok(url)
}

fn checked_keys(jwks: &str, algorithms: &BTreeSet<Algorithm>) -> Result<KeySet, ConfigError> {
    let parsed = KeySet::parse(jwks.as_bytes(), algorithms, &KeySet::default());
    parsed.map(|(keys, _)| keys).map_err(|error| {
        let problem = format!("must be a JWKS with a usable key, but {error}");
        ConfigError::new(Kind::Invalid, "keys", problem)
    })
}

fn checked_proxy(setting: &Setting<Secret>) -> Result<Proxy, ConfigError> {
    let wrong = |problem| setting.error(Kind::Invalid, problem);
    let form = "must be a URL such as http://egress.example.com:3128, with user:password@ before \
                the host if the proxy requires them";
    let mut url = Url::parse(setting.value.expose()).map_err(|_| wrong(form))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(wrong(form));
    }
    let decoded = |text: &str| {
        (percent_encoding::percent_decode_str(text).decode_utf8())
            .map(Cow::into_owned)
            .map_err(|_| wrong("contains a user or password that is not percent-encoded UTF-8"))
    };
    let credentials = if url.username().is_empty() && url.password().is_none() {
        None
    } else {
        let password = decoded(url.password().unwrap_or_default())?;
        Some((decoded(url.username())?, Secret::new(password)))
    };
    // These calls fail only for a URL without a host.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    Ok(Proxy { url, credentials })
}

fn checked_roots(roots: Vec<Vec<u8>>) -> Result<Vec<Vec<u8>>, ConfigError> {
    let marker = b"-----BEGIN CERTIFICATE-----";
    let is_pem = |pem: &Vec<u8>| pem.windows(marker.len()).any(|window| window == marker);
    if roots.iter().all(is_pem) {
        return Ok(roots);
    }
    let problem = "contains no PEM certificate (-----BEGIN CERTIFICATE-----); convert a DER file \
                   with `openssl x509 -inform der`";
    Err(ConfigError::new(Kind::Invalid, "root_certificate", problem))
}

#[cfg(test)]
mod tests;
