//! The layer's half for browsers, from outside: people who have signed in at an issuer of their own.

mod answers;
mod dead_cookies;
mod headers_and_cookies;
mod navigations;
mod origins;
mod waits;
mod world;
