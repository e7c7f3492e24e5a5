//! The check of everything that a builder was given.

use std::{borrow::Cow, collections::BTreeSet, slice, sync::Arc, time::Duration};

use url::Url;

use super::{builder::OktaBuilder, config::Config};
use crate::base::fetch::{FetchSettings, Proxy};
use crate::{
    base::fetch::UrlPolicy,
    config::{
        ConfigError, ConfigErrorKind as Kind,
        issuer::{Issuer, is_placeholder},
    },
};
use crate::{base::secret::Secret, bearer::token::Policy};

impl OktaBuilder {
    /// Checks the settings without starting anything: for tests of a configuration.
    ///
    /// # Errors
    /// The first mistake found.
    pub fn check(self) -> Result<(), ConfigError> {
        self.build().map(drop)
    }

    /// Checks everything.
    pub(crate) fn build(self) -> Result<Config, ConfigError> {
        let allows_http = self.allows_http_on_loopback;
        let issuer = self.issuer.as_deref().unwrap_or_default();
        let issuer = Issuer::parse(self.issuer_setting, issuer, allows_http)?;
        let extra_issuers = (self.extra_issuers.iter())
            .map(|text| Issuer::parse("extra_issuers", text, allows_http))
            .collect::<Result<Vec<_>, _>>()?;
        if let Some(other) =
            (extra_issuers.iter()).find(|other| other.url().path() != issuer.url().path())
        {
            let problem = "an extra issuer is another host name of the same authorization server, so its path must be the issuer's";
            return Err(
                ConfigError::new(Kind::Contradiction, "extra_issuers", problem)
                    .showing(other.text()),
            );
        }
        let urls = UrlPolicy::new(
            std::iter::once(&issuer)
                .chain(&extra_issuers)
                .map(Issuer::url),
        );

        self.check_client()?;
        let audiences = self.checked_names("audience", &self.audiences)?;
        if audiences.is_empty() {
            return Err(ConfigError::new(
                Kind::Missing,
                "audience",
                "at least one is required; Okta's `default` server has api://default",
            ));
        }
        let allowed_clients = self.checked_names("allowed_clients", &self.allowed_clients)?;
        if self.algorithms.is_empty() {
            return Err(ConfigError::new(
                Kind::Missing,
                "algorithms",
                "at least one is required; Okta signs with RS256",
            ));
        }
        self.check_groups_claim()?;
        self.check_ranges()?;
        #[cfg(feature = "sign-in")]
        let sign_in = self.checked_sign_in()?;
        #[cfg(feature = "api")]
        let api = self.checked_api(&issuer)?;

        Ok(Config {
            policy: Policy {
                issuer: Arc::clone(issuer.text()),
                extra_issuers: extra_issuers
                    .iter()
                    .map(|issuer| Arc::clone(issuer.text()))
                    .collect(),
                audiences,
                client_ids: allowed_clients.into_iter().collect(),
                algorithms: self.algorithms.iter().copied().collect::<BTreeSet<_>>(),
                leeway: self.leeway,
                token_type: self.token_type,
                groups_claim: self.groups_claim.as_str().into(),
                max_token_bytes: self.max_token_bytes,
            },
            fetch: FetchSettings {
                timeout: self.timeout,
                connect_timeout: self.connect_timeout,
                max_bytes: self.max_document_bytes,
                proxy: self.proxy.as_ref().map(checked_proxy).transpose()?,
                roots: checked_roots(self.roots)?,
            },
            issuer,
            urls,
            refresh: self.refresh,
            cache_bytes: self.cache_bytes,
            clock: self.clock,
            #[cfg(feature = "sign-in")]
            sign_in,
            #[cfg(feature = "api")]
            api,
        })
    }

    fn checked_names(
        &self,
        setting: &'static str,
        names: &[String],
    ) -> Result<Vec<Box<str>>, ConfigError> {
        let check = |name: &String| {
            if name.trim().is_empty() {
                let problem = "it is empty; name one, or leave the setting out";
                return Err(ConfigError::new(Kind::Missing, setting, problem));
            }
            if is_placeholder(name) {
                let problem = "a placeholder was left in; replace it";
                return Err(ConfigError::new(Kind::Placeholder, setting, problem).showing(name));
            }
            Ok(name.as_str().into())
        };
        names.iter().map(check).collect()
    }

    fn check_client(&self) -> Result<(), ConfigError> {
        if let Some(client_id) = &self.client_id {
            self.checked_names("client_id", slice::from_ref(client_id))?;
            if self.audiences.contains(client_id) {
                return Err(ConfigError::new(
                    Kind::Contradiction,
                    "audience",
                    "it is the client id, which ID tokens are issued for: they would be let in as access tokens; use the authorization server's audience, such as api://default",
                )
                .showing(client_id));
            }
        }
        // The value is a secret: not shown.
        match &self.client_secret {
            Some(secret) if secret.expose().trim().is_empty() => Err(ConfigError::new(
                Kind::Missing,
                "client_secret",
                "it is empty; set it, or leave it out",
            )),
            Some(secret) if secret.expose().starts_with('{') => Err(ConfigError::new(
                Kind::Placeholder,
                "client_secret",
                "a placeholder was left in; replace it",
            )),
            _ => Ok(()),
        }
    }

