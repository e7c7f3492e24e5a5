//! Settings of a store in Redis.

use std::{fmt, sync::Arc, time::Duration};

use super::{
    RedisStore,
    address::Address,
    connection::{Connection, Target},
    failure::Failure,
    tls,
};
use crate::{
    base::{
        clock::{Clock, SystemClock},
        secret::Secret,
    },
    browser::store::{SessionKey, SessionStore, StoreError},
};

/// Settings of a [`RedisStore`]. Made by [`RedisStore::builder`].
#[must_use]
pub struct RedisStoreBuilder {
    address: Secret,
    prefix: Box<str>,
    timeout: Duration,
    connect_timeout: Duration,
    roots: Vec<Vec<u8>>,
    clock: Arc<dyn Clock>,
}

impl RedisStoreBuilder {
    pub(super) fn new(address: Secret) -> Self {
        Self {
            address,
            prefix: "okta:".into(),
            timeout: Duration::from_secs(2),
            connect_timeout: Duration::from_secs(1),
            roots: Vec::new(),
            clock: Arc::new(SystemClock::new()),
        }
    }

    /// What the name of every key begins with. Default: `okta:`.
    pub fn prefix(mut self, prefix: &str) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// How long an operation may take as a whole, connecting included. Default: 2 s.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How long connecting may take: the name, TCP, TLS, and the login. Default: 1 s.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Trusts the certificates in this PEM text, beside those of the system: for a private certificate authority. May be
    /// called several times.
    pub fn root_certificate(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.roots.push(pem.into());
        self
    }

    /// The clock by which sessions end and operations time out. Default: the machine's. Redis itself goes by its own, and
    /// deletes what has lived as long as this clock said it would.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Connects, and tries whether sessions can be read.
    ///
    /// # Errors
    /// As [`connect_lazily`](Self::connect_lazily); also where Redis is not there, refuses user and password, or does not
    /// allow them to read sessions.
    pub async fn connect(self) -> Result<RedisStore, StoreError> {
        let store = self.connect_lazily()?;
        store.load(&SessionKey::new("")).await?;
        Ok(store)
    }

    /// Connects when the store is first used. An application that starts before its Redis does is ready when Redis is.
    ///
    /// # Errors
    /// [`StoreErrorKind::Misconfigured`](crate::store::StoreErrorKind::Misconfigured) where the address cannot be read, or a
    /// root certificate.
    pub fn connect_lazily(self) -> Result<RedisStore, StoreError> {
        let address = Address::parse(&self.address)?;
        if !address.is_tls && !self.roots.is_empty() {
            let problem = "a root certificate is for TLS: the address must begin with rediss://";
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
        Ok(RedisStore {
            connection: Connection::new(target),
            prefix: self.prefix,
        })
    }
}

/// Prints no address: it may hold a password.
impl fmt::Debug for RedisStoreBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStoreBuilder")
            .field("prefix", &self.prefix)
            .field("timeout", &self.timeout)
            .field("connect_timeout", &self.connect_timeout)
            .finish_non_exhaustive()
    }
}
