//! The check of everything that a builder was given.

use std::{borrow::Cow, collections::BTreeSet, slice, sync::Arc, time::Duration};

use url::Url;

use super::{
    ConfigError, ConfigErrorKind as Kind, OktaBuilder, UrlPolicy,
    issuer::{Issuer, is_placeholder},
    validated::{Config, FetchSettings, Proxy},
};
use crate::{secret::Secret, token::Policy};

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
mod tests {
    use super::*;
    use crate::jwk::Algorithm;

    const ISSUER: &str = "https://dev-1234.okta.com/oauth2/default";

    fn kind(builder: OktaBuilder) -> Option<(Kind, String)> {
        builder
            .check()
            .err()
            .map(|error| (error.kind(), error.setting().to_owned()))
    }

    fn settings() -> OktaBuilder {
        OktaBuilder::new(ISSUER)
    }

    #[test]
    fn the_defaults_are_those_that_are_documented() {
        let config = settings().build().unwrap();
        assert_eq!(config.policy.audiences, ["api://default".into()]);
        assert_eq!(&*config.policy.groups_claim, "groups");
        assert_eq!(config.policy.leeway, Duration::from_secs(60));
        assert_eq!(config.policy.algorithms, BTreeSet::from([Algorithm::Rs256]));
        assert_eq!(config.policy.max_token_bytes, 16 * 1024);
        assert_eq!(config.fetch.timeout, Duration::from_secs(5));
        assert_eq!(config.fetch.max_bytes, 256 * 1024);
        assert_eq!(
            config.issuer.discovery_url().as_str(),
            format!("{ISSUER}/.well-known/openid-configuration")
        );
    }

    #[test]
    fn each_value_outside_its_range_is_refused_and_the_ends_of_the_range_are_not() {
        let seconds = Duration::from_secs;
        type Set<T> = fn(OktaBuilder, T) -> OktaBuilder;
        let times: [(&str, Set<Duration>, Duration, Duration); 6] = [
            ("leeway", OktaBuilder::leeway, Duration::ZERO, seconds(300)),
            (
                "fetch_timeout",
                OktaBuilder::fetch_timeout,
                Duration::from_millis(10),
                seconds(60),
            ),
            (
                "connect_timeout",
                OktaBuilder::connect_timeout,
                Duration::from_millis(10),
                seconds(60),
            ),
            (
                "unknown_key_cooldown",
                OktaBuilder::unknown_key_cooldown,
                seconds(1),
                seconds(600),
            ),
            (
                "unknown_key_wait",
                OktaBuilder::unknown_key_wait,
                Duration::ZERO,
                seconds(30),
            ),
            (
                "stale_limit",
                OktaBuilder::stale_limit,
                seconds(30),
                seconds(7 * 24 * 3600),
            ),
        ];
        for (setting, set, least, most) in times {
            assert_eq!(kind(set(settings(), least)), None, "{setting}");
            assert_eq!(kind(set(settings(), most)), None, "{setting}");
            let refused = Some((Kind::OutOfRange, setting.to_owned()));
            assert_eq!(
                kind(set(settings(), most + Duration::from_millis(1))),
                refused
            );
            if let Some(less) = least.checked_sub(Duration::from_millis(1)) {
                assert_eq!(kind(set(settings(), less)), refused);
            }
        }
        let sizes: [(&str, Set<usize>, usize, usize); 2] = [
            (
                "max_token_bytes",
                OktaBuilder::max_token_bytes,
                1024,
                65_536,
            ),
            (
                "max_document_bytes",
                OktaBuilder::max_document_bytes,
                1024,
                16 << 20,
            ),
        ];
        for (setting, set, least, most) in sizes {
            assert_eq!(
                kind(set(settings(), least)).or(kind(set(settings(), most))),
                None,
                "{setting}"
            );
            let refused = Some((Kind::OutOfRange, setting.to_owned()));
            assert_eq!(kind(set(settings(), least - 1)), refused);
            assert_eq!(kind(set(settings(), most + 1)), refused);
        }
        let refused = Some((Kind::OutOfRange, "refresh_interval".to_owned()));
        assert_eq!(
            kind(settings().refresh_interval(seconds(10)..=seconds(86_400))),
            None
        );
        assert_eq!(kind(settings().refresh_interval(seconds(9)..)), refused);
        assert_eq!(
            kind(settings().refresh_interval(..seconds(86_401))),
            refused
        );
        assert_eq!(
            kind(settings().refresh_interval(seconds(60)..=seconds(59))),
            refused
        );
    }

