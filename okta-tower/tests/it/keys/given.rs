//! Keys that the settings contain: a start without a fetch.

use okta_tower::{config::ConfigErrorKind, keys::KeyStatus};
use okta_tower_test::{Endpoint, Fault};

use super::world::{WEEK, World, hours, issuer, result, seconds, settings, within};

#[tokio::test]
async fn start_with_keys_waits_for_no_fetch() {
    let (issuer, clock) = issuer().await;
    issuer.fault_everywhere(&Fault::Hang);
    let keys = issuer.key_set().to_string();
    let okta = within(settings(&issuer, &clock).keys(keys).start())
        .await
        .unwrap();
    let token = issuer.token().expires_in(WEEK).sign();
    let forged = issuer.token().key(issuer.forged_key()).sign();
    assert_eq!(result(&okta, &token), "accepted");
    assert_eq!(result(&okta, &forged), "bad_signature");
    let state = okta.key_state();
    assert!(okta.is_ready());
    assert_eq!((state.status, state.kids.len()), (KeyStatus::Fresh, 2));
    assert_eq!(state.age, Some(seconds(0)));
}

#[tokio::test]
async fn refresher_replaces_the_given_keys() {
    let (issuer, clock) = issuer().await;
    let old = issuer.token().expires_in(WEEK).sign();
    let keys = issuer.key_set().to_string();
    issuer.rotate_in_emergency();
    let new = issuer.token().expires_in(WEEK).sign();
    let world = World::on(issuer, clock, |settings| settings.keys(keys)).await;
    // The first attempt is due at once.
    assert_eq!(world.issuer.requests(Endpoint::Keys), 1);
    assert_eq!(world.result(&new), "accepted");
    assert_eq!(world.result(&old), "unknown_key");
}

#[tokio::test]
async fn given_keys_serve_until_the_stale_limit() {
    let (issuer, clock) = issuer().await;
    issuer.fault_everywhere(&Fault::Close);
    let keys = issuer.key_set().to_string();
    let world = World::on(issuer, clock, |settings| settings.keys(keys)).await;
    let token = world.good();
    assert_eq!(world.status(), KeyStatus::Stale);
    world.clock.advance(hours(12) - seconds(1));
    assert_eq!(world.result(&token), "accepted");
    world.clock.advance(seconds(1));
    assert_eq!(world.result(&token), "keys_too_stale");
}

#[tokio::test]
async fn given_keys_without_a_usable_one_are_a_wrong_setting() {
    let (issuer, clock) = issuer().await;
    for (keys, problem) in [
        ("{}", "it has no array `keys`"),
        ("", "it is not a JSON object with each member once"),
        (
            r#"{"keys":[{"kty":"oct","kid":"k"}]}"#,
            "(key 0: private_members)",
        ),
    ] {
        let error = settings(&issuer, &clock).keys(keys).check().unwrap_err();
        assert_eq!(
            (error.kind(), error.setting()),
            (ConfigErrorKind::Invalid, "keys")
        );
        assert!(error.to_string().contains(problem), "{error}");
    }
    let keys = issuer.key_set().to_string();
    assert!(settings(&issuer, &clock).keys(keys).check().is_ok());
}
