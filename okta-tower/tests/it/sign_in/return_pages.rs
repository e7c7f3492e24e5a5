//! The page that a sign-in ends on.

use http::StatusCode;
use okta_tower_test::Client;

use super::world::{Browser, ORIGIN, Seen, World, sign_in};
use crate::world::log::Log;

/// Opens a page without a session and follows every redirect, the issuer's included.
async fn open(world: &World, browser: &mut Browser, page: &str) -> Seen {
    let sent = browser.get(page).await;
    assert_eq!(sent.status, StatusCode::FOUND, "{sent:?}");
    world.sign_in(browser, sent.location(), "admin").await
}

#[tokio::test]
async fn deep_link_is_returned_to_in_its_spelling() {
    let world = World::new().await;
    let long = format!("/search?q={}", "a".repeat(2000));
    for page in [
        "/artifacts/group%2Fproject/7",
        "/files/100%25.pdf",
        "/a//b",
        "/search?q=50%",
        "/a%5Cb?c=%0d%0a",
        &long,
    ] {
        let done = open(&world, &mut world.browser(), page).await;
        assert_eq!(done.location(), format!("{ORIGIN}{page}"));
        // The same text in a link of a stranger is not followed.
        let encoded: String = url::form_urlencoded::byte_serialize(page.as_bytes()).collect();
        let login = format!("/login?return_to={encoded}");
        let done = world.sign_in(&mut world.browser(), &login, "admin").await;
        assert_eq!(done.location(), format!("{ORIGIN}/"), "{page}");
        let done = world
            .signed_in("admin")
            .await
            .get(&format!("/login/done?to={encoded}"))
            .await;
        assert_eq!(done.location(), format!("{ORIGIN}/"), "{page}");
    }
}

#[tokio::test]
async fn deep_link_survives_a_retry() {
    let world = World::new().await;
    let mut browser = world.browser();
    let sent = browser.get("/a//b").await;
    let started = browser.get(sent.location()).await;
    let state = started.parameter("state").unwrap();
    let url = format!("/authorization-code/callback?error=temporarily_unavailable&state={state}");
    let failed = browser.get(&url).await;
    let link = failed.text.split("href=\"").nth(1).unwrap();
    let link = link.split('"').next().unwrap().replace("&amp;", "&");
    let done = world.sign_in(&mut browser, &link, "admin").await;
    assert_eq!(done.location(), format!("{ORIGIN}/a//b"));
}

#[tokio::test]
async fn fragment_of_a_link_is_kept() {
    let world = World::new().await;
    for (link, page) in [
        ("/reports%3Fa%23summary", "/reports?a#summary"),
        ("/reports%23/7", "/reports#/7"),
        ("/reports%23//evil.example", "/"),
    ] {
        let login = format!("/login?return_to={link}");
        let done = world.sign_in(&mut world.browser(), &login, "admin").await;
        assert_eq!(done.location(), format!("{ORIGIN}{page}"));
    }
}

#[tokio::test]
async fn dropped_page_is_logged_without_its_text() {
    let log = Log::capture();
    let world = World::new().await;
    let count = || {
        log.text()
            .matches("the page to return to was dropped")
            .count()
    };
    world.browser().get("/login?return_to=/secret").await;
    assert_eq!(count(), 0);
    world
        .browser()
        .get("/login?return_to=//secret.example")
        .await;
    assert_eq!(count(), 1);
    world
        .browser()
        .get(&format!("/{}", "secret".repeat(1000)))
        .await;
    assert_eq!(count(), 2);
    assert!(!log.text().contains("secret"), "{}", log.text());
}

const SHOP: &str = "http://localhost:3000/shop";

async fn shop() -> World {
    let callback = format!("{SHOP}/authorization-code/callback");
    let client = Client::with_secret("0oaApp", "s3cr3t")
        .redirect_uri(callback.clone())
        .post_logout_redirect_uri(format!("{SHOP}/"));
    let sign_in = sign_in()
        .redirect_uri(callback)
        .public_prefix("/shop")
        .default_return_to("/home");
    World::of(client, |okta| okta.client_secret("s3cr3t").sign_in(sign_in)).await
}

/// What a proxy passes on that removes the prefix.
fn behind_proxy(url: &str) -> &str {
    let url = url.strip_prefix(ORIGIN).unwrap_or(url);
    url.strip_prefix("/shop").expect("the public prefix")
}

#[tokio::test]
async fn application_behind_a_prefix_signs_in_and_out() {
    let world = shop().await;
    for (page, end) in [("/dashboard?x=1", "/dashboard?x=1"), ("/a//b", "/a//b")] {
        let mut browser = world.browser();
        let sent = browser.get(page).await;
        let started = browser.get(behind_proxy(sent.location())).await;
        assert!(started.is_sent_to_okta(&world), "{started:?}");
        let callback = world.issuer.authorize_as("admin", started.location()).url();
        let answered = browser.get(behind_proxy(&callback)).await;
        let done = browser.get(behind_proxy(answered.location())).await;
        assert_eq!(done.location(), format!("{SHOP}{end}"));
        assert_eq!(browser.get(page).await.status, StatusCode::OK);
        let left = browser.post("/logout", "", "same-origin").await;
        assert!(left.text.contains(&format!("{SHOP}/")), "{}", left.text);
    }
}

#[tokio::test]
async fn page_outside_the_prefix_becomes_the_default() {
    let world = shop().await;
    for (link, end) in [("/shop/a", "/a"), ("/a", "/home"), ("/shopper", "/home")] {
        let mut browser = world.browser();
        let started = browser.get(&format!("/login?return_to={link}")).await;
        let callback = world.issuer.authorize_as("admin", started.location()).url();
        let answered = browser.get(behind_proxy(&callback)).await;
        let done = browser.get(behind_proxy(answered.location())).await;
        assert_eq!(done.location(), format!("{SHOP}{end}"), "{link}");
    }
}

#[tokio::test]
async fn third_party_starts_a_sign_in_by_get_and_post() {
    let world = World::new().await;
    let issuer = world.issuer.url().to_owned();
    for (iss, target, end) in [
        (
            &*issuer,
            "http://localhost:3000/reports?a=b",
            Some("/reports?a=b"),
        ),
        (&*issuer, "https://evil.example/reports", Some("/")),
        (&*issuer, "http://localhost:3000//evil.example", Some("/")),
        (
            "https://evil.example",
            "http://localhost:3000/reports",
            None,
        ),
        ("", "http://localhost:3000/reports", None),
    ] {
        let text = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("iss", iss), ("login_hint", "admin@example.com")])
            .append_pair("target_link_uri", target)
            .finish();
        for is_post in [false, true] {
            let mut browser = world.browser();
            let started = match is_post {
                true => browser.post("/login", &text, "cross-site").await,
                false => browser.get(&format!("/login?{text}")).await,
            };
            let Some(end) = end else {
                assert_eq!(started.status, StatusCode::BAD_REQUEST, "{iss} {target}");
                continue;
            };
            assert!(started.is_sent_to_okta(&world), "{started:?}");
            let hint = started.parameter("login_hint");
            assert_eq!(hint.as_deref(), Some("admin@example.com"));
            let callback = world.issuer.authorize_as("admin", started.location()).url();
            let answered = browser.get(&callback).await;
            let done = browser.get(answered.location()).await;
            assert_eq!(done.location(), format!("{ORIGIN}{end}"));
        }
    }
}
