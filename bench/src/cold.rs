//! Tokens that are not in the cache, relative to the bare signature check.

use std::hint::black_box;

use okta_tower::{Algorithm, Okta};
use tower::Layer;

use crate::{
    limits::{self, Signed},
    report::{Report, Table, nanoseconds},
    request::{Bare, Caller, bearer, now},
    rounds::{Case, interleaved},
    stage,
};

const ROUNDS: usize = 301;
/// Far more tokens than the small cache holds.
const DISTINCT: usize = 4_000;
const SMALL_CACHE: usize = 64 << 10;

pub(crate) fn run(report: &mut Report) {
    let mut table = Table::new(
        "cold",
        &[
            "algorithm",
            "bare signature check",
            "bare service, then the check",
            "`Okta::verify`",
            "request through the layer",
            "request, full cache",
        ],
    );
    for (algorithm, most) in [
        (Algorithm::Rs256, 1.20),
        (Algorithm::Es256, 1.10),
        (Algorithm::EdDsa, 1.10),
    ] {
        measure(report, &mut table, algorithm, most);
    }
    table.note(
        "In brackets: the time relative to the bare check with a parsed key, in the same rounds. \
         The cache is off. In the last column it is on, small and full, so each insertion evicts \
         another token. Eight copies of each key take turns, because the place of a key in memory \
         can make its checks slower.",
    );
    report.table(table);
}

/// The number of copies of a key. In one run the bare check took a fifth longer than in all others,
/// and only the place of its key in memory differed. So the copies take turns.
const PLACES: usize = 8;

/// The number of checks with one copy in a row.
const IN_A_ROW: usize = 64;

/// Returns the copy for the next call.
fn place(calls: &mut usize) -> usize {
    *calls += 1;
    *calls / IN_A_ROW % PLACES
}

/// Blocks allocated between the copies, so that their places in memory differ.
#[derive(Default)]
struct Places(Vec<Vec<u8>>);

impl Places {
    fn move_on(&mut self) {
        let more = 16 * (7 * self.0.len() + 1);
        self.0.push(vec![0; more % 4096]);
    }
}

fn measure(report: &mut Report, table: &mut Table, algorithm: Algorithm, most: f64) {
    let mut places = Places::default();
    let (issuer, cold, full) = stage::runtime().block_on(async {
        let issuer = stage::issuer(algorithm).await;
        let mut cold = Vec::new();
        for _ in 0..PLACES {
            cold.push(stage::okta_without_cache(&issuer).await);
            places.move_on();
        }
        let full =
            stage::okta_with(&issuer, |builder| builder.token_cache_bytes(SMALL_CACHE)).await;
        (issuer, cold, full)
    });
    let token = stage::token(&issuer).sign();
    let headers = bearer(&token);
    let signed = Signed::new(&token);
    let keys: Vec<_> = (0..PLACES)
        .map(|_| {
            places.move_on();
            limits::parsed(&issuer.active_key())
        })
        .collect();
    let layered = |cold: &Okta| Caller::new::<_, (), _>(cold.layer().layer(Bare::<()>::new()));
    let mut uncached: Vec<_> = cold.iter().map(layered).collect();
    let mut through_full = Caller::new::<_, (), _>(full.layer().layer(Bare::<()>::new()));
    let distinct: Vec<_> = (0..DISTINCT)
        .map(|_| bearer(&stage::token(&issuer).sign()))
        .collect();
    let mut plain = Caller::new::<_, (), _>(Bare::<()>::new());
    let mut each = distinct.iter().cycle();
    let mut calls = [0; 4];
    let [by_bare, by_verify, by_layer, by_request] = &mut calls;
    let timed = interleaved(
        ROUNDS,
        vec![
            Case::new("bare", || {
                let result =
                    keys[place(by_bare)].verify_sig(black_box(signed.text), &signed.signature);
                assert!(result.is_ok())
            }),
            Case::new("verify", || {
                assert!(now(cold[place(by_verify)].verify(black_box(&token))).is_ok())
            }),
            Case::new("layer", || uncached[place(by_layer)].pass(&headers)),
            Case::new("full", || through_full.pass(each.next().expect("a cycle"))),
            Case::new("request", || {
                plain.pass(&headers);
                let result =
                    keys[place(by_request)].verify_sig(black_box(signed.text), &signed.signature);
                assert!(result.is_ok())
            }),
        ],
    );
    let [check, verify, ..] = &timed[..] else {
        unreachable!("the cases above")
    };
    let relative = |at: usize| {
        format!(
            "{} ({:.3})",
            nanoseconds(timed[at].median()),
            timed[at].times_of(check)
        )
    };
    table.row([
        algorithm.to_string(),
        nanoseconds(check.median()),
        relative(4),
        relative(1),
        relative(2),
        relative(3),
    ]);
    let ratio = verify.times_of(check);
    report.target(
        &format!("uncached {algorithm}, `Okta::verify`, relative to the bare check"),
        &format!("at most {most:.2}"),
        format!("{ratio:.3}"),
        ratio <= most,
    );
}
