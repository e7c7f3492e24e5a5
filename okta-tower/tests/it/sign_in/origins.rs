//! One application at several public origins.

use http::{Request, StatusCode, header};
use okta_tower::Body;
use okta_tower_test::Client;

use super::world::{Browser, CLIENT, Seen, World, client, sign_in};

const TENANT: &str = "http://tenant.localhost:3000";

async fn world() -> World {
    let callback = format!("{TENANT}/authorization-code/callback");
    let client: Client = client()
        .redirect_uri(callback.clone())
        .post_logout_redirect_uri(format!("{TENANT}/"));
    let key = "uZ0WbS5a3m1f0Zk8Yy7Qn2Vt4Xc6Bd9Eh1Gj3KlMpRs";
    let sign_in = sign_in().cookie_keys(key).add_redirect_uri(callback);
    World::of(client, |okta| okta.client_secret("s3cr3t").sign_in(sign_in)).await
}

/// Opens a page at a host.
async fn open(browser: &mut Browser, host: &str, url: &str) -> Seen {
    let path = url.strip_prefix(&format!("http://{host}")).unwrap_or(url);
    let request = Request::get(path)
        .header(header::HOST, host)
        .header("sec-fetch-mode", "navigate")
        .header("sec-fetch-dest", "document");
    browser.send(request.body(Body::default()).unwrap()).await
}

/// Signs in at a host, and returns where the sign-in ends.
async fn signed_in(world: &World, browser: &mut Browser, host: &str) -> String {
    let sent = open(browser, host, "/a//b").await;
    let started = open(browser, host, sent.location()).await;
    assert!(started.is_sent_to_okta(world), "{started:?}");
    let redirect_uri = started.parameter("redirect_uri").unwrap();
    assert!(
        redirect_uri.starts_with(&format!("http://{host}/")),
        "{redirect_uri}"
    );
    let callback = world.issuer.authorize_as("admin", started.location()).url();
    let answered = open(browser, host, &callback).await;
    open(browser, host, answered.location())
        .await
        .location()
        .to_owned()
}

#[tokio::test]
async fn sign_in_stays_at_the_origin_where_it_began() {
    let world = world().await;
    for host in ["localhost:3000", "tenant.localhost:3000"] {
        let mut browser = world.browser();
        let end = signed_in(&world, &mut browser, host).await;
        assert_eq!(end, format!("http://{host}/a//b"));
        assert_eq!(open(&mut browser, host, "/").await.status, StatusCode::OK);
        let request = Request::post("/logout")
            .header(header::HOST, host)
            .header("sec-fetch-site", "same-origin")
            .header("sec-fetch-mode", "navigate");
        let left = browser.send(request.body(Body::default()).unwrap()).await;
        let home = format!("value=\"http://{host}/\"");
        assert!(left.text.contains(&home), "{}", left.text);
    }
}

#[tokio::test]
async fn session_of_one_origin_does_not_serve_another() {
    let world = world().await;
    let mut browser = world.browser();
    signed_in(&world, &mut browser, "tenant.localhost:3000").await;
    for (host, status) in [
        ("tenant.localhost:3000", StatusCode::OK),
        ("localhost:3000", StatusCode::FOUND),
        // An unknown host is the first origin's.
        ("evil.example", StatusCode::FOUND),
        ("tenant.localhost.evil.example:3000", StatusCode::FOUND),
    ] {
        assert_eq!(open(&mut browser, host, "/").await.status, status, "{host}");
    }
}

#[tokio::test]
async fn unknown_host_is_never_a_redirect_target() {
    let world = world().await;
    for host in [
        "evil.example",
        "evil.example:3000",
        "localhost.evil.example:3000",
    ] {
        let moved = open(&mut world.browser(), host, "/login").await;
        assert_eq!(
            moved.location(),
            "http://localhost:3000/login?moved=1",
            "{host}"
        );
        let started = open(&mut world.browser(), host, "/login?moved=1").await;
        let redirect_uri = started.parameter("redirect_uri").unwrap();
        assert!(redirect_uri.starts_with("http://localhost:3000/"));
        assert_eq!(started.parameter("client_id").as_deref(), Some(CLIENT));
    }
}

#[tokio::test]
async fn page_of_another_configured_origin_is_cross_origin() {
    let world = world().await;
    let mut browser = world.browser();
    let host = "tenant.localhost:3000";
    signed_in(&world, &mut browser, host).await;
    for (origin, status) in [
        (TENANT, StatusCode::OK),
        ("http://localhost:3000", StatusCode::FORBIDDEN),
    ] {
        let request = Request::post("/")
            .header(header::HOST, host)
            .header(header::ORIGIN, origin);
        let answer = browser.send(request.body(Body::default()).unwrap()).await;
        assert_eq!(answer.status, status, "{origin}");
    }
}
