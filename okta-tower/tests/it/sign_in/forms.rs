//! Forms that are sent without a session.

use http::{StatusCode, header};
use okta_tower::auth::Problem;
use tower::{ServiceBuilder, service_fn, util::BoxCloneService};

use super::world::{Browser, World};

fn with_layer(world: &World, bearer_only: &str) -> Browser {
    let layer = match bearer_only {
        "bearer only" => world.okta.layer().bearer_only(),
        _ => world.okta.layer(),
    };
    let service = ServiceBuilder::new()
        .layer(world.okta.sign_in_layer())
        .layer(layer.responder(Problem::new()))
        .service(service_fn(|_: http::Request<okta_tower::Body>| async {
            Ok::<_, std::convert::Infallible>(http::Response::new(Vec::new()))
        }));
    Browser {
        app: BoxCloneService::new(service),
        ..world.browser()
    }
}

#[tokio::test]
async fn form_without_a_session_gets_a_page_with_a_link() {
    let world = World::new().await;
    let mut browser = world.browser();
    let page = browser.post("/save?x=1", "a=b", "same-origin").await;
    assert_eq!(page.status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        page.headers[header::CONTENT_TYPE],
        "text/html; charset=utf-8"
    );
    assert_eq!(page.headers[header::CACHE_CONTROL], "no-store");
    assert!(page.headers.contains_key(header::WWW_AUTHENTICATE));
    let policy = page.headers[header::CONTENT_SECURITY_POLICY]
        .to_str()
        .unwrap();
    assert!(policy.contains("script-src 'none'"), "{policy}");
    assert!(
        page.text.contains("<a href=\"/login\">Sign in</a>"),
        "{}",
        page.text
    );
    // A session that has ended.
    let mut browser = world.signed_in("admin").await;
    world.advance(90_000);
    let page = browser.post("/save", "a=b", "same-origin").await;
    assert!(page.text.contains("not saved"), "{}", page.text);
    // With a session, the form arrives.
    let world = World::new().await;
    let mut browser = world.signed_in("admin").await;
    let done = browser.post("/save", "a=b", "same-origin").await;
    assert_eq!(done.status, StatusCode::OK);
}

#[tokio::test]
async fn forbidden_user_sees_a_page_and_a_script_does_not() {
    let world = World::new().await;
    for (who, status) in [("admin", StatusCode::OK), ("viewer", StatusCode::FORBIDDEN)] {
        let signed_in = world.signed_in(who).await;
        let service = ServiceBuilder::new()
            .layer(world.okta.sign_in_layer())
            .layer(world.okta.layer())
            .layer(okta_tower::Require::group("admin").layer())
            .service(service_fn(|_: http::Request<okta_tower::Body>| async {
                Ok::<_, std::convert::Infallible>(http::Response::new(b"managed".to_vec()))
            }));
        let mut browser = Browser {
            app: BoxCloneService::new(service),
            ..signed_in
        };
        let opened = browser.get("/admin").await;
        let sent = browser.post("/admin", "a=b", "same-origin").await;
        let fetched = browser.fetch("/admin").await;
        for seen in [&opened, &sent, &fetched] {
            assert_eq!(seen.status, status, "{seen:?}");
        }
        let [opened, sent, fetched] = [opened.text, sent.text, fetched.text];
        if status == StatusCode::OK {
            assert_eq!([opened, sent, fetched], ["managed"; 3]);
        } else {
            let title = "You do not have access to this page";
            assert!(opened.contains(title) && sent.contains(title), "{opened}");
            assert_eq!(fetched, "");
        }
    }
}

#[tokio::test]
async fn link_returns_to_the_own_page_with_the_form() {
    let world = World::new().await;
    for (referer, link) in [
        (
            "http://localhost:3000/edit?id=7",
            "/login?return_to=/edit%3Fid%3D7",
        ),
        ("https://evil.example/edit", "/login"),
        ("http://localhost:3000.evil.example/", "/login"),
        ("\"><script>", "/login"),
    ] {
        let request = http::Request::post("/save")
            .header(header::REFERER, referer)
            .header("sec-fetch-mode", "navigate")
            .header("sec-fetch-dest", "document")
            .header("sec-fetch-site", "same-origin");
        let request = request.body(okta_tower::Body::default()).unwrap();
        let page = world.browser().send(request).await;
        let link = format!("<a href=\"{link}\">Sign in</a>");
        assert!(page.text.contains(&link), "{referer}: {}", page.text);
    }
}

#[tokio::test]
async fn script_post_without_a_session_gets_no_page() {
    let world = World::new().await;
    let script = http::Request::post("/save")
        .header("sec-fetch-mode", "cors")
        .header("sec-fetch-site", "same-origin")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let script = script.body(okta_tower::Body::default()).unwrap();
    let answer = world.browser().send(script).await;
    assert_eq!(
        (answer.status, &*answer.text),
        (StatusCode::UNAUTHORIZED, "")
    );
    // A layer that looks at no session cookie: signing in would not help.
    let answer = with_layer(&world, "bearer only")
        .post("/save", "", "same-origin")
        .await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert!(!answer.text.contains("<html"), "{}", answer.text);
}

#[tokio::test]
async fn page_replaces_json_that_a_form_cannot_show() {
    let world = World::new().await;
    let page = with_layer(&world, "")
        .post("/save", "", "same-origin")
        .await;
    assert_eq!(
        page.headers[header::CONTENT_TYPE],
        "text/html; charset=utf-8"
    );
    assert!(page.text.contains("Sign in</a>"), "{}", page.text);
}
