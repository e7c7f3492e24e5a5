//! Accepted requests with a cached bearer token or session cookie.

use std::hint::black_box;

use okta_tower::{Algorithm, SignIn};
use tower::Layer;

use crate::{
    baseline::Baseline,
    limits::{self, Signed},
    report::{Report, Table, nanoseconds},
    request::{Bare, Caller, bearer, now},
    rounds::{Case, interleaved},
    signed_in, stage,
};

const ROUNDS: usize = 501;
/// This many groups make a cookie of about two kilobytes.
const GROUPS: usize = 4;

pub(crate) fn run(report: &mut Report) {
    let (issuer, okta, sessions, cookie) = stage::runtime().block_on(async {
        let issuer = stage::issuer(Algorithm::Rs256).await;
        let okta = stage::okta(&issuer).await;
        let sessions = signed_in::okta(&issuer, GROUPS, SignIn::drop_id_token).await;
        let cookie = signed_in::headers(&issuer, &sessions).await;
        (issuer, okta, sessions, cookie)
    });
    let token = stage::token(&issuer).sign();
    let headers = bearer(&token);
    let mut plain = Caller::new::<_, (), _>(Bare::<()>::new());
    let mut baseline = Caller::new::<_, (), _>(Baseline::new(&token, Bare::<()>::new()));
    let mut plain_too = Caller::new::<_, (), _>(Bare::<()>::new());
    let mut by_token = Caller::new::<_, (), _>(okta.layer().layer(Bare::<()>::new()));
    let mut by_cookie = Caller::new::<_, (), _>(sessions.layer().layer(Bare::<()>::new()));
    let (key, signed) = (limits::parsed(&issuer.active_key()), Signed::new(&token));
    let timed = interleaved(
        ROUNDS,
        vec![
            Case::new("bare service, token in its header", || plain.pass(&headers)),
            Case::new("baseline layer, one token", || baseline.pass(&headers)),
            Case::new("layer, bearer token", || by_token.pass(&headers)),
            Case::new("`Okta::verify` without the layer", || {
                assert!(now(okta.verify(black_box(&token))).is_ok())
            }),
            Case::new("bare service, cookies in its header", || {
                plain_too.pass(&cookie)
            }),
            Case::new("layer, session cookie", || by_cookie.pass(&cookie)),
            Case::new("the bare RS256 check", || {
                let result = key.verify_sig(black_box(signed.text), &signed.signature);
                assert!(result.is_ok())
            }),
        ],
    );
    let [bare_token, _, by_token, _, bare_cookie, by_cookie, check] = &timed[..] else {
        unreachable!("the cases above")
    };

    let mut table = Table::new(
        "layer",
        &[
            "cached request",
            "median",
            "10 % to 90 %",
            "over the bare service",
            "allocations",
        ],
    );
    for (case, bare) in timed.iter().zip([
        bare_token,
        bare_token,
        bare_token,
        bare_token,
        bare_cookie,
        bare_cookie,
    ]) {
        let ((low, high), is_request) = (case.spread(), !case.name.starts_with('`'));
        table.row([
            case.name.clone(),
            nanoseconds(case.median()),
            format!("{} to {}", nanoseconds(low), nanoseconds(high)),
            if is_request {
                nanoseconds(case.more_than(bare))
            } else {
                String::new()
            },
            format!("{:.1}", case.allocations),
        ]);
    }
    let length = cookie.values().map(|value| value.len()).sum::<usize>();
    table.note(format!(
        "Token of {} bytes, cookies of {length} bytes; {ROUNDS} interleaved rounds.",
        token.len()
    ));
    report.table(table);

    for (what, most, case, bare) in [
        (
            "cached bearer token, over the bare service",
            350.0,
            by_token,
            bare_token,
        ),
        (
            "cached session, over the bare service",
            500.0,
            by_cookie,
            bare_cookie,
        ),
    ] {
        let part = case.more_than_as_part(Some(bare), check);
        report.time(what, most, case.more_than(bare), part);
    }
}
