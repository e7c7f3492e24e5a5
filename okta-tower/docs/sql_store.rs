//! A store in a SQL database: SQLite here. Other databases have other types than `BLOB` and
//! `INTEGER`.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use okta_tower::store::{
    Owner, SessionKey, SessionStore, StoreError, StoreErrorKind, StoreFuture, StoredSession,
};
use rusqlite::{Connection, OptionalExtension, Row, params};

const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS session (
        key TEXT PRIMARY KEY, data BLOB NOT NULL, version INTEGER NOT NULL,
        ends_at INTEGER NOT NULL, issuer TEXT NOT NULL, user_id TEXT NOT NULL, sid TEXT);
    CREATE INDEX IF NOT EXISTS session_user ON session (issuer, user_id);
    CREATE INDEX IF NOT EXISTS session_sid ON session (issuer, sid);
    CREATE INDEX IF NOT EXISTS session_end ON session (ends_at);
    CREATE TABLE IF NOT EXISTS session_lock (
        key TEXT PRIMARY KEY, token TEXT NOT NULL, ends_at INTEGER NOT NULL);";

pub struct SqlStore(Arc<Mutex<Connection>>);

impl SqlStore {
    pub fn open(path: &str) -> rusqlite::Result<Self> {
        let connection = Connection::open(path)?;
        connection.busy_timeout(Duration::from_secs(2))?; // every operation is bounded
        connection.execute_batch(TABLES)?;
        Ok(Self(Arc::new(Mutex::new(connection))))
    }

    /// Runs statements on a thread for blocking work. Passes them the current time.
    fn run<T, F>(&self, statements: F) -> StoreFuture<'_, T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection, i64) -> rusqlite::Result<T> + Send + 'static,
    {
        let connection = Arc::clone(&self.0);
        let run = move || {
            let connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
            statements(&connection, milliseconds(SystemTime::now()))
        };
        Box::pin(async {
            let done = tokio::task::spawn_blocking(run).await;
            done.map_err(|panic| StoreError::new(StoreErrorKind::Unusable, panic))?
                .map_err(|error| StoreError::new(StoreErrorKind::Unavailable, error))
        })
    }
}

fn milliseconds(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

fn session(row: &Row<'_>) -> rusqlite::Result<StoredSession> {
    let text = |name| row.get::<_, String>(name);
    let owner = Owner::new(&text("issuer")?, &text("user_id")?);
    let version = row.get::<_, i64>("version")?.cast_unsigned();
    let ends_at = UNIX_EPOCH + Duration::from_millis(row.get::<_, i64>("ends_at")?.cast_unsigned());
    let sid: Option<String> = row.get("sid")?;
    Ok(StoredSession::new(row.get("data")?, version, owner, ends_at).with_sid(sid.as_deref()))
}

impl SessionStore for SqlStore {
    fn create<'a>(&'a self, key: &'a SessionKey, new: StoredSession) -> StoreFuture<'a, ()> {
        let key = key.as_str().to_owned();
        self.run(move |sql, now| {
            // Removes all expired sessions, this key's included.
            sql.execute("DELETE FROM session WHERE ends_at <= ?1", [now])?;
            let values = params![
                key,
                new.data,
                new.version.cast_signed(),
                milliseconds(new.ends_at),
                new.owner.issuer,
                new.owner.user_id,
                new.sid,
            ];
            sql.execute(
                "INSERT INTO session VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                values,
            )?;
            Ok(()) // a key in use failed above
        })
    }

    fn load<'a>(&'a self, key: &'a SessionKey) -> StoreFuture<'a, Option<StoredSession>> {
        let key = key.as_str().to_owned();
        self.run(move |sql, now| {
            let found = "SELECT * FROM session WHERE key = ?1 AND ends_at > ?2";
            sql.query_row(found, params![key, now], session).optional()
        })
    }

    fn save<'a>(
        &'a self,
        key: &'a SessionKey,
        expected: u64,
        new: StoredSession,
    ) -> StoreFuture<'a, bool> {
        let key = key.as_str().to_owned();
        self.run(move |sql, now| {
            let update = "UPDATE session SET data = ?1, version = ?2, ends_at = ?3
                          WHERE key = ?4 AND version = ?5 AND ends_at > ?6"; // never inserts
            let (version, expected) = (new.version.cast_signed(), expected.cast_signed());
            let ends_at = milliseconds(new.ends_at);
            let values = params![new.data, version, ends_at, key, expected, now];
            Ok(sql.execute(update, values)? == 1)
        })
    }

    fn delete<'a>(&'a self, key: &'a SessionKey) -> StoreFuture<'a, bool> {
        let key = key.as_str().to_owned();
        self.run(move |sql, now| {
            let delete = "DELETE FROM session WHERE key = ?1 AND ends_at > ?2";
            Ok(sql.execute(delete, params![key, now])? == 1)
        })
    }

    fn delete_user<'a>(&'a self, owner: &'a Owner) -> StoreFuture<'a, u64> {
        let owner = owner.clone();
        self.run(move |sql, now| {
            let delete = "DELETE FROM session WHERE issuer = ?1 AND user_id = ?2 AND ends_at > ?3";
            Ok(sql.execute(delete, params![owner.issuer, owner.user_id, now])? as u64)
        })
    }

    fn delete_sid<'a>(&'a self, issuer: &'a str, sid: &'a str) -> StoreFuture<'a, u64> {
        let (issuer, sid) = (issuer.to_owned(), sid.to_owned());
        self.run(move |sql, now| {
            let delete = "DELETE FROM session WHERE issuer = ?1 AND sid = ?2 AND ends_at > ?3";
            Ok(sql.execute(delete, params![issuer, sid, now])? as u64)
        })
    }

    fn limit_user<'a>(
        &'a self,
        owner: &'a Owner,
        most: usize,
        newest: &'a SessionKey,
    ) -> StoreFuture<'a, u64> {
        let (owner, newest) = (owner.clone(), newest.as_str().to_owned());
        self.run(move |sql, now| {
            // The newest session is not counted here.
            let delete = "DELETE FROM session WHERE key IN (
                              SELECT key FROM session
                              WHERE issuer = ?1 AND user_id = ?2 AND key <> ?3 AND ends_at > ?4
                              ORDER BY ends_at DESC, rowid DESC LIMIT -1 OFFSET ?5)";
            let others = i64::try_from(most.saturating_sub(1)).unwrap_or(i64::MAX);
            let values = params![owner.issuer, owner.user_id, newest, now, others];
            Ok(sql.execute(delete, values)? as u64)
        })
    }

    fn lock<'a>(
        &'a self,
        key: &'a SessionKey,
        token: &'a str,
        ttl: Duration,
    ) -> StoreFuture<'a, bool> {
        let (key, token) = (key.as_str().to_owned(), token.to_owned());
        self.run(move |sql, now| {
            sql.execute("DELETE FROM session_lock WHERE ends_at <= ?1", [now])?;
            let insert = "INSERT INTO session_lock VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
            let ends_at = milliseconds(SystemTime::now() + ttl);
            Ok(sql.execute(insert, params![key, token, ends_at])? == 1)
        })
    }

    fn unlock<'a>(&'a self, key: &'a SessionKey, token: &'a str) -> StoreFuture<'a, ()> {
        let (key, token) = (key.as_str().to_owned(), token.to_owned());
        self.run(move |sql, _| {
            let delete = "DELETE FROM session_lock WHERE key = ?1 AND token = ?2";
            sql.execute(delete, params![key, token]).map(|_| ())
        })
    }
}
