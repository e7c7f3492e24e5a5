//! Malformed and unusual bytes on a socket of a real server with the layer.

mod fields;
mod framing;
mod server;
