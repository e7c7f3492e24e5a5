//! The application's own people: a table in a SQLite file, keyed by who vouches for them and by their id there.

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

/// Whatever went wrong. It says nothing of a person.
pub(crate) type PeopleError = Box<dyn std::error::Error + Send + Sync>;

/// Who a person is: never their e-mail address, which may be somebody else's tomorrow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) issuer: String,
    pub(crate) user_id: String,
}

/// A row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Person {
    pub(crate) id: i64,
    pub(crate) email: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) sign_ins: i64,
}

/// The table. Its clones are one.
#[derive(Clone)]
pub(crate) struct People {
    connection: Arc<Mutex<Connection>>,
    /// One at a time gets a thread for blocking calls: the others wait here, where waiting costs none.
    turn: Arc<Semaphore>,
}

impl People {
    /// Opens the file, and creates it where there is none.
    pub(crate) fn open(path: &Path) -> rusqlite::Result<Self> {
        let connection = Connection::open(path)?;
        connection.busy_timeout(BUSY)?;
        connection.execute_batch(TABLE)?;
        Ok(Self {
            connection: Arc::new(Mutex::new(connection)),
            turn: Arc::new(Semaphore::new(1)),
        })
    }

    /// Creates the person, or updates what they are called; one more sign-in either way.
    pub(crate) async fn signed_in(
        &self,
        key: Key,
        email: Option<String>,
        name: Option<String>,
    ) -> Result<Person, PeopleError> {
        self.with(move |connection| {
            connection.query_row(
                "INSERT INTO person (issuer, user_id, email, name, sign_ins) VALUES (?1, ?2, ?3, ?4, 1)
                 ON CONFLICT (issuer, user_id) DO UPDATE
                 SET email = excluded.email, name = excluded.name, sign_ins = sign_ins + 1
                 RETURNING id, email, name, sign_ins",
                params![key.issuer, key.user_id, email, name],
                person,
            )
        })
        .await
    }

    /// The person, where they have signed in before.
    pub(crate) async fn find(&self, key: Key) -> Result<Option<Person>, PeopleError> {
        self.with(move |connection| {
            connection
                .query_row(
                    "SELECT id, email, name, sign_ins FROM person WHERE issuer = ?1 AND user_id = ?2",
                    params![key.issuer, key.user_id],
                    person,
                )
                .optional()
        })
        .await
    }

    /// Off the threads that serve requests: SQLite blocks.
    async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, PeopleError> {
        let turn = Arc::clone(&self.turn).acquire_owned().await?;
        let connection = Arc::clone(&self.connection);
        let done = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            // Each statement is whole by itself, so one that panicked left nothing half done.
            let connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
            work(&connection)
        });
        Ok(done.await??)
    }
}

fn person(row: &rusqlite::Row<'_>) -> rusqlite::Result<Person> {
    Ok(Person {
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
    async fn a_person_is_created_once_and_updated_from_then_on() {
        let people = People::open(Path::new(":memory:")).unwrap();
        let (email, name) = ada();
        let first = people.signed_in(key("00u1"), email, name).await.unwrap();
        let email = Some("ada@lovelace.example".to_owned());
        let second = people.signed_in(key("00u1"), email, None).await.unwrap();
        assert_eq!((first.id, first.sign_ins), (second.id, 1));
        assert_eq!(second.sign_ins, 2);
        assert_eq!(second.email.as_deref(), Some("ada@lovelace.example"));
        assert_eq!(people.find(key("00u1")).await.unwrap(), Some(second));
    }

    #[tokio::test]
    async fn the_same_address_at_another_user_id_or_issuer_is_another_person() {
        let people = People::open(Path::new(":memory:")).unwrap();
        let (email, name) = ada();
        let one = (people
            .signed_in(key("00u1"), email.clone(), name.clone())
            .await)
            .unwrap();
        let other = (people
            .signed_in(key("00u2"), email.clone(), name.clone())
            .await)
            .unwrap();
        let elsewhere = Key {
            issuer: "https://other.okta.com".to_owned(),
            ..key("00u1")
        };
        let third = people.signed_in(elsewhere, email, name).await.unwrap();
        assert_ne!(one.id, other.id);
        assert_ne!(one.id, third.id);
        assert_eq!((other.sign_ins, third.sign_ins), (1, 1));
    }

    #[tokio::test]
    async fn people_are_still_there_after_a_restart() {
        let path = std::env::temp_dir().join(format!("people-{}.sqlite3", std::process::id()));
        let people = People::open(&path).unwrap();
        let (email, name) = ada();
        let before = people.signed_in(key("00u1"), email, name).await.unwrap();
        drop(people);
        let after = People::open(&path).unwrap().find(key("00u1")).await;
        let stranger = People::open(&path).unwrap().find(key("00u2")).await;
        std::fs::remove_file(&path).unwrap();
        assert_eq!(after.unwrap(), Some(before));
        assert_eq!(stranger.unwrap(), None);
    }
}
