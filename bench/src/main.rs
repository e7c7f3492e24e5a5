//! What okta-tower costs, beside nothing at all, beside the bare signature check, and beside its peers.
//!
//! ```text
//! cargo run --release --manifest-path bench/Cargo.toml             # everything, about twenty minutes
//! cargo run --release --manifest-path bench/Cargo.toml peers cold  # some parts
//! cargo run --release --manifest-path bench/Cargo.toml write       # everything, into BENCHMARKS.md
//! ```

mod allocator;
mod cold;
mod compile;
mod guards;
mod layer;
mod least;
mod limits;
mod machine;
mod peers;
mod plot;
mod refused;
mod report;
mod request;
mod rotation;
mod rounds;
mod session;
mod signed_in;
mod stage;
mod threads;
mod tokens;
mod wire;

use report::Report;

/// A word of the command line, and what it runs.
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
    ("session", session::run),
    ("wire", wire::run),
    ("compile", compile::run),
];

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let keep = words.iter().any(|word| word == "write");
    let wanted: Vec<&str> = words
        .iter()
        .map(String::as_str)
        .filter(|word| *word != "write")
        .collect();
    for word in &wanted {
        let is_part = PARTS.iter().any(|(name, _)| name == word);
        assert!(
            is_part,
            "no part {word}; there are: write {}",
            PARTS
                .iter()
                .map(|(name, _)| *name)
                .collect::<Vec<_>>()
                .join(" ")
        );
    }
    let _entered = stage::runtime().enter();
    let mut report = Report::default();
    machine::run(&mut report);
    for (name, run) in PARTS {
        if wanted.is_empty() || wanted.contains(name) {
            eprintln!("{name} …");
            run(&mut report);
        }
    }
    report.finish(keep, wanted.is_empty());
}
