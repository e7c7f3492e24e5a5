//! The HTTP server.

mod body;
mod connection;
mod faults;
mod gzip;
pub(crate) mod listening;
mod reply;
