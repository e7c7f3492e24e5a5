//! Okta's management API: the calls, against an org that answers as Okta does.

mod accounts;
mod credentials;
mod current_user;
#[path = "../layer/log.rs"]
mod log;
mod pages;
mod people;
mod secrecy;
mod troubles;
mod world;