    fn check_groups_claim(&self) -> Result<(), ConfigError> {
        /// Claims with a meaning of their own: read as groups they would no longer be checked.
        const TAKEN: [&str; 23] = [
            "iss",
            "sub",
            "aud",
            "exp",
            "nbf",
            "iat",
            "jti",
            "uid",
            "cid",
            "client_id",
            "scp",
            "scope",
            "acr",
            "amr",
            "auth_time",
            "cnf",
            "nonce",
            "at_hash",
            "c_hash",
            "s_hash",
            "events",
            "toe",
            "ver",
        ];
        let claim = self.groups_claim.as_str();
        if claim.is_empty() {
            return Err(ConfigError::new(
                Kind::Missing,
                "groups_claim",
                "it is empty; name the claim, or leave the setting out for `groups`",
            ));
        }
        if TAKEN.contains(&claim) {
            let problem =
                "this claim has a meaning of its own; name the claim that holds the groups";
            return Err(
                ConfigError::new(Kind::Contradiction, "groups_claim", problem).showing(claim),
            );
        }
        Ok(())
    }

    fn check_ranges(&self) -> Result<(), ConfigError> {
        const SECOND: Duration = Duration::from_secs(1);
        const HOUR: Duration = Duration::from_secs(60 * 60);
        const MOMENT: Duration = Duration::from_millis(10);
        let time = |setting, value: Duration, from: Duration, to: Duration| {
            if (from..=to).contains(&value) {
                return Ok(());
            }
            let problem = format!("it must be from {from:?} to {to:?}");
            Err(ConfigError::new(Kind::OutOfRange, setting, problem).showing(format!("{value:?}")))
        };
        let size = |setting, value: usize, from: usize, to: usize| {
            if (from..=to).contains(&value) {
                return Ok(());
            }
            let problem = format!("it must be from {from} to {to} bytes");
            Err(ConfigError::new(Kind::OutOfRange, setting, problem).showing(value))
        };
        time("leeway", self.leeway, Duration::ZERO, SECOND * 300)?;
        time("fetch_timeout", self.timeout, MOMENT, SECOND * 60)?;
        time("connect_timeout", self.connect_timeout, MOMENT, SECOND * 60)?;
        size("max_token_bytes", self.max_token_bytes, 1024, 64 * 1024)?;
        size(
            "max_document_bytes",
            self.max_document_bytes,
            1024,
            16 * 1024 * 1024,
        )?;
        let refresh = &self.refresh;
        time(
            "refresh_interval",
            refresh.min_interval,
            SECOND * 10,
            HOUR * 24,
        )?;
        time(
            "refresh_interval",
            refresh.max_interval,
            refresh.min_interval,
            HOUR * 24,
        )?;
        time(
            "unknown_key_cooldown",
            refresh.cooldown,
            SECOND,
            SECOND * 600,
        )?;
        time(
            "unknown_key_wait",
            refresh.unknown_key_wait,
            Duration::ZERO,
            SECOND * 30,
        )?;
        time(
            "stale_limit",
            refresh.stale_limit,
            SECOND * 30,
            HOUR * 24 * 7,
        )
    }
}

fn checked_proxy(secret: &Secret) -> Result<Proxy, ConfigError> {
    // The value may hold a password: not shown.
    let wrong = |problem| ConfigError::new(Kind::Invalid, "proxy", problem);
    let form = "it must be a URL such as http://egress.example.com:3128, with user:password@ before the host where they are needed";
    let mut url = Url::parse(secret.expose()).map_err(|_| wrong(form))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(wrong(form));
    }
    let decoded = |text: &str| {
        (percent_encoding::percent_decode_str(text).decode_utf8())
            .map(Cow::into_owned)
            .map_err(|_| wrong("its user or password is not UTF-8 after percent-decoding"))
    };
    let credentials = if url.username().is_empty() && url.password().is_none() {
        None
    } else {
        let password = decoded(url.password().unwrap_or_default())?;
        Some((decoded(url.username())?, Secret::new(password)))
    };
    // These fail only for URLs that can have no credentials, and this one has a host.
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
    let problem = "it holds no PEM certificate (-----BEGIN CERTIFICATE-----); convert a DER file with `openssl x509 -inform der`";
    Err(ConfigError::new(Kind::Invalid, "root_certificate", problem))
}

#[cfg(test)]
mod tests;
