//! Placeholder with the shape of the real room.
#![allow(missing_docs, unreachable_pub, private_interfaces)]
use crate::{Algorithm, Secret, SystemClock, TokenType, clock::Clock, token::Policy};
use std::{sync::Arc, time::Duration};
use url::Url;
#[derive(Clone, Debug)]
pub struct FetchSettings {
    pub timeout: Duration,
    pub connect_timeout: Duration,
    pub max_bytes: usize,
    pub proxy: Option<Proxy>,
    pub roots: Vec<Vec<u8>>,
}
#[derive(Clone, Debug)]
pub struct Proxy {
    pub url: Url,
    pub credentials: Option<(String, Secret)>,
}
#[derive(Clone, Debug)]
pub struct UrlPolicy(Url);
impl UrlPolicy {
    pub fn check(&self, u: &Url) -> Result<(), ()> {
        if u.scheme() == self.0.scheme() && u.host() == self.0.host() {
            Ok(())
        } else {
            Err(())
        }
    }
    pub fn is_loopback_http(&self) -> bool {
        self.0.scheme() == "http"
    }
}
#[derive(Clone, Debug)]
pub struct RefreshSettings {
    pub min_interval: Duration,
    pub max_interval: Duration,
    pub cooldown: Duration,
    pub unknown_key_wait: Duration,
    pub stale_limit: Duration,
    pub max_waiters: usize,
}
impl Default for RefreshSettings {
    fn default() -> Self {
        let s = Duration::from_secs;
        Self {
            min_interval: s(300),
            max_interval: s(3600),
            cooldown: s(10),
            unknown_key_wait: s(2),
            stale_limit: s(43200),
            max_waiters: 1024,
        }
    }
}
#[derive(Clone, Debug)]
pub struct Issuer(String);
impl Issuer {
    pub fn discovery_url(&self) -> Url {
        Url::parse(&format!("{}/.well-known/openid-configuration", self.0)).unwrap()
    }
    pub fn keys_url(&self) -> Url {
        Url::parse(&format!("{}/v1/keys", self.0)).unwrap()
    }
}
#[derive(Debug)]
pub struct Config {
    pub issuer: Issuer,
    pub policy: Policy,
    pub fetch: FetchSettings,
    pub urls: UrlPolicy,
    pub refresh: RefreshSettings,
    pub cache_bytes: usize,
    pub clock: Arc<dyn Clock>,
}
#[derive(Clone, Debug)]
pub struct ConfigError;
impl std::fmt::Display for ConfigError {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Ok(())
    }
}
impl std::error::Error for ConfigError {}
#[derive(Clone, Debug)]
pub struct OktaBuilder {
    issuer: String,
    aud: Vec<Box<str>>,
    clock: Arc<dyn Clock>,
    timeout: Duration,
    cache: usize,
}
impl OktaBuilder {
    pub fn new(i: impl Into<String>) -> Self {
        Self {
            issuer: i.into(),
            aud: vec![],
            clock: Arc::new(SystemClock::new()),
            timeout: Duration::from_secs(5),
            cache: 1 << 26,
        }
    }
    pub fn from_env() -> Result<Self, ConfigError> {
        Err(ConfigError)
    }
    pub fn audience(mut self, a: impl Into<String>) -> Self {
        self.aud.push(a.into().into());
        self
    }
    pub fn clock(mut self, c: impl Clock) -> Self {
        self.clock = Arc::new(c);
        self
    }
    pub fn danger(self) -> Danger {
        Danger(self)
    }
    pub(crate) fn build(mut self) -> Result<Config, ConfigError> {
        if self.aud.is_empty() {
            self.aud.push("api://default".into())
        }
        Ok(Config {
            issuer: Issuer(self.issuer.clone()),
            policy: Policy {
                issuer: self.issuer.as_str().into(),
                extra_issuers: vec![],
                audiences: self.aud,
                client_ids: Default::default(),
                algorithms: [Algorithm::Rs256].into(),
                leeway: Duration::from_secs(60),
                token_type: TokenType::Lenient,
                groups_claim: "groups".into(),
                max_token_bytes: 16384,
            },
            fetch: FetchSettings {
                timeout: self.timeout,
                connect_timeout: Duration::from_secs(2),
                max_bytes: 262144,
                proxy: None,
                roots: vec![],
            },
            urls: UrlPolicy(Url::parse(&self.issuer).map_err(|_| ConfigError)?),
            refresh: RefreshSettings::default(),
            cache_bytes: self.cache,
            clock: self.clock,
        })
    }
}
pub struct Danger(OktaBuilder);
impl Danger {
    pub fn allow_http_on_loopback(self) -> OktaBuilder {
        self.0
    }
}
