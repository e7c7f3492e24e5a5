//! The cost of okta-tower, compared with a bare service, the bare signature check, and its peers.
//!
//! ```text
//! cargo run --release --manifest-path bench/Cargo.toml                # all parts
//! cargo run --release --manifest-path bench/Cargo.toml layer cold     # some parts
//! cargo run --release --manifest-path bench/Cargo.toml short threads  # a fifth of the rounds
//! cargo run --release --manifest-path bench/Cargo.toml write          # all, into BENCHMARKS.md
//! ```
//!
//! All parts take about twenty minutes.

mod allocator;
mod baseline;
mod capacity;
mod cold;
mod compile;
mod guards;
mod layer;
mod limits;
mod machine;
mod peers;
mod plot;
mod pool;
mod refused;
mod report;
mod request;
mod resident;
mod rotation;
mod rounds;
mod session;
mod signed_in;
mod stage;
mod threads;
mod tokens;
mod wire;

use report::Report;

/// A word of the command line, and the function that it runs.
type Part = (&'static str, fn(&mut Report));

const PARTS: &[Part] = &[
    ("layer", layer::run),
    ("peers", peers::run),
    ("cold", cold::run),
    ("refused", refused::run),
    ("guards", guards::run),
    ("threads", threads::run),
    ("tokens", tokens::run),
    ("rotation", rotation::run),
    ("pool", pool::run),
    ("session", session::run),
    ("wire", wire::run),
    ("compile", compile::run),
];

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let has = |option: &str| words.iter().any(|word| word == option);
    let _entered = stage::runtime().enter();
    if has(resident::WORD) {
        resident::measure();
        return;
    }
    let wanted: Vec<&str> = words
        .iter()
        .map(String::as_str)
        .filter(|word| !["write", "short"].contains(word))
        .collect();
    for word in &wanted {
        let names: Vec<&str> = PARTS.iter().map(|(name, _)| *name).collect();
        assert!(
            names.contains(word),
            "no part {word}; the words are: write short {}",
            names.join(" ")
        );
    }
    if has("short") {
        assert!(!has("write"), "a short run is not for BENCHMARKS.md");
        eprintln!("short: a fifth of the rounds in the notes");
        rounds::shorten();
    }
    if has("write") {
        plot::keep();
    }
    let mut report = Report::default();
    machine::run(&mut report);
    for (name, run) in PARTS {
        if wanted.is_empty() || wanted.contains(name) {
            eprintln!("{name} …");
            run(&mut report);
        }
    }
    report.finish(has("write"), wanted.is_empty());
}
