//! The fuzz targets: one function each, which panics if its oracle is violated. libFuzzer runs
//! them by `fuzz_targets/`, and [`driver`] on stable Rust.

#![forbid(unsafe_code)]

pub mod driver;
mod json;
mod keys;
mod requests;
mod routes;
mod settings;
mod tokens;

/// A target: it panics if a parser breaks a rule for these bytes.
pub type Target = fn(&[u8]);

/// Every target by name.
pub const TARGETS: [(&str, Target); 13] = [
    ("token", tokens::token),
    ("payload", tokens::payload),
    ("jwk", keys::jwk),
    ("jwks", keys::jwks),
    ("discovery", keys::discovery),
    ("cookie", requests::cookie),
    ("seal", requests::seal),
    ("callback", requests::callback),
    ("return_to", requests::return_to),
    ("authorization", requests::authorization),
    ("routes", routes::routes),
    ("links", requests::links),
    ("settings", settings::settings),
];

/// Runs a target on one input.
///
/// # Panics
///
/// If there is no such target, or its oracle is violated.
pub fn run(name: &str, data: &[u8]) {
    let found = TARGETS.iter().find(|(target, _)| *target == name);
    let (_, target) = found.expect("no such target");
    target(data);
}
