//! Requests that are refused: what they cost, and that they leave nothing behind.

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
            .key(issuer.forged_key().with_kid("nobody-knows-this-kid"))
            .sign(),
    );
    let (none, garbage, bad_signature) = (
        HeaderMap::new(),
        bearer(&"x".repeat(forged.len())),
        bearer(&forged),
    );
    let caller = || Caller::new::<_, (), _>(okta.layer().layer(Bare::<()>::new()));
    // A service that good callers use too.
    caller().pass(&bearer(&stage::token(&issuer).sign()));

    // Past the cool-down one request with the kid causes a fetch, in vain. From then on the kid is known to be bad.
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
            Case::new("bare service, which lets it through", || {
                bare.pass(&bad_signature)
            }),
            Case::new("bare check of the bad signature", || {
                assert!(
                    key.verify_sig(black_box(signed.text), &signed.signature)
                        .is_err()
                )
            }),
            Case::new("no credentials", || by_none.refused(&none)),
            Case::new("garbage of a token's length", || {
                by_garbage.refused(&garbage)
            }),
            Case::new("known-bad `kid`", || by_kid.refused(&unknown)),
            Case::new("bad signature", || by_signature.refused(&bad_signature)),
            Case::new("bad signature, `Okta::verify` without the layer", || {
                assert!(now(okta.verify(black_box(&forged))).is_err())
            }),
            Case::new(
                "bare service, and the bare check of the bad signature after it",
                || {
                    bare_too.pass(&bad_signature);
                    let verdict = key.verify_sig(black_box(signed.text), &signed.signature);
                    assert!(verdict.is_err());
                },
            ),
        ],
    );
    assert_eq!(
        issuer.requests(Endpoint::Keys),
        fetches,
        "no refused request has caused a fetch"
    );

    let mut table = Table::new(
        "refused",
        &[
            "refused request",
            "median",
            "10 % to 90 %",
            "over the bare service",
            "of the bare check",
            "allocations",
        ],
    );
    for case in &timed {
        let (low, high) = case.spread();
        table.row([
            case.name.clone(),
            nanoseconds(case.median()),
            format!("{} to {}", nanoseconds(low), nanoseconds(high)),
            nanoseconds(case.more_than(&timed[0])),
            format!("{:.3}", case.times_of(&timed[1])),
            format!("{:.1}", case.allocations),
        ]);
    }
    let left = left_behind(&mut caller(), &forged);
    table.note(format!(
        "Whole requests, each answered 401, the making of the request and of the answer included. {LEFT_BEHIND_BY} different \
         tokens with bad signatures left {left} bytes behind."
    ));
    report.table(table);
    let kinds = [
        ("no credentials", &none),
        ("garbage of a token's length", &garbage),
        ("bad signature", &bad_signature),
    ];
    beside_peers(report, &issuer, &okta, kinds);
    for case in &timed[2..5] {
        let part = case.more_than_as_part(None, &timed[1]);
        report.time(
            &format!("refused, {}", case.name),
            500.0,
            case.median(),
            part,
        );
    }
    // Like with like: the check beside the check, the whole request beside a whole request with the check in it.
    for (what, case, beside) in [
        ("refused, bad signature, beside the bare check", 6, 1),
        (
            "the same with request, layer and answer, beside the bare service and the bare check",
            5,
            7,
        ),
    ] {
        let ratio = timed[case].times_of(&timed[beside]);
        report.target(what, "at most 1.05", format!("{ratio:.3}"), ratio <= 1.05);
    }
    report.target(
        "refused tokens leave in memory",
        "nothing",
        format!("{left} bytes"),
        left <= 0,
    );
}

/// The same of the peers, which answer with one status or another.
fn beside_peers(report: &mut Report, issuer: &Issuer, okta: &Okta, kinds: [(&str, &HeaderMap); 3]) {
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

/// What different refused tokens leave in this thread's memory.
fn left_behind(caller: &mut Caller<'_>, forged: &str) -> i64 {
    let (stem, _) = forged.split_at(forged.len() - 20);
    let mut send = |number: usize| caller.refused(&bearer(&format!("{stem}{number:020}")));
    send(0);
    let before = allocator::bytes();
    (1..=LEFT_BEHIND_BY).for_each(&mut send);
    allocator::bytes() - before
}
