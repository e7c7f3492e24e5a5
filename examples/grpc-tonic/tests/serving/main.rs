//! The server in this process, and clients of every kind: Tonic, raw HTTP/2, gRPC-Web and grpcio.

mod calls;
mod expiry;
mod framing;
mod grpc_web;
mod grpcio;
mod outage;
mod program;
mod raw;
mod world;
