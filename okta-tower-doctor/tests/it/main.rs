//! The command against the test issuer, a certified provider and Redis.

mod binary;
mod credentials;
mod docs;
mod infrastructure;
mod issuer;
mod on_premises;
mod run;
mod secrets;
mod settings;
mod token;
