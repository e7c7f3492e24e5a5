//! Session stores: for sessions on a server instead of in a sealed cookie. Feature `sign-in`.
//!
//! A [`SessionStore`] maps a key to a sealed value with a version and an expiry. It also deletes by
//! user and by the identity provider's session, bounds the sessions of a user, and has a short
//! lock. It never sees a session ID (the key is its hash) or the content of a session (the value is
//! sealed).
//!
//! [`MemoryStore`] is for development and tests. Otherwise use an engine that outlives the process:
//! `RedisStore` (feature `redis`) or your own. Choosing one: see `docs/sessions-and-stores.md`.
//!
//! # Guarantees
//!
//! 1. **`save` never creates**: a refresh that ends after a sign-out must not restore the session.
//! 2. **`save` compares versions, and of concurrent calls exactly one succeeds**: the engine
//!    compares and writes in one step.
//! 3. **`load` respects expiry**, even before the engine removes expired sessions.
//! 4. **A deletion is complete when it returns**: no later `load` in any process finds the session.
//! 5. **Each operation is bounded in time**: a store that blocks also blocks requests.
//!
//! # Use
//!
//! Each request calls `load` once. A sign-in calls `create`, then `limit_user`. A refresh takes the
//! lock, calls `load` again, requests tokens from Okta, and calls `save` with the loaded version.
//! If `save` returns `false`, another refresh or a sign-out was faster, and the stored state is
//! used. If the store fails, requests get 503 and no session ends.
//!
//! # Your own store
//!
//! Any engine with a conditional update can be a store. Run the tests of [`conformance`] against
//! yours. This store in SQL passes them:
//!
#![doc = concat!("```rust,ignore\n", include_str!("../../../docs/sql_store.rs"), "```")]

pub mod conformance;
mod error;
mod memory;
#[cfg(feature = "redis")]
mod redis;
mod session_store;
mod stored;

pub use self::{
    error::{StoreError, StoreErrorKind},
    memory::MemoryStore,
    session_store::{SessionStore, StoreFuture},
    stored::{Owner, SessionKey, StoredSession},
};

#[cfg(feature = "redis")]
pub use self::redis::{RedisStore, RedisStoreBuilder};
