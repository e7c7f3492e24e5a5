//! The quickstart with the built-in test issuer, in a real browser.

use scaffold::{Started, browser};

#[test]
fn admin_signs_in_and_out_without_configuration() {
    let quickstart = Started::start(
        env!("CARGO_BIN_EXE_quickstart"),
        env!("CARGO_TARGET_TMPDIR"),
        &[("QUICKSTART_ADDR", "localhost:0")],
    );
    let url = quickstart.url();
    browser::play("quickstart", "admin_signs_in_and_out", url, &[]);
}

#[test]
fn built_in_issuer_is_rejected_on_public_addresses() {
    Started::assert_private(
        env!("CARGO_BIN_EXE_quickstart"),
        env!("CARGO_TARGET_TMPDIR"),
        "QUICKSTART_ADDR",
    );
}
