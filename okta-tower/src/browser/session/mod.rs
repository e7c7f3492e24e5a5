//! Sessions of users who signed in with a browser. Feature `sign-in`.
//!
//! A session is kept in one of two ways, as [`SignIn::store`](crate::SignIn::store)
//! configures. Their guarantees differ:
//!
//! | | sealed cookie (the default) | store |
//! |---|---|---|
//! | the cookie contains | the whole session, sealed | a random ID; the store knows its hash |
//! | cost of a request | processor time only, once cached | one load |
//! | token requests per refresh | one in each process | one |
//! | a sign-out | ends the session in this process; another process accepts a stolen old cookie until it idles out, or if used, until the absolute timeout | ends the session everywhere at once |
//! | sessions of a user | unlimited | at most [`max_sessions_per_user`](crate::SignIn::max_sessions_per_user) |
//!
//! ```text
//!  cookie ─▶ cache ──hit, and nothing has changed──────────────────────────▶ Verified
//!              │miss
//!            open ─▶ status (signed out? outdated?) ─▶ stage ─ fresh ──────▶ Verified
//!                                                        │ due
//!                                              refresh slot: one per session ─▶ provider
//! ```
//!
//! A refresh runs in a task of its own: a client disconnect cannot lose a rotated refresh token.

mod backend;
mod caller;
mod context;
mod cookie;
mod create;
mod end;
mod ended;
#[cfg(test)]
mod fixture;
mod handle;
mod identify;
mod local;
mod record;
mod record_bytes;
mod refresh;
mod refresh_slot;
mod registry;
mod sealed;
mod sessions;
mod stage;
mod stored;

pub(crate) use self::{
    backend::EndedSession,
    create::CreateError,
    identify::IdentifiedSession,
    record::NewSession,
    sessions::{Environment, Sessions},
};
pub use self::{
    caller::{require_session, session},
    handle::Session,
};
