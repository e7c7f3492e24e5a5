//! The relying-party tests of the OpenID Foundation's conformance suite, against a scripted issuer.
//!
//! The comment of each test names the module of the suite. `docs/conformance.md` has the table of
//! all modules. A test compares the two.

mod basic;
mod config;
mod form_post;
mod logout;
mod refresh;
mod table;
mod world;
