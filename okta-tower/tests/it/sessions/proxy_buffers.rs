//! Responses to a sign-in fit the buffer that proxies have by default.

use http::{HeaderMap, Request, StatusCode};
use okta_tower::{SignIn, UserInfo};
use okta_tower_test::{Client, Issuer, ManualClock, User};
use tower::{Layer, service_fn};

use super::world::{Browser, KEY, World, fetch, who};
use crate::world::log::Log;

const CALLBACK: &str = "https://app.example.com/authorization-code/callback";

/// nginx's `proxy_buffer_size`.
const BUFFER: usize = 4096;

/// For what Okta's tokens have beyond those of the test issuer.
const MARGIN: usize = 500;

const EVENT: &str = "the response to a sign-in is larger than the 4 KB that proxies buffer";

/// Signs in a user with so many groups of 25 characters. Returns the callback's response head in
/// bytes, as a server sends it.
async fn callback_bytes(groups: usize, is_thin: bool, set: fn(SignIn) -> SignIn) -> usize {
    let clock = ManualClock::new();
    let groups: Vec<String> = (0..groups)
        .map(|number| format!("engineering-group-{number:07}"))
        .collect();
    assert!(groups.iter().all(|group| group.len() == 25));
    let user = User::new("ada.lovelace@example.com")
        .name("Ada Lovelace")
        .groups(groups);
    let mut builder = Issuer::builder().clock(clock.clone());
    if is_thin {
        builder = builder.thin_id_tokens();
    }
    let issuer = builder
        .client(Client::with_secret("0oa1gm3t1yZ1IsKOm0h7", "secret").redirect_uri(CALLBACK))
        .user(user)
        .start()
        .await
        .unwrap();
    let settings = SignIn::new()
        .redirect_uri(CALLBACK)
        .offline_access()
        .cookie_keys(KEY);
    let settings = set(settings);
    let world = World::on(issuer, clock, |okta| {
        okta.client_id("0oa1gm3t1yZ1IsKOm0h7")
            .client_secret("secret")
            .sign_in(settings)
    })
    .await;
    let service = world.okta.sign_in_service();
    let mut browser = Browser::default();
    let login = "/login?return_to=/reports/2026/quarterly";
    let answer = browser.ask(&service, Request::get(login)).await;
    let location = answer.header("location").unwrap();
    let url = world
        .issuer
        .authorize_as("ada.lovelace@example.com", location)
        .url();
    let target = url.strip_prefix("https://app.example.com").unwrap();
    let answer = browser.ask(&service, Request::get(target)).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{answer:?}");
    // The session works.
    let service = world.okta.layer().layer(service_fn(who));
    assert_eq!(browser.ask(&service, fetch("/")).await.body, "a session");
    head_bytes(&answer.headers)
}

fn head_bytes(headers: &HeaderMap) -> usize {
    let added = "HTTP/1.1 303 See Other\r\ncontent-length: 0\r\n\
                 date: Mon, 30 Nov 2026 21:00:00 GMT\r\n\r\n";
    let lines = headers.iter();
    let bytes = lines.map(|(name, value)| name.as_str().len() + value.len() + ": \r\n".len());
    bytes.sum::<usize>() + added.len()
}

#[tokio::test]
async fn sign_in_with_thirty_groups_fits_a_proxys_buffer() {
    let log = Log::capture();
    let whole = callback_bytes(30, false, |set| set).await;
    assert!(whole < BUFFER - MARGIN, "{whole}");
    // The same if `userinfo` has the groups.
    let thin = callback_bytes(30, true, |set| set.userinfo(UserInfo::WhenGroupsAreMissing)).await;
    assert!(thin < BUFFER - MARGIN, "{thin}");
    assert_eq!(log.count("WARN", EVENT), 0, "{log:?}");
}

#[tokio::test]
async fn sign_in_beyond_a_proxys_buffer_is_logged_with_the_remedy() {
    let log = Log::capture();
    let bytes = callback_bytes(80, false, SignIn::keep_access_token).await;
    assert!(bytes > BUFFER, "{bytes}");
    assert_eq!(log.count("WARN okta_tower::session", EVENT), 1, "{log:?}");
    for remedy in ["proxy_buffer_size", "SignIn::store"] {
        assert_eq!(log.count("WARN", remedy), 1, "{log:?}");
    }
    assert!(!log.text().contains("ada.lovelace"), "{log:?}");
}
