//! A fixed number of requests of one kind. `.ci/instructions` counts their instructions.
//!
//! Instruction counts do not depend on the load of the machine. The uncached path is not recorded:
//! aws-lc runs other code under callgrind.

#![allow(dead_code, reason = "this program uses a part of the shared modules")]

#[path = "../../src/request.rs"]
mod request;
#[path = "../../src/signed_in.rs"]
mod signed_in;
#[path = "../../src/stage.rs"]
mod stage;

use std::time::Duration;

use http::{HeaderMap, StatusCode};
use okta_tower::{Algorithm, Require, SignIn};
use tower::Layer;

use request::{Bare, Caller, bearer};

/// `.ci/instructions` has the same number.
const REQUESTS: usize = 10_000;

fn main() {
    let kind = std::env::args().nth(1).expect("the kind of request");
    let _entered = stage::runtime().enter();
    // EdDSA signs with the fewest instructions. A cached token needs no signature check.
    let issuer = stage::runtime().block_on(stage::issuer(Algorithm::EdDsa));
    let okta = stage::runtime().block_on(stage::okta(&issuer));
    let token = stage::token(&issuer).sign();
    let mut layer = Caller::new::<_, (), _>(okta.layer().layer(Bare::<()>::new()));
    layer.pass(&bearer(&token));
    match kind.as_str() {
        "bare" => send(
            &mut Caller::new::<_, (), _>(Bare::<()>::new()),
            &bearer(&token),
            StatusCode::OK,
        ),
        "warm-bearer" => send(&mut layer, &bearer(&token), StatusCode::OK),
        "warm-session" => {
            let sessions =
                stage::runtime().block_on(signed_in::okta(&issuer, 4, SignIn::drop_id_token));
            let cookies = stage::runtime().block_on(signed_in::headers(&issuer, &sessions));
            send(
                &mut Caller::new::<_, (), _>(sessions.layer().layer(Bare::<()>::new())),
                &cookies,
                StatusCode::OK,
            );
        }
        // Not recorded: for a profile of the code outside of the signature check.
        "cold" => {
            let uncached = stage::runtime().block_on(stage::okta_without_cache(&issuer));
            let mut layer = Caller::new::<_, (), _>(uncached.layer().layer(Bare::<()>::new()));
            send(&mut layer, &bearer(&token), StatusCode::OK);
        }
        "bad-signature" => send(
            &mut layer,
            &bearer(&stage::forged(&issuer)),
            StatusCode::UNAUTHORIZED,
        ),
        "guard" => {
            let held: Vec<String> = (0..100)
                .map(|number| format!("department-{number:03}"))
                .collect();
            let token = issuer.token().groups(&held).sign();
            let guard = Require::all_groups(held.iter().step_by(5).cloned()).layer();
            let service = okta.layer().layer(guard.layer(Bare::<()>::new()));
            send(
                &mut Caller::new::<_, (), _>(service),
                &bearer(&token),
                StatusCode::OK,
            );
        }
        "no-credentials" => send(&mut layer, &HeaderMap::new(), StatusCode::UNAUTHORIZED),
        "garbage" => send(
            &mut layer,
            &bearer(&"x".repeat(1000)),
            StatusCode::UNAUTHORIZED,
        ),
        "unknown-kid" => {
            let unknown_key = issuer.forged_key().with_kid("k".repeat(43));
            let unknown = bearer(&stage::token(&issuer).key(unknown_key).sign());
            // After the cool-down one request causes a fetch. From then on the layer knows that
            // the kid does not exist.
            std::thread::sleep(Duration::from_millis(10_100));
            layer.refused(&unknown);
            send(&mut layer, &unknown, StatusCode::UNAUTHORIZED);
        }
        other => panic!("no kind {other}"),
    }
}

fn send(caller: &mut Caller<'_>, headers: &HeaderMap, expected: StatusCode) {
    // Lazy initialization happens before the count.
    for _ in 0..100 {
        assert_eq!(caller.send(headers), expected);
    }
    counted_requests(caller, headers, expected);
}

/// Callgrind counts the instructions of this function.
#[inline(never)]
fn counted_requests(caller: &mut Caller<'_>, headers: &HeaderMap, expected: StatusCode) {
    for _ in 0..REQUESTS {
        assert_eq!(caller.send(headers), expected);
    }
}
