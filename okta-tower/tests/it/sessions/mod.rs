//! The layer with session cookies: users sign in at the test issuer.

mod headers_and_cookies;
mod invalid_cookies;
mod navigations;
mod origins;
mod responses;
mod waits;
mod world;
