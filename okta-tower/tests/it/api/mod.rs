//! Okta's management API: the calls, against an org that answers as Okta does.

mod accounts;
mod credentials;
mod current_user;
mod pages;
mod people;
mod secrecy;
mod troubles;
mod world;
