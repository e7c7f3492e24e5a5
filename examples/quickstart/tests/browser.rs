//! The quickstart with the issuer that it brings, in a real browser.

use scaffold::{Started, browser};

#[test]
fn an_admin_signs_in_and_out_with_nothing_set() {
    let quickstart = Started::start(
        env!("CARGO_BIN_EXE_quickstart"),
        env!("CARGO_TARGET_TMPDIR"),
        &[("QUICKSTART_ADDR", "localhost:0")],
    );
    let url = quickstart.url();
    browser::play("quickstart", "an_admin_signs_in_and_out", url, &[]);
}
