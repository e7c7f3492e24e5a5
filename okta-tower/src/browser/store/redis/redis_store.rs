//! The store in Redis.

use std::{fmt, time::Duration};

use aws_lc_rs::digest::{Context, SHA256};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use redis::{Cmd, cmd};

use super::{connection::Connection, failure::Failure, scripts};
use crate::browser::store::{
    error::StoreError,
    session_store::{SessionStore, StoreFuture},
    stored::{Owner, SessionKey, StoredSession, from_unix_milliseconds, unix_milliseconds},
};

/// A store in Redis 5 or newer, Valkey, or a compatible service. Feature `redis`.
///
/// All requests share one connection. Each operation is one command, returns within the time-out
/// (2 s), and is never sent twice. After the connection is lost, operations fail until Redis is
/// available again. The next one then reconnects.
///
/// ```no_run
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// use okta_tower::store::RedisStore;
///
/// // Fails at once if Redis is unreachable or rejects the password.
/// let store = RedisStore::connect("redis://localhost:6379").await?;
///
/// // With TLS, a user, a database and a prefix. Connects at the first operation.
/// let store = RedisStore::builder("rediss://sessions:s3cr3t@redis.example.com:6380/2")
///     .prefix("shop:")
///     .connect_lazily()?;
/// # Ok(()) }
/// ```
///
/// # Keys
///
/// | key | type | content | expires |
/// |---|---|---|---|
/// | `okta:session:{key}` | hash | sealed data, version, expiry, owner, `sid` | with the session |
/// | `okta:user:{hash}`, `okta:sid:{hash}` | sorted set | the keys of the sessions of a user or a `sid`, by expiry | five minutes after the last session |
/// | `okta:lock:{key}` | string | the token of the refresh that holds the lock | with the lock |
///
/// `okta:` is the [`prefix`](super::RedisStoreBuilder::prefix). Applications that share the prefix
/// and the database share their users: deleting a user's sessions ends them in all of these
/// applications.
///
/// # Redis configuration
///
/// - `maxmemory-policy noeviction`: other policies end sessions to free memory. With this policy a
///   full Redis rejects new sessions ([`StoreErrorKind::Full`](crate::store::StoreErrorKind::Full))
///   and keeps the existing ones.
/// - A Redis that restarts from an old snapshot restores ended sessions and old refresh tokens. Use
///   `appendonly yes`, or no persistence: a restart then signs all users out. The same applies to a
///   replica that lags and becomes the primary.
/// - Redis Cluster is not supported: a session and its index entries are in different slots. One
///   primary with replicas is supported.
/// - An ACL needs `~okta:*`, the commands `HMGET`, `EVAL`, `SET` and `SELECT`, and those of the
///   scripts: `EXISTS`, `HGET`, `HSET`, `PEXPIRE`, `PTTL`, `UNLINK`, `GET`, `ZADD`, `ZREM`,
///   `ZRANGE`, `ZCARD`, `ZREMRANGEBYSCORE`.
///
/// # Security
/// Neither `Debug` nor an error shows the address, which may contain a password, or a response of
/// Redis beyond its error code.
///
/// TLS is rustls with aws-lc-rs, independent of the process's default provider: the `redis` crate's
/// TLS panics if ring and aws-lc-rs are both present and none is the default.
pub struct RedisStore {
    connection: Connection,
    prefix: Box<str>,
}

impl RedisStore {
    pub(super) fn new(connection: Connection, prefix: Box<str>) -> Self {
        Self { connection, prefix }
    }

    fn session_name(&self, key: &SessionKey) -> String {
        format!("{}session:{}", self.prefix, key.as_str())
    }

    fn lock_name(&self, key: &SessionKey) -> String {
        format!("{}lock:{}", self.prefix, key.as_str())
    }

    /// Returns the key of the set of a user's sessions: a hash, because the length of issuers and
    /// IDs is unbounded.
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

    /// Returns a script that writes a session, with the arguments that `CREATE` and `SAVE` share.
    fn write(
        &self,
        script: &scripts::Script,
        names: &[&str],
        key: &SessionKey,
        session: &StoredSession,
    ) -> Cmd {
        let (now, ends_at) = (self.now(), unix_milliseconds(session.ends_at));
        let left = lifetime(ends_at.saturating_sub(now));
        let mut command = script.on(names);
        command.arg(key.as_str()).arg(now).arg(ends_at).arg(left);
        command.arg(&session.data).arg(session.version);
        command
    }

    /// Deletes all sessions of a set, in batches that do not block Redis for long.
    async fn delete_all_in(&self, set: &str) -> Result<u64, StoreError> {
        /// The sessions that one script deletes.
        const BATCH: u64 = 500;
        /// 500,000 sessions. The bound matters only if sessions are created faster than deleted.
        const MAX_BATCHES: usize = 1000;
        let mut command = scripts::DELETE_ALL.on(&[set]);
        command.arg(&*self.prefix).arg(BATCH);
        let mut deleted = 0;
        for _ in 0..MAX_BATCHES {
            let (now, left): (u64, u64) = self.connection.run(&command).await?;
            deleted += now;
            if left == 0 {
                return Ok(deleted);
            }
        }
        Err(Failure::Endless.into())
    }
}

/// Returns the hash of two texts. Different pairs give different input.
fn hash_of(first: &str, second: &str) -> String {
    let mut context = Context::new(&SHA256);
    context.update(&(first.len() as u64).to_be_bytes());
    context.update(first.as_bytes());
    context.update(second.as_bytes());
    URL_SAFE_NO_PAD.encode(context.finish())
}

/// Returns a lifetime in milliseconds that Redis accepts: at least one, and without overflow.
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

            let mut command = self.write(&scripts::CREATE, &names, key, &session);
            let owner = &session.owner;
            command.arg(&*owner.issuer).arg(&*owner.user_id);
            command.arg(sid.unwrap_or_default());
            let is_created: bool = self.connection.run(&command).await?;
            is_created
                .then_some(())
                .ok_or_else(|| Failure::KeyInUse.into())
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
            let name = self.session_name(key);
            let mut command = self.write(&scripts::SAVE, &[&name], key, &session);
            command.arg(expected);
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

    fn limit_user<'a>(
        &'a self,
        owner: &'a Owner,
        most: usize,
        newest: &'a SessionKey,
    ) -> StoreFuture<'a, u64> {
        Box::pin(async move {
            let mut command = scripts::LIMIT.on(&[&self.user_name(owner)]);
            command.arg(&*self.prefix).arg(most).arg(newest.as_str());
            Ok(self.connection.run(&command).await?)
        })
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
            command.arg(self.lock_name(key)).arg(token);
            command.arg("NX").arg("PX").arg(ttl);
            let reply: Option<String> = self.connection.run(&command).await?;
            Ok(reply.is_some())
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

/// Parses the fields of a session's hash, in the order of [`scripts::FIELDS`].
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

/// Shows the address without the password.
impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore")
            .field("address", &self.connection.address())
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}
