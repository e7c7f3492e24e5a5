//! A fixed number of requests of one kind, for callgrind to count the instructions of: `.ci/instructions` runs it.
//!
//! Instructions do not depend on how busy the machine is. Those of the cold path are not counted: aws-lc chooses other code
//! under callgrind than on the bare machine.

// What this program does not need of what it shares with the bench.
#![allow(dead_code)]

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

/// Known to `.ci/instructions` too.
const REQUESTS: usize = 10_000;

fn main() {
    let kind = std::env::args().nth(1).expect("the kind of request");
    let _entered = stage::runtime().enter();
    // The algorithm whose keys and signatures are made with the fewest instructions; a warm token has none to check.
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
        // Not recorded: for looking at what is ours in it.
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
            let stranger = issuer.forged_key().with_kid("k".repeat(43));
            let unknown = bearer(&stage::token(&issuer).key(stranger).sign());
            // Past the cool-down one request with the kid causes a fetch, in vain. From then on the kid is known to be bad.
            std::thread::sleep(Duration::from_millis(10_100));
            layer.refused(&unknown);
            send(&mut layer, &unknown, StatusCode::UNAUTHORIZED);
        }
        other => panic!("no kind {other}"),
    }
}

fn send(caller: &mut Caller<'_>, headers: &HeaderMap, expected: StatusCode) {
    // What is done once, and lazily, is done now.
    for _ in 0..100 {
        assert_eq!(caller.send(headers), expected);
    }
    counted_requests(caller, headers, expected);
}

/// Callgrind counts from the entrance of this function to its end.
#[inline(never)]
fn counted_requests(caller: &mut Caller<'_>, headers: &HeaderMap, expected: StatusCode) {
    for _ in 0..REQUESTS {
        assert_eq!(caller.send(headers), expected);
    }
}
