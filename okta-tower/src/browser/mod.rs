//! Signing in with a browser: cookies, sessions, the identity behind them, and the pages.

pub mod audit;
pub(crate) mod body;
pub(crate) mod cookies;
pub(crate) mod host;
pub(crate) mod identity;
pub(crate) mod navigation;
pub(crate) mod origin;
pub mod pages;
pub mod provision;
pub(crate) mod return_to;
pub(crate) mod seal;
pub mod session;
pub(crate) mod settings;
pub mod sign_in;
pub(crate) mod source;
pub mod store;
