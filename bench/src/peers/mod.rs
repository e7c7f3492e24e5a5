//! One token through every library that does the same work, beside the walls.

mod aliri_tower;
mod axum_jwks;
mod axum_keycloak_auth;
mod checked;
mod claims;
mod jwt_authorizer;
mod oauth_resource_server;
mod okta_jwt_verifier;
mod tower_oauth2_resource_server;

use std::hint::black_box;

use aws_lc_rs::signature::RSA_PKCS1_2048_8192_SHA256;
use okta_tower::Algorithm;
use okta_tower_test::Issuer;
use tower::Layer;

use crate::{
    limits::{self, Signed},
    plot::{self, Bar},
    report::{Report, Table, nanoseconds},
    request::{Bare, Caller, bearer},
    rounds::{Case, Timed, interleaved},
    stage,
};

const ROUNDS: usize = 301;

pub(crate) fn run(report: &mut Report) {
    let issuer = stage::runtime().block_on(stage::issuer(Algorithm::Rs256));
    let (token, forged) = (stage::token(&issuer).sign(), stage::forged(&issuer));
    let headers = bearer(&token);
    let (warm, cold) = stage::runtime().block_on(async {
        (
            stage::okta(&issuer).await,
            stage::okta_without_cache(&issuer).await,
        )
    });

    let mut callers = vec![
        (
            "okta-tower, token seen before",
            Caller::new::<_, (), _>(warm.layer().layer(Bare::<()>::new())),
        ),
        (
            "okta-tower, token never seen",
            Caller::new::<_, (), _>(cold.layer().layer(Bare::<()>::new())),
        ),
    ];
    callers.extend(stage::runtime().block_on(all(&issuer)));
    for (name, caller) in &mut callers {
        assert_eq!(caller.send(&headers), 200, "{name} lets the token through");
        assert_eq!(
            caller.send(&bearer(&forged)),
            401,
            "{name} refuses a forged one"
        );
    }

    let mut bare = Caller::new::<_, (), _>(Bare::<()>::new());
    let signed = Signed::new(&token);
    let (parsed, unparsed) = (
        limits::parsed(&issuer.active_key()),
        limits::components(&issuer.active_key()),
    );
    let mut cases = vec![
        Case::new("bare service", || bare.pass(&headers)),
        Case::new("signature check alone, aws-lc-rs, key parsed once", || {
            assert!(
                parsed
                    .verify_sig(black_box(signed.text), &signed.signature)
                    .is_ok()
            );
        }),
        Case::new(
            "signature check alone, aws-lc-rs, key parsed each time",
            || {
                assert!(
                    unparsed
                        .verify(
                            &RSA_PKCS1_2048_8192_SHA256,
                            black_box(signed.text),
                            &signed.signature
                        )
                        .is_ok()
                );
            },
        ),
        Case::new("signature check alone, ring", || {
            assert!(limits::ring(black_box(&unparsed), &signed))
        }),
    ];
    cases.extend(
        callers
            .iter_mut()
            .map(|(name, caller)| Case::new(*name, || caller.pass(&headers))),
    );
    let timed = interleaved(ROUNDS, cases);
    tell(report, &timed, token.len());
}

/// Every peer, ready to be asked.
pub(crate) async fn all(issuer: &Issuer) -> Vec<(&'static str, Caller<'static>)> {
    vec![
        (
            "tower-oauth2-resource-server 0.12.5, aws-lc-rs",
            tower_oauth2_resource_server::caller(issuer).await,
        ),
        ("aliri_tower 0.6.1, ring", aliri_tower::caller(issuer).await),
        (
            "jwt-authorizer 0.15.0, ring",
            jwt_authorizer::caller(issuer).await,
        ),
        ("axum-jwks 0.12.0, ring", axum_jwks::caller(issuer).await),
        (
            "axum-keycloak-auth 0.8.3, ring",
            axum_keycloak_auth::caller(issuer).await,
        ),
        (
            "oauth-resource-server 0.4.1, ring",
            oauth_resource_server::caller(issuer).await,
        ),
        (
            "okta-jwt-verifier 0.10.0, aws-lc-rs",
            okta_jwt_verifier::caller(issuer).await,
        ),
    ]
}

fn tell(report: &mut Report, timed: &[Timed], length: usize) {
    let [bare, wall, _, _, warm, cold, peers @ ..] = timed else {
        unreachable!("the cases above")
    };
    let mut table = Table::new(
        "peers",
        &[
            "request",
            "median",
            "10 % to 90 %",
            "over the bare service",
            "of the bare signature check",
            "allocations",
        ],
    );
    for case in timed {
        let (low, high) = case.spread();
        table.row([
            case.name.clone(),
            nanoseconds(case.median()),
            format!("{} to {}", nanoseconds(low), nanoseconds(high)),
            nanoseconds(case.more_than(bare)),
            format!("{:.3}", case.times_of(wall)),
            format!("{:.1}", case.allocations),
        ]);
    }
    table.note(format!("RS256-2048, token of {length} bytes with 10 groups; {ROUNDS} interleaved rounds; every answer was asserted to be 200, and every library has first refused a forged token."));
    report.table(table);
    let bars: Vec<Bar> = timed
        .iter()
        .map(|case| Bar::new(case.name.clone(), case.median()))
        .collect();
    plot::log_bars("peers", "One request with a token of 1 KB", "ns", &bars);

    let fastest = peers
        .iter()
        .min_by(|one, other| one.median().total_cmp(&other.median()))
        .expect("peers");
    // What each adds to the service behind it: the request itself is neither's.
    let (added, ahead, cold_ahead) = (
        warm.more_than(bare),
        1.0 / warm.more_than_as_part(Some(bare), fastest),
        fastest.times_of(cold),
    );
    let whole = fastest.times_of(warm);
    report.time(
        "warm bearer token, over the bare service, among the peers",
        200.0,
        added,
        warm.more_than_as_part(Some(bare), wall),
    );
    let allocations = warm.allocations - bare.allocations;
    report.target(
        "warm bearer token, allocations",
        "at most 3",
        format!("{allocations:.1}"),
        allocations <= 3.0,
    );
    report.target(
        "warm bearer token, beside the fastest peer",
        "at least 100 times faster",
        format!(
            "{ahead:.0} times ({}), {whole:.0} with the request",
            fastest.name
        ),
        ahead >= 100.0,
    );
    report.target(
        "cold bearer token, beside the fastest peer",
        "ahead",
        format!("{cold_ahead:.2} times as fast"),
        cold_ahead > 1.0,
    );
}
