//! The application's users: a table in a SQLite file, keyed by issuer and user ID.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;
use tokio::sync::Semaphore;

/// How long a statement waits for another process that writes.
const BUSY: Duration = Duration::from_secs(2);

const TABLE: &str = "
    CREATE TABLE IF NOT EXISTS person (
        id        INTEGER PRIMARY KEY,
        issuer    TEXT    NOT NULL,
        user_id   TEXT    NOT NULL,
        email     TEXT,
        name      TEXT,
        sign_ins  INTEGER NOT NULL,
        UNIQUE (issuer, user_id)
    ) STRICT";

/// Any error of the table. Contains no user data.
pub(crate) type LocalUsersError = Box<dyn std::error::Error + Send + Sync>;

/// The identity of a user. Never the email address, which Okta may assign to another user later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) issuer: String,
    pub(crate) user_id: String,
}

/// A row of the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct LocalUser {
    pub(crate) id: i64,
    pub(crate) email: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) sign_ins: i64,
}

/// The table. Clones share one connection.
#[derive(Clone)]
pub(crate) struct LocalUsers {
    connection: Arc<Mutex<Connection>>,
    /// Admits one query at a time, so that queries wait here instead of blocking a thread each.
    turn: Arc<Semaphore>,
}

impl LocalUsers {
    /// Opens the file, and creates it if it does not exist.
    pub(crate) fn open(path: &Path) -> rusqlite::Result<Self> {
        let connection = Connection::open(path)?;
        connection.busy_timeout(BUSY)?;
        connection.execute_batch(TABLE)?;
        Ok(Self {
            connection: Arc::new(Mutex::new(connection)),
            turn: Arc::new(Semaphore::new(1)),
        })
    }

    /// Creates or updates the user, and counts the sign-in.
    pub(crate) async fn signed_in(
        &self,
        key: Key,
        email: Option<String>,
        name: Option<String>,
    ) -> Result<LocalUser, LocalUsersError> {
        self.with(move |connection| {
            connection.query_row(
                "INSERT INTO person (issuer, user_id, email, name, sign_ins)
                 VALUES (?1, ?2, ?3, ?4, 1)
                 ON CONFLICT (issuer, user_id) DO UPDATE
                 SET email = excluded.email, name = excluded.name, sign_ins = sign_ins + 1
                 RETURNING id, email, name, sign_ins",
                params![key.issuer, key.user_id, email, name],
                local_user,
            )
        })
        .await
    }

    /// Returns the user, if the user has signed in before.
    pub(crate) async fn find(&self, key: Key) -> Result<Option<LocalUser>, LocalUsersError> {
        self.with(move |connection| {
            connection
                .query_row(
                    "SELECT id, email, name, sign_ins FROM person
                     WHERE issuer = ?1 AND user_id = ?2",
                    params![key.issuer, key.user_id],
                    local_user,
                )
                .optional()
        })
        .await
    }

    /// Runs a query on a thread for blocking calls, because SQLite blocks.
    async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, LocalUsersError> {
        let turn = Arc::clone(&self.turn).acquire_owned().await?;
        let connection = Arc::clone(&self.connection);
        let done = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            // Statements are atomic, so a panic cannot leave a partial change behind.
            let connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
            work(&connection)
        });
        Ok(done.await??)
    }
}

fn local_user(row: &rusqlite::Row<'_>) -> rusqlite::Result<LocalUser> {
    Ok(LocalUser {
        id: row.get(0)?,
        email: row.get(1)?,
        name: row.get(2)?,
        sign_ins: row.get(3)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(user_id: &str) -> Key {
        Key {
            issuer: "https://example.okta.com/oauth2/default".to_owned(),
            user_id: user_id.to_owned(),
        }
    }

    fn ada() -> (Option<String>, Option<String>) {
        (Some("ada@example.com".to_owned()), Some("Ada".to_owned()))
    }

    #[tokio::test]
    async fn user_is_created_once_then_updated() {
        let users = LocalUsers::open(Path::new(":memory:")).unwrap();
        let (email, name) = ada();
        let first = users.signed_in(key("00u1"), email, name).await.unwrap();
        let email = Some("ada@lovelace.example".to_owned());
        let second = users.signed_in(key("00u1"), email, None).await.unwrap();
        assert_eq!((first.id, first.sign_ins), (second.id, 1));
        assert_eq!(second.sign_ins, 2);
        assert_eq!(second.email.as_deref(), Some("ada@lovelace.example"));
        assert_eq!(users.find(key("00u1")).await.unwrap(), Some(second));
    }

    #[tokio::test]
    async fn same_email_with_another_id_or_issuer_is_another_user() {
        let users = LocalUsers::open(Path::new(":memory:")).unwrap();
        let (email, name) = ada();
        let one = (users
            .signed_in(key("00u1"), email.clone(), name.clone())
            .await)
            .unwrap();
        let other = (users
            .signed_in(key("00u2"), email.clone(), name.clone())
            .await)
            .unwrap();
        let elsewhere = Key {
            issuer: "https://other.okta.com".to_owned(),
            ..key("00u1")
        };
        let third = users.signed_in(elsewhere, email, name).await.unwrap();
        assert_ne!(one.id, other.id);
        assert_ne!(one.id, third.id);
        assert_eq!((other.sign_ins, third.sign_ins), (1, 1));
    }

    #[tokio::test]
    async fn users_survive_a_restart() {
        let path = std::env::temp_dir().join(format!("users-{}.sqlite3", std::process::id()));
        let users = LocalUsers::open(&path).unwrap();
        let (email, name) = ada();
        let before = users.signed_in(key("00u1"), email, name).await.unwrap();
        drop(users);
        let after = LocalUsers::open(&path).unwrap().find(key("00u1")).await;
        let unknown = LocalUsers::open(&path).unwrap().find(key("00u2")).await;
        std::fs::remove_file(&path).unwrap();
        assert_eq!(after.unwrap(), Some(before));
        assert_eq!(unknown.unwrap(), None);
    }
}
