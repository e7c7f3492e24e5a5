//! The settings of a store in Redis.

use std::{fmt, sync::Arc, time::Duration};

use super::{
    address::Address,
    connection::{Connection, Target},
    failure::Failure,
    redis_store::RedisStore,
    tls,
};
use crate::{
    base::{
        clock::{Clock, SystemClock},
        secret::Secret,
    },
    browser::store::{error::StoreError, session_store::SessionStore, stored::SessionKey},
};

/// The settings of a [`RedisStore`]. Made by [`RedisStore::builder`].
#[must_use = "nothing connects before `connect` or `connect_lazily`"]
pub struct RedisStoreBuilder {
    address: Secret,
    prefix: Box<str>,
    timeout: Duration,
    connect_timeout: Duration,
    roots: Vec<Vec<u8>>,
    clock: Arc<dyn Clock>,
}

impl RedisStore {
    /// Connects to `redis://[user:password@]host[:port][/database]`, or `rediss://…` for TLS,
    /// with the defaults of [`builder`](Self::builder).
    ///
    /// # Errors
    /// If the address is malformed, or Redis is unreachable or rejects the credentials.
    pub async fn connect(address: impl Into<Secret>) -> Result<Self, StoreError> {
        Self::builder(address).connect().await
    }

    /// Returns the settings for a connection to this address.
    pub fn builder(address: impl Into<Secret>) -> RedisStoreBuilder {
        RedisStoreBuilder {
            address: address.into(),
            prefix: "okta:".into(),
            timeout: Duration::from_secs(2),
            connect_timeout: Duration::from_secs(1),
            roots: Vec::new(),
            clock: Arc::new(SystemClock::new()),
        }
    }
}

impl RedisStoreBuilder {
    /// Sets the prefix of all keys. Default: `okta:`.
    pub fn prefix(mut self, prefix: &str) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Sets the time-out of an operation, connecting included. Default: 2 s.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets the time-out of connecting: DNS, TCP, TLS and login. Default: 1 s.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Trusts the certificates in this PEM text, in addition to the system's: for a private
    /// certificate authority. Further calls add certificates.
    pub fn root_certificate(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.roots.push(pem.into());
        self
    }

    /// Sets the clock for the expiry of sessions and for time-outs. Default: the system clock.
    /// Redis measures the lifetime that this clock gave with its own clock.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Connects, and checks that sessions can be read.
    ///
    /// # Errors
    /// As for [`connect_lazily`](Self::connect_lazily), and if Redis is unreachable, rejects the
    /// credentials, or does not allow reading sessions.
    pub async fn connect(self) -> Result<RedisStore, StoreError> {
        let store = self.connect_lazily()?;
        store.load(&SessionKey::new("")).await?;
        Ok(store)
    }

    /// Connects at the first operation. An application may start before its Redis.
    ///
    /// # Errors
    /// [`StoreErrorKind::Misconfigured`](crate::store::StoreErrorKind::Misconfigured) if the
    /// address or a root certificate is malformed.
    pub fn connect_lazily(self) -> Result<RedisStore, StoreError> {
        let address = Address::parse(&self.address)?;
        if !address.is_tls && !self.roots.is_empty() {
            let problem = "a root certificate needs TLS; use an address with rediss://";
            return Err(Failure::Setting(problem).into());
        }
        let tls = address.is_tls.then(|| tls::connector(&self.roots));
        let target = Target {
            address,
            tls: tls.transpose()?,
            clock: self.clock,
            connect_timeout: self.connect_timeout,
            timeout: self.timeout,
        };
        Ok(RedisStore::new(Connection::new(target), self.prefix))
    }
}

/// Hides the address, which may contain a password.
impl fmt::Debug for RedisStoreBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStoreBuilder")
            .field("prefix", &self.prefix)
            .field("timeout", &self.timeout)
            .field("connect_timeout", &self.connect_timeout)
            .finish_non_exhaustive()
    }
}
