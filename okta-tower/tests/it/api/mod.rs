//! Okta's management API, called against the test issuer's org.

mod accounts;
mod credentials;
mod current_user;
mod failures;
mod pages;
mod secrecy;
mod users;
mod world;
