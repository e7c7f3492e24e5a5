//! What verifying one access token costs, beside the signature check alone; and what the layer costs a request, by bearer token
//! and by session cookie, beside the bare service.
//!
//! ```text
//! cargo run --release --manifest-path bench/Cargo.toml
//! ```
//!
//! Both are measured in one run, in turns, on the same token (RS256-2048, about 1 KB, ten groups), so that a machine which
//! is busy is busy for both. The median of the rounds is what counts.

mod layer;

use std::{
    future::Future,
    hint::black_box,
    pin::pin,
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use okta_tower::Okta;
use okta_tower_test::Issuer;

const ROUNDS: usize = 200;
const REPEATS: u32 = 50;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let (issuer, cold, warm) = runtime.block_on(async {
        let issuer = Issuer::start().await;
        let okta = || Okta::builder(issuer.url()).danger().allow_http_on_loopback();
        let cold = okta().token_cache_bytes(0).start().await.unwrap();
        let warm = okta().start().await.unwrap();
        (issuer, cold, warm)
    });
    let groups: Vec<String> = (0..10).map(|number| format!("department-{number}")).collect();
    let token = (issuer.token().user("ada.lovelace@example.com"))
        .groups(&groups)
        .scopes(["openid", "profile", "reports:read"])
        .claim("department", "Analytical engines and everything that turns in them")
        .sign();

    let jwk = issuer.active_key().to_jwk();
    let number = |name: &str| URL_SAFE_NO_PAD.decode(jwk[name].as_str().unwrap()).unwrap();
    let key = RsaPublicKeyComponents { n: number("n"), e: number("e") };
    let key = key.to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256).unwrap();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();

    let mut cases: [(&str, Box<dyn FnMut()>, Vec<Duration>); 3] = [
        (
            "signature alone, key parsed once",
            Box::new(|| key.verify_sig(black_box(signed.as_bytes()), black_box(&signature)).unwrap()),
            Vec::new(),
        ),
        ("okta.verify, cache off", Box::new(|| assert!(now(cold.verify(black_box(&token))).is_ok())), Vec::new()),
        ("okta.verify, cached", Box::new(|| assert!(now(warm.verify(black_box(&token))).is_ok())), Vec::new()),
    ];
    for _ in 0..ROUNDS {
        for (_, run, times) in &mut cases {
            let start = Instant::now();
            for _ in 0..REPEATS {
                run();
            }
            times.push(start.elapsed() / REPEATS);
        }
    }
    println!("token of {} bytes, RS256-2048; median of {ROUNDS} rounds of {REPEATS}", token.len());
    let mut base = None;
    for (name, _, times) in &mut cases {
        times.sort();
        let median = times[times.len() / 2];
        let base = *base.get_or_insert(median);
        println!("{name:34} {median:>12.1?}   {:.3} of the signature alone", median.as_secs_f64() / base.as_secs_f64());
    }
    println!();
    runtime.block_on(layer::run(&issuer, &warm, &token));
}

/// Runs a future that has no reason to wait.
pub(crate) fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("a known key needs no wait"),
    }
}
