//! reqwest with gzip, brotli, deflate and zstd enabled. By default, a client would then decompress
//! the issuer's responses. okta-tower must reject compressed responses.

use okta_tower::Okta;
use okta_tower_test::{Endpoint, Fault, Issuer};

/// The decompressed size: a valid key set after this many spaces.
const BOMB_BYTES: u64 = 64 << 20;
/// The most memory that the rejection may need.
const MOST_GROWTH_KIB: u64 = 16 << 10;

#[tokio::main]
async fn main() {
    round_trip::round_trip().await;

    let issuer = Issuer::start().await;
    issuer.fault(Endpoint::Keys, Fault::Gzip(BOMB_BYTES));

    let before = peak_memory_kib();
    Okta::builder(issuer.url())
        .danger()
        .allow_http_on_loopback()
        .start()
        .await
        .expect_err("a compressed key set is rejected");
    let growth = peak_memory_kib() - before;
    assert!(
        growth < MOST_GROWTH_KIB,
        "the rejection needed {growth} KiB"
    );

    // The user's own client decompresses the response: the features are enabled in this graph.
    let answer = reqwest::get(issuer.keys_url())
        .await
        .expect("the user's own request");
    let unpacked = answer.bytes().await.expect("the user's own answer").len();
    assert!(unpacked as u64 > BOMB_BYTES, "only {unpacked} bytes");
}

/// Returns the peak memory of this process. Linux only; elsewhere the limit is not checked.
fn peak_memory_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.and_then(|rest| rest.trim().trim_end_matches(" kB").parse().ok())
        .unwrap_or(0)
}
