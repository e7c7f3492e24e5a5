//! The resident memory of cached tokens, measured in a process of its own.
//!
//! In the process of the benchmark, new entries would reuse memory that other parts have freed.

use std::{fs, process::Command};

use okta_tower::Algorithm;
use tower::Layer;

use crate::{
    request::{Bare, Caller, bearer},
    stage,
};

/// The word of the command line that makes this program the measured process.
pub(crate) const WORD: &str = "resident-tokens";

/// Fewer tokens than the cache holds.
const TOKENS: usize = 8_000;

/// Returns the bytes of resident memory for each cached token of 1.1 KB.
pub(crate) fn of_a_token() -> f64 {
    let program = std::env::current_exe().expect("the path of this program");
    let output = Command::new(program).arg(WORD).output();
    let printed = output.expect("a second process").stdout;
    let printed = String::from_utf8(printed).expect("a number");
    printed.trim().parse().expect("a number")
}

/// Prints the growth of this process by each token.
pub(crate) fn measure() {
    let issuer = stage::runtime().block_on(stage::issuer(Algorithm::Rs256));
    let okta = stage::runtime().block_on(stage::okta(&issuer));
    let mut caller = Caller::new::<_, (), _>(okta.layer().layer(Bare::<()>::new()));
    let tokens: Vec<_> = (0..=TOKENS)
        .map(|number| bearer(&stage::long_token(&issuer, number)))
        .collect();
    caller.pass(&tokens[TOKENS]);
    let before = bytes();
    tokens[..TOKENS].iter().for_each(|token| caller.pass(token));
    println!("{}", (bytes() - before) as f64 / TOKENS as f64);
}

/// Returns the resident memory of this process in bytes.
pub(crate) fn bytes() -> i64 {
    let pages = fs::read_to_string("/proc/self/statm").unwrap_or_default();
    pages
        .split(' ')
        .nth(1)
        .and_then(|pages| pages.parse::<i64>().ok())
        .unwrap_or(0)
        * 4096
}
