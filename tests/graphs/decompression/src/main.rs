//! reqwest with gzip, brotli, deflate and zstd on: a client that does nothing against it would unpack
//! what an issuer sends. Ours must take no packed answer, whatever it would unpack to.

use okta_tower::Okta;
use okta_tower_test::{Endpoint, Fault, Issuer};

/// What the bomb unpacks to: a good key set behind this many blanks.
const BOMB_BYTES: u64 = 64 << 20;
/// What refusing it may cost.
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
        .expect_err("a packed key set is refused");
    let growth = peak_memory_kib() - before;
    assert!(
        growth < MOST_GROWTH_KIB,
        "refusing the bomb took {growth} KiB"
    );

    // The user's own client does unpack it: decompression is really on in this graph.
    let answer = reqwest::get(issuer.keys_url())
        .await
        .expect("the user's own request");
    let unpacked = answer.bytes().await.expect("the user's own answer").len();
    assert!(unpacked as u64 > BOMB_BYTES, "only {unpacked} bytes");
}

/// The most memory that this process ever had. Linux only; elsewhere the bound is not checked.
fn peak_memory_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.and_then(|rest| rest.trim().trim_end_matches(" kB").parse().ok())
        .unwrap_or(0)
}
