//! Sessions in Redis, for several processes that share them. Feature `redis`.

mod address;
mod builder;
mod connection;
mod failure;
mod scripts;
mod tls;

use std::{fmt, time::Duration};

use aws_lc_rs::digest::{Context, SHA256};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use redis::cmd;

pub use self::builder::RedisStoreBuilder;
use self::{connection::Connection, failure::Failure};
use super::{
    Owner, SessionKey, SessionStore, StoreError, StoreFuture, StoredSession,
    stored::{from_unix_milliseconds, unix_milliseconds},
};

/// A store in Redis 5 or newer, Valkey, or a service that speaks like them.
///
/// One connection is shared by all requests. Each operation is one command, comes back within the time-out (2 s), and is
/// never sent twice. When the connection is lost, operations fail until Redis is back; the first one after that connects
/// anew, by itself.
///
/// ```no_run
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// use okta_tower::store::RedisStore;
///
/// // Fails at once where Redis is not there, or refuses the password.
/// let store = RedisStore::connect("redis://localhost:6379").await?;
///
/// // With TLS, a user, a database, and a prefix of its own. Connects when it is first used.
/// let store = RedisStore::builder("rediss://sessions:s3cr3t@redis.example.com:6380/2")
///     .prefix("shop:")
///     .connect_lazily()?;
/// # Ok(()) }
/// ```
///
/// # What is kept, and for how long
///
/// | key | type | what | ends |
/// |---|---|---|---|
/// | `okta:session:{key}` | hash | sealed data, version, end, owner, `sid` | with the session |
/// | `okta:user:{hash}`, `okta:sid:{hash}` | sorted set | the keys of a person's sessions, and of a `sid`'s, by their ends | five minutes after the last of them |
/// | `okta:lock:{key}` | string | the token of whoever refreshes | with the lock |
///
/// `okta:` is the [`prefix`](RedisStoreBuilder::prefix). Applications with the same prefix in one database share their people:
/// a sign-out everywhere signs out of all of them.
///
/// # How to run Redis for it
///
/// - `maxmemory-policy noeviction`: other policies sign people out to make room. With it, a full Redis refuses new sessions
///   ([`StoreErrorKind::Full`](super::StoreErrorKind::Full)) and keeps those that it has.
/// - A Redis that starts again from an old snapshot brings sessions back that were signed out since, and old refresh tokens.
///   Use `appendonly yes`, or no persistence at all: then a restart signs everybody out. The same goes for a replica that takes
///   over and lags behind.
/// - Redis Cluster is not supported: a session, and what finds it by person, are in different slots. One primary with
///   replicas is.
/// - An ACL needs `~okta:*` and the commands `HMGET`, `EVAL`, `SET`, `SELECT`, and those that the scripts call: `EXISTS`, `HGET`,
///   `HSET`, `PEXPIRE`, `PTTL`, `UNLINK`, `GET`, `ZADD`, `ZREM`, `ZRANGE`, `ZCARD`, `ZREMRANGEBYSCORE`.
///
/// # Security
/// The address may hold a password: neither `Debug` nor an error shows it. What Redis answers to a refused command is not
/// repeated either, beyond its error code.
///
/// TLS is rustls with aws-lc-rs, whatever else is in the graph. The `redis` crate's own TLS is not used: it takes the
/// process's default provider, and panics where ring and aws-lc-rs are both there and nobody has chosen.
pub struct RedisStore {
    connection: Connection,
    prefix: Box<str>,
}

impl RedisStore {
    /// Connects to `redis://[user:password@]host[:port][/database]`, or `rediss://…` for TLS, with the defaults of
    /// [`builder`](Self::builder).
    ///
    /// # Errors
    /// Where the address is not one, Redis is not there, or it refuses user and password.
    pub async fn connect(
        address: impl Into<crate::base::secret::Secret>,
    ) -> Result<Self, StoreError> {
        Self::builder(address).connect().await
    }

    /// Settings for a connection to that address.
    pub fn builder(address: impl Into<crate::base::secret::Secret>) -> RedisStoreBuilder {
        RedisStoreBuilder::new(address.into())
    }

    fn session_name(&self, key: &SessionKey) -> String {
        format!("{}session:{}", self.prefix, key.as_str())
    }

    fn lock_name(&self, key: &SessionKey) -> String {
        format!("{}lock:{}", self.prefix, key.as_str())
    }

    /// The name of the set of a person's sessions. Hashed, as neither issuers nor ids have a bound on their length.
    fn user_name(&self, owner: &Owner) -> String {
        let hash = hash_of(&owner.issuer, &owner.user_id);
        format!("{}user:{hash}", self.prefix)
    }

    fn sid_name(&self, issuer: &str, sid: &str) -> String {
        format!("{}sid:{}", self.prefix, hash_of(issuer, sid))
    }

    fn now(&self) -> i64 {
        unix_milliseconds(self.connection.clock().now())
    }

    /// Deletes what is in a set, some at a time, so that Redis never stands still for long.
    async fn delete_all_in(&self, set: &str) -> Result<u64, StoreError> {
        /// How many sessions one script deletes.
        const AT_ONCE: u64 = 500;
        /// Whoever signs in faster than this deletes is not waited for: 500,000 sessions.
        const ROUNDS: usize = 1000;
        let mut command = scripts::DELETE_ALL.on(&[set]);
        command.arg(&*self.prefix).arg(AT_ONCE);
        let mut deleted = 0;
        for _ in 0..ROUNDS {
            let (now, left): (u64, u64) = self.connection.run(&command).await?;
            deleted += now;
            if left == 0 {
                return Ok(deleted);
            }
        }
        Err(Failure::Endless.into())
    }
}

