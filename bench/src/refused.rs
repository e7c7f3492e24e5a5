//! Rejected requests: their cost, and the memory that they leave allocated.

use std::{cell::RefCell, hint::black_box, rc::Rc, thread::sleep, time::Duration};

use http::HeaderMap;
use okta_tower::{Algorithm, Okta};
use okta_tower_test::{Endpoint, Issuer};
use tower::Layer;

use crate::{
    allocator,
    limits::{self, Signed},
    peers,
    report::{Report, Table, nanoseconds},
    request::{Bare, Caller, bearer, now},
    rounds::{Case, interleaved},
    stage,
};

const ROUNDS: usize = 301;
const PEER_ROUNDS: usize = 101;
const LEFT_BEHIND_BY: usize = 20_000;

pub(crate) fn run(report: &mut Report) {
    let issuer = stage::runtime().block_on(stage::issuer(Algorithm::Rs256));
    let okta = stage::runtime().block_on(stage::okta(&issuer));
    let forged = stage::forged(&issuer);
    let unknown = bearer(
        &stage::token(&issuer)
            .key(issuer.forged_key().with_kid("unknown-kid"))
            .sign(),
    );
    let (none, garbage, bad_signature) = (
        HeaderMap::new(),
        bearer(&"x".repeat(forged.len())),
        bearer(&forged),
    );
    let caller = || Caller::new::<_, (), _>(okta.layer().layer(Bare::<()>::new()));
    // The cache is not empty.
    caller().pass(&bearer(&stage::token(&issuer).sign()));

    // After the cool-down one request with the unknown kid causes a fetch. From then on the layer
    // knows that the kid does not exist.
    sleep(Duration::from_millis(10_100));
    caller().refused(&unknown);
    let fetches = issuer.requests(Endpoint::Keys);

    let (key, signed) = (limits::parsed(&issuer.active_key()), Signed::new(&forged));
    let mut callers = [caller(), caller(), caller(), caller()];
    let [by_none, by_garbage, by_kid, by_signature] = &mut callers;
    let mut bare = Caller::new::<_, (), _>(Bare::<()>::new());
    let mut bare_too = Caller::new::<_, (), _>(Bare::<()>::new());
    let timed = interleaved(
        ROUNDS,
        vec![
            Case::new("bare service, accepts the request", || {
                bare.pass(&bad_signature)
            }),
            Case::new("bare check of a bad signature", || {
                assert!(
                    key.verify_sig(black_box(signed.text), &signed.signature)
                        .is_err()
                )
            }),
            Case::new("no credentials", || by_none.refused(&none)),
            Case::new("garbage as long as a token", || {
                by_garbage.refused(&garbage)
            }),
            Case::new("remembered unknown `kid`", || by_kid.refused(&unknown)),
            Case::new("bad signature", || by_signature.refused(&bad_signature)),
            Case::new("bad signature, `Okta::verify` without the layer", || {
                assert!(now(okta.verify(black_box(&forged))).is_err())
            }),
            Case::new(
                "bare service, then the bare check of a bad signature",
                || {
                    bare_too.pass(&bad_signature);
                    let result = key.verify_sig(black_box(signed.text), &signed.signature);
                    assert!(result.is_err());
                },
            ),
        ],
    );
    assert_eq!(
        issuer.requests(Endpoint::Keys),
        fetches,
        "no rejected request caused a fetch"
    );

    let mut table = Table::new(
        "refused",
        &[
            "rejected request",
            "median",
            "relative to the bare check",
            "allocations",
        ],
    );
    for case in &timed {
        table.row([
            case.name.clone(),
            nanoseconds(case.median()),
            format!("{:.3}", case.times_of(&timed[1])),
            format!("{:.1}", case.allocations),
        ]);
    }
    let left = left_behind(&mut caller(), &forged);
    table.note(format!(
        "Whole requests with status 401, including the construction of request and response. \
         {LEFT_BEHIND_BY} different tokens with bad signatures left {left} bytes allocated."
    ));
    report.table(table);
    let kinds = [
        ("no credentials", &none),
        ("garbage as long as a token", &garbage),
        ("bad signature", &bad_signature),
    ];
    compare_peers(report, &issuer, &okta, kinds);
    for case in &timed[2..5] {
        let part = case.more_than_as_part(None, &timed[1]);
        let what = format!("rejected without a signature check, {}", case.name);
        report.time(&what, 700.0, case.median(), part);
    }
}

/// Measures the same requests with the peers, which respond with various statuses.
fn compare_peers(
    report: &mut Report,
    issuer: &Issuer,
    okta: &Okta,
    kinds: [(&str, &HeaderMap); 3],
) {
    let mut callers = vec![(
        "okta-tower",
        Caller::new::<_, (), _>(okta.layer().layer(Bare::<()>::new())),
    )];
    callers.extend(stage::runtime().block_on(peers::all(issuer)));
    let mut header = vec!["library"];
    header.extend(kinds.map(|(name, _)| name));
    let mut table = Table::new("refused-peers", &header);
    let mut cases = Vec::new();
    for (_, caller) in callers.iter_mut() {
        let caller = Rc::new(RefCell::new(caller));
        for (kind, headers) in kinds {
            let caller = Rc::clone(&caller);
            cases.push(Case::new(kind, move || {
                assert!(!caller.borrow_mut().send(headers).is_success())
            }));
        }
    }
    let timed = interleaved(PEER_ROUNDS, cases);
    let names: Vec<&str> = callers.iter().map(|(name, _)| *name).collect();
    for (name, own) in names.iter().zip(timed.chunks(kinds.len())) {
        table.row(
            [name.to_string()]
                .into_iter()
                .chain(own.iter().map(|case| nanoseconds(case.median()))),
        );
    }
    report.table(table);
}

/// Returns the bytes of this thread that different rejected tokens leave allocated.
fn left_behind(caller: &mut Caller<'_>, forged: &str) -> i64 {
    let (stem, _) = forged.split_at(forged.len() - 20);
    let mut send = |number: usize| caller.refused(&bearer(&format!("{stem}{number:020}")));
    send(0);
    let before = allocator::bytes();
    (1..=LEFT_BEHIND_BY).for_each(&mut send);
    allocator::bytes() - before
}
