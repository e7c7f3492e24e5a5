//! Resident memory: flat under what a failing issuer and hostile clients send, and for the token
//! cache what its limit says.
#![cfg(target_os = "linux")]

mod support;

use std::fs;

use okta_tower::Algorithm;
use okta_tower_test::{Endpoint, Fault, Issuer, ManualClock};
use support::{Flood, World};

/// What this process holds in memory, in bytes.
fn resident() -> usize {
    let pages = fs::read_to_string("/proc/self/statm").unwrap();
    let pages: usize = pages.split(' ').nth(1).unwrap().parse().unwrap();
    pages * 4096
}

async fn bad_documents_and_made_up_keys_leave_no_trace() {
    let world = World::warm().await;
    let mut flood = Flood::new();
    let good = world.token();
    let mut before = 0;
    for round in 0..21 {
        for fault in [
            Fault::Huge(16 << 20),
            Fault::HugeAnnounced(16 << 20),
            Fault::Gzip(64 << 20),
            Fault::Garbage,
            Fault::Truncated,
        ] {
            world.issuer.fault_next(Endpoint::Keys, fault);
            world.next_attempt().await;
            assert!(world.last_failure().is_some());
        }
        for _ in 0..500 {
            world.verdict(&flood.token());
        }
        assert_eq!(world.verdict(&good), "accepted");
        if round == 0 {
            // What is made at first use is there now.
            before = resident();
        }
    }
    // One body that was kept would be 16 MiB, and there were sixty.
    let grown = resident().saturating_sub(before);
    assert!(grown < 16 << 20, "{grown} bytes");
}

/// How much memory is taken for good by verifying this many tokens, in bytes.
async fn taken_with_cache(max_bytes: usize, tokens: usize) -> usize {
    let clock = ManualClock::new();
    let issuer = Issuer::builder()
        .algorithm(Algorithm::EdDsa)
        .clock(clock.clone());
    let issuer = issuer.start().await.unwrap();
    let world = World::on(issuer, clock, |okta| {
        okta.algorithms([Algorithm::EdDsa])
            .token_cache_bytes(max_bytes)
    })
    .await;
    let sign = || {
        let groups = (0..14).map(|group| format!("department-{group}"));
        let token = world.issuer.token().user("ada@example.com").groups(groups);
        token.sign()
    };
    assert!((800..=900).contains(&sign().len()), "{}", sign().len());
    let before = resident();
    for _ in 0..tokens {
        assert_eq!(world.verdict(&sign()), "accepted");
    }
    resident().saturating_sub(before)
}

async fn full_cache_takes_the_memory_that_it_may_take() {
    const MAX: usize = 16 << 20;
    // More than fit.
    const TOKENS: usize = MAX / 1200;
    let without = taken_with_cache(0, TOKENS).await;
    let taken = taken_with_cache(MAX, TOKENS).await - without;
    assert!(
        (MAX * 85 / 100..=MAX * 115 / 100).contains(&taken),
        "{taken} bytes, and {without} without a cache"
    );
}

/// One test, as two would measure each other.
#[tokio::test]
async fn memory_stays_within_its_bounds() {
    full_cache_takes_the_memory_that_it_may_take().await;
    bad_documents_and_made_up_keys_leave_no_trace().await;
}
