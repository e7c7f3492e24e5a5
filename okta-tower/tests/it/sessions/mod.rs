//! The layer with session cookies: users sign in at the test issuer.

mod applications;
mod bounds;
mod headers_and_cookies;
mod invalid_cookies;
mod metrics;
mod navigations;
mod origins;
mod proxy_buffers;
mod refreshes;
mod responses;
mod waits;
mod world;
