//! One token through each library with the same task, and the bare signature checks.

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
    let (cached, uncached) = stage::runtime().block_on(async {
        (
            stage::okta(&issuer).await,
            stage::okta_without_cache(&issuer).await,
        )
    });

    let mut callers = vec![
        (
            "okta-tower, cached",
            Caller::new::<_, (), _>(cached.layer().layer(Bare::<()>::new())),
        ),
        (
            "okta-tower, uncached",
            Caller::new::<_, (), _>(uncached.layer().layer(Bare::<()>::new())),
        ),
    ];
    callers.extend(stage::runtime().block_on(all(&issuer)));
    for (name, caller) in &mut callers {
        assert_eq!(caller.send(&headers), 200, "{name} accepts the token");
        assert_eq!(
            caller.send(&bearer(&forged)),
            401,
            "{name} rejects a forged token"
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
    add_results(report, &timed, token.len());
}

/// Starts every peer.
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

fn add_results(report: &mut Report, timed: &[Timed], length: usize) {
    let [bare, check, _, _, cached, uncached, peers @ ..] = timed else {
        unreachable!("the cases above")
    };
    let mut table = Table::new(
        "peers",
        &[
            "request",
            "median",
            "relative to the bare check",
            "allocations",
        ],
    );
    for case in timed {
        table.row([
            case.name.clone(),
            nanoseconds(case.median()),
            format!("{:.3}", case.times_of(check)),
            format!("{:.1}", case.allocations),
        ]);
    }
    table.note(format!(
        "RS256-2048, token of {length} bytes with 10 groups; {ROUNDS} interleaved rounds. Each \
         response was asserted to be 200. Each library first rejected a forged token."
    ));
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
    // The layers' own time: without the request and the service behind the layer.
    let ahead = 1.0 / cached.more_than_as_part(Some(bare), fastest);
    let whole = fastest.times_of(cached);
    report.target(
        "cached bearer token, relative to the fastest peer",
        "at least 60 times as fast",
        format!(
            "{ahead:.0} times ({}), {whole:.0} with the request",
            fastest.name
        ),
        ahead >= 60.0,
    );
    let ahead = fastest.times_of(uncached);
    report.target(
        "uncached bearer token, relative to the fastest peer",
        "faster",
        format!("{ahead:.2} times as fast"),
        ahead > 1.0,
    );
}
