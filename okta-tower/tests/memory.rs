//! Memory stays flat under faulty documents and made-up tokens.
//!
//! A binary of its own: resident memory is measured for the whole process, and other tests would
//! add to it.
#![cfg(target_os = "linux")]

use std::{
    fs,
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
    time::Duration,
};

use okta_tower::{Algorithm, Okta};
use okta_tower_test::{Endpoint, Fault, Issuer, Key, ManualClock};

/// The resident memory of this process, in bytes.
fn resident() -> usize {
    let pages = fs::read_to_string("/proc/self/statm").unwrap();
    let pages: usize = pages.split(' ').nth(1).unwrap().parse().unwrap();
    pages * 4096
}

/// Polls once, and drops the future if it has to wait: the client has disconnected.
fn poll_once<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

/// Waits until the refresher sleeps, that is until its attempt has ended.
async fn rest(clock: &ManualClock) {
    let limit = Duration::from_secs(10);
    (tokio::time::timeout(limit, clock.wait_for_sleepers(1)).await).expect("the attempt ends");
}

async fn bad_documents_and_unknown_keys_retain_no_memory() {
    let clock = ManualClock::new();
    let issuer = Issuer::builder().clock(clock.clone()).start().await;
    let issuer = issuer.unwrap();
    let okta = Okta::builder(issuer.url()).clock(clock.clone());
    let okta = okta.danger().allow_http_on_loopback().start().await;
    let okta = okta.unwrap();
    rest(&clock).await;

    let week = 7 * 24 * 60 * 60;
    let good = issuer.token().expires_in(week).sign();
    let attacker = Key::generate(Algorithm::EdDsa);
    let mut made = 0;
    let mut before = 0;
    for round in 0..21 {
        for fault in [
            Fault::Huge(16 << 20),
            Fault::HugeAnnounced(16 << 20),
            Fault::Gzip(64 << 20),
            Fault::Garbage,
            Fault::Truncated,
        ] {
            issuer.fault_next(Endpoint::Keys, fault);
            clock.advance(clock.next_due().expect("the refresher is asleep"));
            rest(&clock).await;
            assert!(okta.key_state().last_failure.is_some());
        }
        for _ in 0..500 {
            made += 1;
            let header = format!(r#"{{"alg":"RS256","kid":"unknown-{made}"}}"#);
            let token = attacker.sign_raw(&header, "{}");
            poll_once(okta.verify(&token));
        }
        assert!(poll_once(okta.verify(&good)).is_some_and(|result| result.is_ok()));
        if round == 0 {
            // What is allocated at first use is there now.
            before = resident();
        }
    }
    // One body that was kept would be 16 MiB, and there were sixty.
    let grown = resident().saturating_sub(before);
    assert!(grown < 16 << 20, "{grown} bytes");
}

/// Returns how much memory a full cache of this size takes, in bytes.
async fn taken_by_full_cache(max_bytes: usize) -> usize {
    let clock = ManualClock::new();
    let issuer = Issuer::builder().algorithm(Algorithm::EdDsa);
    let issuer = issuer.clock(clock.clone()).start().await.unwrap();
    let okta = Okta::builder(issuer.url())
        .clock(clock.clone())
        .algorithms([Algorithm::EdDsa])
        .token_cache_bytes(max_bytes);
    let okta = okta.danger().allow_http_on_loopback().start().await;
    let okta = okta.unwrap();
    let sign = |number: usize| {
        let groups = (0..24).map(|group| format!("department-{group}-of-{number:05}"));
        issuer.token().user("ada@example.com").groups(groups).sign()
    };
    // What is allocated at first use is there now.
    let first = sign(0);
    assert!((1000..=1400).contains(&first.len()), "{}", first.len());
    okta.verify(&first).await.unwrap();
    let before = resident();
    // More than enough to fill it. No token is kept here.
    for number in 1..=max_bytes / first.len() {
        okta.verify(&sign(number)).await.unwrap();
    }
    resident().saturating_sub(before)
}

async fn full_cache_takes_the_memory_that_it_may_take() {
    const MAX: usize = 16 << 20;
    let taken = taken_by_full_cache(MAX).await;
    let allowed = MAX * 85 / 100..=MAX * 115 / 100;
    assert!(allowed.contains(&taken), "{taken} bytes");
}

/// One test: two would measure each other.
#[tokio::test]
async fn memory_stays_within_its_bounds() {
    full_cache_takes_the_memory_that_it_may_take().await;
    bad_documents_and_unknown_keys_retain_no_memory().await;
}
