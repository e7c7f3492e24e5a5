//! Many live tokens: their memory, the share of cache hits, and the time of a request.

use okta_tower::Algorithm;
use okta_tower_test::Issuer;
use tower::Layer;

use crate::{
    allocator,
    capacity::{self, lookups, share},
    plot::{self, Line},
    report::{Report, Table, nanoseconds},
    request::{Bare, Caller, bearer},
    resident,
    rounds::{quantile, rounds},
    stage,
};

const NUMBERS: [usize; 3] = [10_000, 100_000, 1_000_000];
const BOUNDS: [(&str, usize); 2] = [("64 MiB, the default", 64 << 20), ("4 GiB", 4 << 30)];
/// Requests in a turn. A generator with a fixed seed chooses the token of each.
const REQUESTS: usize = 20_000;
const TURNS: usize = 9;

pub(crate) fn run(report: &mut Report) {
    // EdDSA signs fast. The cache holds a token's text and claims, which depend on no algorithm.
    let issuer = stage::runtime().block_on(stage::issuer(Algorithm::EdDsa));
    capacity::run(report);
    let mut tokens = Vec::new();
    let mut table = Table::new(
        "tokens",
        &[
            "live tokens",
            "bound",
            "held by the cache",
            "each token",
            "growth of the process",
            "hits",
            "median request",
        ],
    );
    let mut lines: Vec<Line> = BOUNDS
        .map(|(name, _)| Line {
            name: format!("bound of {name}"),
            points: Vec::new(),
        })
        .into();
    for number in NUMBERS.map(rounds) {
        tokens.extend(
            (tokens.len()..number).map(|number| stage::token_of_user(&issuer, number).sign()),
        );
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
        }
    }
    table.note(format!(
        "Tokens of {} bytes, in random order. Held: bytes that the cache has requested and not \
         freed. Each token: held bytes by the number of tokens, or of those within the bound. \
         Growth: resident memory of the process, which may reuse memory freed before.",
        tokens[0].len()
    ));
    report.table(table);
    plot::log_lines(
        "tokens",
        "A request by the number of live tokens",
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
    let (held, resident) = (allocator::bytes(), resident::bytes());
    tokens.iter().for_each(|token| caller.pass(&bearer(token)));
    let (held, grown) = (allocator::bytes() - held, resident::bytes() - resident);
    let mut random = 0x5eed_u64;
    let mut turns = Vec::new();
    let before = lookups(&okta);
    for _ in 0..TURNS {
        let chosen: Vec<_> = (0..REQUESTS)
            .map(|_| bearer(&tokens[next(&mut random) as usize % tokens.len()]))
            .collect();
        let start = std::time::Instant::now();
        chosen.iter().for_each(|headers| caller.pass(headers));
        turns.push(start.elapsed().as_secs_f64() * 1e9 / REQUESTS as f64);
    }
    let after = lookups(&okta);
    let hits = share(after.0 - before.0, after.1 - before.1);
    // The share of hits is the share of tokens that a full cache holds.
    let entries = (tokens.len() as f64 * hits) as usize;
    Found {
        held,
        grown,
        entries: entries.max(1),
        hits,
        nanoseconds: quantile(&turns, 0.5),
    }
}

/// Returns the next number of a linear congruential generator (Knuth's MMIX).
fn next(state: &mut u64) -> u64 {
    *state = state
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    *state >> 33
}
