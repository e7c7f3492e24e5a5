//! The bound on the sessions of a user in a store.

use okta_tower::{Okta, SignIn, config::ConfigErrorKind, store::MemoryStore};
use okta_tower_test::ManualClock;
use tower::{Layer, service_fn};

use super::world::{ask, fetch, sign_in, who, world_on};

#[tokio::test]
async fn account_that_drops_its_cookies_keeps_the_newest_sessions() {
    let clock = ManualClock::new();
    let store = MemoryStore::new().clock(clock.clone());
    let world = world_on(clock, sign_in().store(store).max_sessions_per_user(2)).await;
    let service = world.okta.layer().layer(service_fn(who));
    let mut browsers = Vec::new();
    for _ in 0..5 {
        browsers.push(world.signed_in().await);
    }
    for (number, browser) in browsers.iter().enumerate() {
        let answer = ask(&service, browser.with(fetch("/"))).await;
        let expected = (number < 3).then_some("session_ended");
        assert_eq!(answer.reason(), expected, "{number}");
    }
}

#[test]
fn bound_outside_its_range_is_rejected() {
    for (sessions, expected) in [
        (0, Err(ConfigErrorKind::OutOfRange)),
        (1, Ok(())),
        (10_000, Ok(())),
        (10_001, Err(ConfigErrorKind::OutOfRange)),
    ] {
        let callback = "http://localhost:3000/authorization-code/callback";
        let settings = SignIn::new()
            .redirect_uri(callback)
            .max_sessions_per_user(sessions);
        let okta = Okta::builder("https://dev-1234.okta.com/oauth2/default").client_id("0oa1");
        let checked = okta.sign_in(settings).check().map_err(|error| error.kind());
        assert_eq!(checked, expected, "{sessions}");
    }
}