/// The hash of two texts, of which neither can reach into the other.
fn hash_of(first: &str, second: &str) -> String {
    let mut context = Context::new(&SHA256);
    context.update(&(first.len() as u64).to_be_bytes());
    context.update(first.as_bytes());
    context.update(second.as_bytes());
    URL_SAFE_NO_PAD.encode(context.finish())
}

/// Milliseconds that Redis takes as a lifetime: at least one, and not so many that they overflow there.
fn lifetime(milliseconds: i64) -> i64 {
    /// About 30 years.
    const LONGEST: i64 = 1_000_000_000_000;
    milliseconds.clamp(1, LONGEST)
}

impl SessionStore for RedisStore {
    fn create<'a>(&'a self, key: &'a SessionKey, session: StoredSession) -> StoreFuture<'a, ()> {
        Box::pin(async move {
            let (name, user) = (self.session_name(key), self.user_name(&session.owner));
            let sid = session.sid.as_deref();
            let sid_name = sid.map(|sid| self.sid_name(&session.owner.issuer, sid));
            let mut names = vec![&*name, &user];
            names.extend(sid_name.as_deref());

            let (now, ends_at) = (self.now(), unix_milliseconds(session.ends_at));
            let mut command = scripts::CREATE.on(&names);
            command.arg(key.as_str()).arg(now);
            command
                .arg(ends_at)
                .arg(lifetime(ends_at.saturating_sub(now)));
            command.arg(&session.data).arg(session.version);
            command
                .arg(&*session.owner.issuer)
                .arg(&*session.owner.user_id);
            command.arg(sid.unwrap_or_default());
            let is_created: bool = self.connection.run(&command).await?;
            if is_created {
                Ok(())
            } else {
                Err(Failure::Taken.into())
            }
        })
    }

    fn load<'a>(&'a self, key: &'a SessionKey) -> StoreFuture<'a, Option<StoredSession>> {
        Box::pin(async move {
            let mut command = cmd("HMGET");
            command.arg(self.session_name(key)).arg(scripts::FIELDS);
            let fields = self.connection.run(&command).await?;
            let session = session_of(fields)?;
            let now = self.connection.clock().now();
            Ok(session.filter(|session| now < session.ends_at))
        })
    }

    fn save<'a>(
        &'a self,
        key: &'a SessionKey,
        expected: u64,
        session: StoredSession,
    ) -> StoreFuture<'a, bool> {
        Box::pin(async move {
            let (now, ends_at) = (self.now(), unix_milliseconds(session.ends_at));
            let mut command = scripts::SAVE.on(&[&self.session_name(key)]);
            command.arg(key.as_str()).arg(now);
            command
                .arg(ends_at)
                .arg(lifetime(ends_at.saturating_sub(now)));
            command
                .arg(&session.data)
                .arg(session.version)
                .arg(expected);
            Ok(self.connection.run(&command).await?)
        })
    }

    fn delete<'a>(&'a self, key: &'a SessionKey) -> StoreFuture<'a, bool> {
        Box::pin(async move {
            let mut command = scripts::DELETE.on(&[&self.session_name(key)]);
            command.arg(key.as_str()).arg(self.now());
            Ok(self.connection.run(&command).await?)
        })
    }

    fn delete_user<'a>(&'a self, owner: &'a Owner) -> StoreFuture<'a, u64> {
        Box::pin(async move { self.delete_all_in(&self.user_name(owner)).await })
    }

    fn delete_sid<'a>(&'a self, issuer: &'a str, sid: &'a str) -> StoreFuture<'a, u64> {
        Box::pin(async move { self.delete_all_in(&self.sid_name(issuer, sid)).await })
    }

    fn lock<'a>(
        &'a self,
        key: &'a SessionKey,
        token: &'a str,
        ttl: Duration,
    ) -> StoreFuture<'a, bool> {
        Box::pin(async move {
            let ttl = lifetime(i64::try_from(ttl.as_millis()).unwrap_or(i64::MAX));
            let mut command = cmd("SET");
            command
                .arg(self.lock_name(key))
                .arg(token)
                .arg("NX")
                .arg("PX")
                .arg(ttl);
            let answer: Option<String> = self.connection.run(&command).await?;
            Ok(answer.is_some())
        })
    }

    fn unlock<'a>(&'a self, key: &'a SessionKey, token: &'a str) -> StoreFuture<'a, ()> {
        Box::pin(async move {
            let mut command = scripts::UNLOCK.on(&[&self.lock_name(key)]);
            command.arg(token);
            Ok(self.connection.run(&command).await?)
        })
    }
}

/// A session from the fields of its hash, in the order of [`scripts::FIELDS`].
fn session_of(fields: [Option<Vec<u8>>; 6]) -> Result<Option<StoredSession>, Failure> {
    fn number<N: std::str::FromStr>(bytes: &[u8]) -> Option<N> {
        std::str::from_utf8(bytes).ok()?.parse().ok()
    }
    if fields.iter().all(Option::is_none) {
        return Ok(None);
    }
    let [data, version, ends_at, issuer, user_id, sid] = fields;
    let whole = || {
        let owner = Owner {
            issuer: String::from_utf8(issuer?).ok()?.into(),
            user_id: String::from_utf8(user_id?).ok()?.into(),
        };
        let ends_at = from_unix_milliseconds(number(&ends_at?)?);
        let session = StoredSession::new(data?, number(&version?)?, owner, ends_at);
        let sid = sid.map(String::from_utf8).transpose().ok()?;
        Some(session.with_sid(sid.as_deref()))
    };
    whole().map(Some).ok_or(Failure::Foreign)
}

/// Prints where it is, and no password.
impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore")
            .field("address", &self.connection.address())
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}
