//! The default token cache with RS256 tokens of 1.1 KB, with ten groups.

use http::HeaderMap;
use okta_tower::{Algorithm, Okta};
use tower::Layer;

use crate::{
    allocator,
    report::Report,
    request::{Bare, Caller, bearer},
    resident, stage,
};

const BOUND: usize = 64 << 20;
/// Tokens that two passes send, one after the other.
const TWICE: usize = 20_000;
/// Tokens that must fit.
const FITTING: usize = 30_000;
/// More tokens than fit.
const OVERFLOWING: usize = 60_000;

pub(crate) fn run(report: &mut Report) {
    let issuer = stage::runtime().block_on(stage::issuer(Algorithm::Rs256));
    let sign = |number| bearer(&stage::long_token(&issuer, number));
    let mut tokens: Vec<HeaderMap> = (0..OVERFLOWING).map(sign).collect();
    let start = || stage::runtime().block_on(stage::okta(&issuer));
    second_pass(report, &start(), &tokens[..TWICE]);
    let fitting = fitting(report, &start(), &tokens);
    tokens.extend((tokens.len()..2 * fitting).map(sign));
    scan(report, &start(), &tokens[..2 * fitting]);
}

fn second_pass(report: &mut Report, okta: &Okta, tokens: &[HeaderMap]) {
    pass(okta, tokens);
    let (_, verified) = pass(okta, tokens);
    report.target(
        "20,000 tokens of 1.1 KB twice, default cache: signatures verified in the second pass",
        "none",
        verified.to_string(),
        verified == 0,
    );
}

/// Returns how many of the tokens fit: the memory of a full cache divided by that of a token.
fn fitting(report: &mut Report, okta: &Okta, tokens: &[HeaderMap]) -> usize {
    let (few, others) = tokens.split_at(tokens.len() / 10);
    let before = allocator::bytes();
    pass(okta, few);
    let of_few = (allocator::bytes() - before) as f64;
    pass(okta, others);
    let of_all = (allocator::bytes() - before) as f64;
    let fitting = (of_all / of_few * few.len() as f64) as usize;
    report.target(
        "tokens of 1.1 KB that fit into 64 MiB",
        "at least 30,000",
        fitting.to_string(),
        fitting >= FITTING,
    );
    let (weight, resident) = (BOUND as f64 / fitting as f64, resident::of_a_token());
    let ratio = weight / resident;
    report.target(
        "weight of such a token in the cache, relative to its resident memory",
        "within 15 %",
        format!("{ratio:.2} ({weight:.0} of {resident:.0} bytes)"),
        (ratio - 1.0).abs() <= 0.15,
    );
    fitting
}

fn scan(report: &mut Report, okta: &Okta, tokens: &[HeaderMap]) {
    pass(okta, tokens);
    let (hits, misses) = pass(okta, tokens);
    let share = share(hits, misses);
    report.target(
        "scan over twice as many tokens as fit, second pass: hits",
        "at least 15 %",
        format!("{:.1} %", share * 100.0),
        share >= 0.15,
    );
}

/// Sends each token once. Returns the hits and the misses of the cache.
fn pass(okta: &Okta, tokens: &[HeaderMap]) -> (u64, u64) {
    let mut caller = Caller::new::<_, (), _>(okta.layer().layer(Bare::<()>::new()));
    let before = lookups(okta);
    tokens.iter().for_each(|token| caller.pass(token));
    let after = lookups(okta);
    (after.0 - before.0, after.1 - before.1)
}

/// Returns the hits and the misses of the token cache so far.
pub(crate) fn lookups(okta: &Okta) -> (u64, u64) {
    let metrics = okta.metrics();
    let count = |result| metrics.get("okta_tower_token_cache_total", result);
    (count("hit").unwrap_or(0), count("miss").unwrap_or(0))
}

pub(crate) fn share(hits: u64, misses: u64) -> f64 {
    hits as f64 / (hits + misses).max(1) as f64
}