    #[test]
    fn lists_must_say_something() {
        let none: [&str; 0] = [];
        for (builder, expected, setting) in [
            (settings().audiences(none), Kind::Missing, "audience"),
            (settings().audience(" "), Kind::Missing, "audience"),
            (
                settings().audience("{audience}"),
                Kind::Placeholder,
                "audience",
            ),
            (settings().algorithms([]), Kind::Missing, "algorithms"),
            (
                settings().allowed_clients([""]),
                Kind::Missing,
                "allowed_clients",
            ),
            (
                settings().client_id("{clientId}"),
                Kind::Placeholder,
                "client_id",
            ),
            (settings().client_id(""), Kind::Missing, "client_id"),
            (
                settings().client_secret("{clientSecret}"),
                Kind::Placeholder,
                "client_secret",
            ),
            (settings().client_secret(""), Kind::Missing, "client_secret"),
            (settings().groups_claim(""), Kind::Missing, "groups_claim"),
            (
                settings().groups_claim("exp"),
                Kind::Contradiction,
                "groups_claim",
            ),
            (
                settings().groups_claim("cnf"),
                Kind::Contradiction,
                "groups_claim",
            ),
            (
                settings().extra_issuers(["https://x.okta.com"]),
                Kind::OrgIssuer,
                "extra_issuers",
            ),
            (
                settings().extra_issuers(["https://x.okta.com/oauth2/other"]),
                Kind::Contradiction,
                "extra_issuers",
            ),
        ] {
            assert_eq!(kind(builder), Some((expected, setting.to_owned())));
        }
        let right = settings()
            .audiences(["api://default", "https://api.example.com"])
            .allowed_clients(["0oa1"])
            .client_id("0oa2")
            .client_secret("s3cr3t")
            .groups_claim("GroupsClaim")
            .extra_issuers(["https://login.example.com/oauth2/default"]);
        assert_eq!(kind(right), None);
    }

    #[test]
    fn a_client_id_as_audience_would_let_id_tokens_in_and_is_refused() {
        assert_eq!(
            kind(settings().client_id("0oa1").audience("api://default")),
            None
        );
        assert_eq!(
            kind(settings().client_id("0oa1").audience("0oa1")),
            Some((Kind::Contradiction, "audience".to_owned()))
        );
    }

    #[test]
    fn proxies_and_certificates_are_checked_without_being_shown() {
        let config = settings()
            .proxy("http://ada:p%40ss@egress.example.com:3128")
            .build()
            .unwrap();
        let proxy = config.fetch.proxy.unwrap();
        assert_eq!(proxy.url.as_str(), "http://egress.example.com:3128/");
        let (user, password) = proxy.credentials.clone().unwrap();
        assert_eq!((user.as_str(), password.expose()), ("ada", "p@ss"));
        assert!(!format!("{proxy:?}").contains("p@ss"));
        for wrong in ["egress.example.com:3128", "socks5://p:1", "", "http://"] {
            let error = settings().proxy(wrong).check().unwrap_err();
            assert_eq!(
                (error.kind(), error.setting()),
                (Kind::Invalid, "proxy"),
                "{wrong}"
            );
        }
        let error = settings().proxy("//ada:hunter2@p").check().unwrap_err();
        assert!(!error.to_string().contains("hunter2"));
        let secretive = settings()
            .proxy("http://ada:hunter2@p")
            .client_secret("hunter3");
        assert!(!format!("{secretive:?}").contains("hunter"));
        let error = settings().root_certificate(*b"DER").check().unwrap_err();
        assert_eq!(
            (error.kind(), error.setting()),
            (Kind::Invalid, "root_certificate")
        );
    }
}
