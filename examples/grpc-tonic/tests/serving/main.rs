//! The server in this process, and clients of every kind: tonic's, a raw one, a browser's protocol, and grpcio, which nobody
//! here wrote.

mod calls;
mod expiry;
mod framing;
mod grpc_web;
mod grpcio;
mod outage;
mod program;
mod raw;
mod world;
