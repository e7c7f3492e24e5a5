//! Many distinct live tokens: what they take in memory, how many are found again, and what a request costs then.

use std::fs;

use okta_tower::Algorithm;
use okta_tower_test::Issuer;
use tower::Layer;

use crate::{
    allocator,
    plot::{self, Line},
    report::{Report, Table, nanoseconds},
    request::{Bare, Caller, bearer},
    rounds::quantile,
    stage,
};

const NUMBERS: [usize; 3] = [10_000, 100_000, 1_000_000];
const BOUNDS: [(&str, usize); 2] = [("64 MiB, the default", 64 << 20), ("4 GiB", 4 << 30)];
/// Requests in a turn, and turns. Which token comes is decided by a generator with a fixed seed.
const REQUESTS: usize = 20_000;
const TURNS: usize = 9;

pub(crate) fn run(report: &mut Report) {
    // Quick to sign. In the cache a token is its text and its claims, whatever its algorithm.
    let issuer = stage::runtime().block_on(stage::issuer(Algorithm::EdDsa));
    let mut tokens = Vec::new();
    let mut table = Table::new(
        "tokens",
        &[
            "live tokens",
            "bound",
            "held by the cache",
            "a token",
            "growth of the process",
            "found again",
            "median request",
        ],
    );
    let mut lines: Vec<Line> = BOUNDS
        .map(|(name, _)| Line {
            name: format!("bound of {name}"),
            points: Vec::new(),
        })
        .into();
    for number in NUMBERS {
        tokens.extend((tokens.len()..number).map(|number| token(&issuer, number)));
        for ((name, bound), line) in BOUNDS.into_iter().zip(&mut lines) {
            let found = measure(&issuer, &tokens, bound);
            table.row([
                number.to_string(),
                name.to_owned(),
                format!("{:.1} MiB", found.held as f64 / f64::from(1 << 20)),
                format!(
                    "{:.0} bytes",
                    found.held as f64 / (number.min(found.entries)) as f64
                ),
                format!("{:.0} MiB", found.grown as f64 / f64::from(1 << 20)),
                format!("{:.1} %", found.hits * 100.0),
                nanoseconds(found.nanoseconds),
            ]);
            line.points.push((number as f64, found.nanoseconds));
            let measured = format!("{:.1} MiB", found.held as f64 / f64::from(1 << 20));
            report.target(
                &format!("{number} tokens, memory within {name}"),
                "within the bound",
                measured,
                found.held <= bound as i64,
            );
        }
    }
    table.note(format!(
        "Tokens of {} bytes, asked for at random. Held: what the cache has allocated and not freed, as it was asked for. A token: \
         that by the number of tokens, or of those that the bound leaves room for. Growth: resident memory of the process, with what \
         the allocator loses between blocks and keeps for itself.",
        tokens[0].len()
    ));
    report.table(table);
    plot::log_lines(
        "tokens",
        "A warm request by the number of live tokens",
        "live tokens",
        "ns a request",
        &lines,
    );
}

struct Found {
    held: i64,
    grown: i64,
    entries: usize,
    hits: f64,
    nanoseconds: f64,
}

fn measure(issuer: &Issuer, tokens: &[String], bound: usize) -> Found {
    let okta = stage::runtime().block_on(stage::okta_with(issuer, |builder| {
        builder.token_cache_bytes(bound)
    }));
    let mut caller = Caller::new::<_, (), _>(okta.layer().layer(Bare::<()>::new()));
    let (held, resident) = (allocator::bytes(), resident());
    tokens.iter().for_each(|token| caller.pass(&bearer(token)));
    let (held, grown) = (allocator::bytes() - held, self::resident() - resident);

    let count = |name| {
        okta.metrics()
            .get("okta_tower_token_cache_total", name)
            .unwrap_or(0)
    };
    let mut random = 0x5eed_u64;
    let mut turns = Vec::new();
    let (hits, misses) = (count("hit"), count("miss"));
    for _ in 0..TURNS {
        let chosen: Vec<_> = (0..REQUESTS)
            .map(|_| bearer(&tokens[next(&mut random) as usize % tokens.len()]))
            .collect();
        let start = std::time::Instant::now();
        chosen.iter().for_each(|headers| caller.pass(headers));
        turns.push(start.elapsed().as_secs_f64() * 1e9 / REQUESTS as f64);
    }
    let (hits, misses) = (
        (count("hit") - hits) as f64,
        (count("miss") - misses) as f64,
    );
    let hits = hits / (hits + misses);
    // In a cache that is full, as many are found as there are.
    let entries = (tokens.len() as f64 * hits) as usize;
    Found {
        held,
        grown,
        entries: entries.max(1),
        hits,
        nanoseconds: quantile(&turns, 0.5),
    }
}

/// One of many: the same claims for another person each time.
fn token(issuer: &Issuer, number: usize) -> String {
    stage::token(issuer)
        .user(format!("person-{number:07}@example.com"))
        .expires_in(6 * 3600)
        .sign()
}

/// The next of a linear congruential generator (Knuth's MMIX).
fn next(state: &mut u64) -> u64 {
    *state = state
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    *state >> 33
}

/// Resident memory of this process in bytes.
fn resident() -> i64 {
    let pages = fs::read_to_string("/proc/self/statm").unwrap_or_default();
    pages
        .split(' ')
        .nth(1)
        .and_then(|pages| pages.parse::<i64>().ok())
        .unwrap_or(0)
        * 4096
}
