//! A panic that a caller can cause: `verify` of a token with an unknown `kid` makes a timer, and a tokio runtime
//! without one panics. (`pair` asks for a timer on the refresher's runtime only.)

use okta_tower::{Algorithm, AuthErrorKind, Okta};
use okta_tower_test::{Issuer, Key};
use tokio::runtime::Builder;

#[test]
fn an_unknown_key_panics_nothing_on_a_runtime_without_a_timer() {
    let background = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let (_issuer, okta) = background.block_on(async {
        let issuer = Issuer::start().await;
        let settings = Okta::builder(issuer.url()).unknown_key_cooldown(std::time::Duration::from_secs(1));
        let okta = settings.danger().allow_http_on_loopback().start().await.unwrap();
        (issuer, okta)
    });
    std::thread::sleep(std::time::Duration::from_millis(1100));
    let token = Key::generate(Algorithm::EdDsa).sign_raw(r#"{"alg":"RS256","kid":"nobody"}"#, "{}");
    // Requests are served where there is I/O and no timer.
    let serving = Builder::new_current_thread().enable_io().build().unwrap();
    let verdict = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        serving.block_on(okta.verify(&token)).unwrap_err().kind()
    }));
    assert_eq!(verdict.expect("a caller's token panicked the request"), AuthErrorKind::InvalidToken);
}
