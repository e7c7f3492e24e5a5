//! stub
#![allow(missing_docs)]
use crate::{Secret, clock::Clock, token::Policy};
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
pub struct UrlPolicy;
impl UrlPolicy {
    pub fn check(&self, _: &Url) -> Result<(), ()> {
        Ok(())
    }
    pub fn is_loopback_http(&self) -> bool {
        true
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
pub struct Issuer;
impl Issuer {
    pub fn discovery_url(&self) -> Url {
        todo!()
    }
    pub fn keys_url(&self) -> Url {
        todo!()
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
pub struct OktaBuilder;
impl OktaBuilder {
    pub fn new(_: impl Into<String>) -> Self {
        Self
    }
    pub fn from_env() -> Result<Self, ConfigError> {
        Ok(Self)
    }
    pub fn build(self) -> Result<Config, ConfigError> {
        Err(ConfigError)
    }
}
