//! The layer: requests, responses, logs and metrics.

mod audit;
mod caching;
mod challenge_tests;
mod guards;
mod marker;
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
mod tokens;
mod world;
