//! The sign-in endpoints.

mod client_auth;
mod code;
mod logout;
mod page;
mod par;
mod prompt;
mod refresh;
mod revoke;
mod service;
mod tampering;
mod userinfo;
