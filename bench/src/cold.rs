//! A token that was never seen, beside the bare check of its signature.

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
/// More tokens than the small cache below holds by far.
const DISTINCT: usize = 4_000;
const SMALL_CACHE: usize = 64 << 10;

pub(crate) fn run(report: &mut Report) {
    let mut table = Table::new(
        "cold",
        &[
            "algorithm",
            "bare signature check",
            "bare service, and the check after it",
            "`Okta::verify`",
            "request through the layer",
            "the same, into a full cache",
        ],
    );
    for algorithm in [Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa] {
        measure(report, &mut table, algorithm);
    }
    table.note(
        "In brackets: times of the bare check with a parsed key, in the same rounds. The cache is switched off, so that each \
         token is a new one each time; in the last column it is on, small, and full: tokens go in and others out. On both sides eight copies of the key take turns, \
         so that none is slower for where it lies.",
    );
    report.table(table);
}

/// How many copies of a key there are on either side. In one run the bare check took a fifth longer than in all others, and where its
/// key lay in memory is what differed: so each copy has its turn.
const PLACES: usize = 8;

/// How many checks one copy makes before it is the next one's turn.
const IN_A_ROW: usize = 64;

/// The copy whose turn it is.
fn place(calls: &mut usize) -> usize {
    *calls += 1;
    *calls / IN_A_ROW % PLACES
}

/// What is allocated in between, so that the copies lie differently.
#[derive(Default)]
struct Places(Vec<Vec<u8>>);

impl Places {
    fn move_on(&mut self) {
        let more = 16 * (7 * self.0.len() + 1);
        self.0.push(vec![0; more % 4096]);
    }
}

fn measure(report: &mut Report, table: &mut Table, algorithm: Algorithm) {
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
                let verdict =
                    keys[place(by_bare)].verify_sig(black_box(signed.text), &signed.signature);
                assert!(verdict.is_ok())
            }),
            Case::new("verify", || {
                assert!(now(cold[place(by_verify)].verify(black_box(&token))).is_ok())
            }),
            Case::new("layer", || uncached[place(by_layer)].pass(&headers)),
            Case::new("full", || through_full.pass(each.next().expect("a cycle"))),
            Case::new("request", || {
                plain.pass(&headers);
                let verdict =
                    keys[place(by_request)].verify_sig(black_box(signed.text), &signed.signature);
                assert!(verdict.is_ok())
            }),
        ],
    );
    let [wall, verify, ..] = &timed[..] else {
        unreachable!("the cases above")
    };
    let beside = |at: usize| {
        format!(
            "{} ({:.3})",
            nanoseconds(timed[at].median()),
            timed[at].times_of(wall)
        )
    };
    table.row([
        algorithm.to_string(),
        nanoseconds(wall.median()),
        beside(4),
        beside(1),
        beside(2),
        beside(3),
    ]);
    let ratio = verify.times_of(wall);
    report.target(
        &format!("cold, {algorithm}, beside the bare check"),
        "at most 1.10",
        format!("{ratio:.3}"),
        ratio <= 1.10,
    );
}
