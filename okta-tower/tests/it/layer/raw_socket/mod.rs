//! Bytes on a socket, as no well-behaved client would send them, into a real server with the layer.

mod fields;
mod framing;
mod server;
