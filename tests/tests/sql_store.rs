//! The SQL store from the documentation of `okta_tower::store`. It is compiled here and runs the
//! conformance suite on a file, as several processes would share it.

#[expect(unreachable_pub, reason = "the module is written for readers to copy")]
#[path = "../../okta-tower/docs/sql_store.rs"]
mod sql_store;

use std::{
    fs,
    path::PathBuf,
    sync::atomic::{AtomicU32, Ordering},
};

use okta_tower::store::conformance::Subject;
use sql_store::SqlStore;

/// The database of one test.
struct Database(PathBuf);

impl Database {
    fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("okta-tower-{}-{number}.sqlite", std::process::id());
        Self(std::env::temp_dir().join(name))
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn subject() -> Subject {
    let database = Database::new();
    let path = database.0.to_str().expect("a path in UTF-8");
    let store = SqlStore::open(path).expect("a store");
    Subject::in_real_time(store).keeping(database)
}

okta_tower::store_conformance!(subject());
