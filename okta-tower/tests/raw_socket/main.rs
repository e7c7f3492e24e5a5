//! Bytes on a socket, as no well-behaved client would send them, into a real server with the layer.

#[path = "../layer/challenge.rs"]
#[allow(dead_code, reason = "shared with the tests of the layer")]
mod challenge;
mod fields;
mod framing;
mod server;
#[path = "../layer/world.rs"]
#[allow(dead_code, reason = "shared with the tests of the layer")]
mod world;
