//! The layer from outside: requests in, answers out, against an issuer of its own.

mod challenge_tests;
mod guards;
mod metrics;
mod nesting;
mod optional;
mod options;
mod outcomes;
mod preflight;
mod raw_socket;
mod readiness;
mod responders;
mod routes;
mod row;
mod secrecy;
mod world;
