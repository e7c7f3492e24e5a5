//! Navigations are redirected to sign in, other requests get 401.

use std::convert::Infallible;

use http::{Request, Response, StatusCode, request::Builder};
use okta_tower::{AuthError, Require, RouteRules, auth::Problem};
use tower::{Layer, ServiceBuilder, service_fn};

use super::world::{Body, ask, fetch, navigation, sign_in, strict, who, world, world_with};

fn head(request: Builder) -> Builder {
    request.method("HEAD")
}

#[tokio::test]
async fn navigation_redirects_to_login_and_fetch_is_401() {
    let world = world().await;
    let service = world.okta.layer().layer(service_fn(who));
    for request in [
        navigation("/reports?year=1"),
        head(navigation("/reports?year=1")),
    ] {
        let answer = ask(&service, request).await;
        assert_eq!(answer.status, StatusCode::FOUND);
        assert_eq!(
            answer.header("location"),
            Some("/login?return_to=/reports%3Fyear%3D1")
        );
        assert_eq!(answer.header("www-authenticate"), None);
        assert_eq!(answer.header("cache-control"), Some("private, no-store"));
        assert_eq!(answer.header("vary"), Some("cookie"));
        assert_eq!(answer.reason(), Some("missing_credentials"));
    }
    let answer = ask(&service, fetch("/reports")).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        answer.header("www-authenticate"),
        Some("Bearer realm=\"api\"")
    );
    assert_eq!(answer.header("location"), None);
}

#[tokio::test]
async fn form_frame_and_header_requests_are_not_redirected() {
    let world = world().await;
    let service = world.okta.layer().layer(service_fn(who));
    let form = navigation("/").method("POST");
    let frame = Request::get("/")
        .header("sec-fetch-mode", "navigate")
        .header("sec-fetch-dest", "iframe");
    let basic = navigation("/").header("authorization", "Basic dTpw");
    let bearer = navigation("/").header("authorization", "Bearer x");
    for request in [form, frame, basic, bearer] {
        let answer = ask(&service, request).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert_eq!(answer.header("location"), None);
    }
    let answer = ask(&service, navigation("/")).await;
    assert_eq!(answer.status, StatusCode::FOUND);
}

#[tokio::test]
async fn navigation_through_a_service_worker_is_redirected() {
    let world = world().await;
    let service = world.okta.layer().layer(service_fn(who));
    let passed_on = |accept| {
        Request::get("/reports")
            .header("sec-fetch-mode", "navigate")
            .header("sec-fetch-dest", "empty")
            .header("accept", accept)
    };
    let answer = ask(&service, passed_on("text/html,*/*;q=0.8")).await;
    assert_eq!(answer.status, StatusCode::FOUND);
    assert_eq!(answer.header("location"), Some("/login?return_to=/reports"));
    let answer = ask(&service, passed_on("*/*")).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn library_without_fetch_metadata_gets_401() {
    let world = world().await;
    let service = world.okta.layer().layer(service_fn(who));
    let page = || Request::get("/reports").header("accept", "text/html,*/*;q=0.8");
    assert_eq!(ask(&service, page()).await.status, StatusCode::FOUND);
    for (name, value) in [
        ("x-requested-with", "XMLHttpRequest"),
        ("hx-request", "true"),
        ("turbo-frame", "reports"),
    ] {
        let answer = ask(&service, page().header(name, value)).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{name}");
        assert_eq!(answer.header("location"), None, "{name}");
        assert_eq!(answer.header("hx-redirect"), None, "{name}");
        assert!(answer.challenge().is_some(), "{name}");
    }
}

#[tokio::test]
async fn htmx_is_led_to_the_sign_in_if_enabled() {
    let world = world_with(sign_in().redirect_htmx()).await;
    let service = world.okta.layer().layer(service_fn(who));
    let htmx = |request: Builder| request.header("hx-request", "true");
    let shown = "http://localhost:3000/reports?year=1";
    let back = Some("/login?return_to=/reports%3Fyear%3D1");
    for request in [
        htmx(fetch("/rows")),
        htmx(fetch("/rows"))
            .method("POST")
            .header("sec-fetch-site", "same-origin"),
        htmx(Request::get("/rows").header("accept", "*/*")),
    ] {
        let answer = ask(&service, request.header("hx-current-url", shown)).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert_eq!(answer.header("hx-redirect"), back);
        assert_eq!(answer.header("location"), None);
        assert!(answer.challenge().is_some());
    }
    let foreign = htmx(fetch("/rows")).header("hx-current-url", "https://evil.example/x");
    let answer = ask(&service, foreign).await;
    assert_eq!(answer.header("hx-redirect"), Some("/login"));
    // Other scripts, and users with a session, see nothing of it.
    assert_eq!(
        ask(&service, fetch("/rows")).await.header("hx-redirect"),
        None
    );
    let browser = world.signed_in().await;
    let answer = ask(&service, browser.with(htmx(fetch("/rows")))).await;
    assert_eq!(
        (answer.status, answer.header("hx-redirect")),
        (StatusCode::OK, None)
    );
}

#[tokio::test]
async fn grpc_navigation_gets_status_16() {
    let world = world().await;
    let service = world.okta.layer().layer(service_fn(who));
    let request = navigation("/").method("POST");
    let request = request.header("content-type", "application/grpc");
    let answer = ask(&service, request).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("grpc-status"), Some("16"));
    assert_eq!(answer.header("location"), None);
}

#[tokio::test]
async fn guard_in_an_optional_layer_redirects_navigations() {
    let world = world().await;
    let service = ServiceBuilder::new()
        .layer(world.okta.layer().optional())
        .layer(Require::group("viewer").layer())
        .service_fn(who);
    let answer = ask(&service, navigation("/reports")).await;
    assert_eq!(answer.status, StatusCode::FOUND);
    assert_eq!(answer.header("location"), Some("/login?return_to=/reports"));
    let answer = ask(&service, fetch("/reports")).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    let browser = world.signed_in().await;
    let answer = ask(&service, browser.with(navigation("/reports"))).await;
    assert_eq!(answer.body, "a session");
}

#[tokio::test]
async fn extractor_rejection_of_a_navigation_becomes_a_redirect() {
    let world = world().await;
    let service = (world.okta.layer().optional()).layer(service_fn(strict));
    let answer = ask(&service, navigation("/reports")).await;
    assert_eq!(answer.status, StatusCode::FOUND);
    assert_eq!(answer.header("location"), Some("/login?return_to=/reports"));
    assert_eq!(answer.header("www-authenticate"), None);
    // The default responder keeps the body, which no browser shows.
    assert_eq!(answer.body, "an extractor's own words");
    // Other requests get the extractor's response.
    let answer = ask(&service, fetch("/reports")).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(answer.body, "an extractor's own words");
    // With a session the extractor succeeds.
    let browser = world.signed_in().await;
    let answer = ask(&service, browser.with(navigation("/reports"))).await;
    assert_eq!(answer.body, "a session");
}

#[tokio::test]
async fn forbidden_navigation_is_403_and_not_redirected() {
    let world = world().await;
    let rules = RouteRules::new()
        .at("/", Require::group("admin"))
        .build()
        .unwrap();
    let by_rule = (world.okta.layer().rules(rules)).layer(service_fn(who));
    let browser = world.signed_in().await;
    let answer = ask(&by_rule, browser.with(navigation("/"))).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(answer.header("location"), None);
    let by_guard = ServiceBuilder::new()
        .layer(world.okta.layer())
        .layer(Require::group("admin").layer())
        .service_fn(who);
    let answer = ask(&by_guard, browser.with(navigation("/"))).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(answer.header("location"), None);
}

/// A claim that no user has.
#[derive(Debug, serde::Deserialize)]
struct Employee {
    #[expect(dead_code, reason = "it is never there")]
    employee_number: u32,
}

#[tokio::test]
async fn session_whose_claims_do_not_fit_is_403_and_not_redirected() {
    let world = world().await;
    let typed = (world.okta.layer().claims::<Employee>()).layer(service_fn(who));
    let untyped = world.okta.layer().layer(service_fn(who));
    let browser = world.signed_in().await;
    for request in [navigation, fetch] {
        let answer = ask(&typed, browser.with(request("/"))).await;
        // To sign in again would lead here again.
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        assert_eq!(answer.header("location"), None);
        assert_eq!(answer.reason(), Some("session_claims_unreadable"));
        let answer = ask(&untyped, browser.with(request("/"))).await;
        assert_eq!(answer.body, "a session");
    }
    // Without a session, signing in helps.
    let answer = ask(&typed, navigation("/")).await;
    assert_eq!(answer.status, StatusCode::FOUND);
}

#[tokio::test]
async fn unlisted_path_is_403_for_navigations() {
    let world = world().await;
    let rules = RouteRules::new()
        .at("/", Require::public())
        .build()
        .unwrap();
    let service = (world.okta.layer().rules(rules)).layer(service_fn(who));
    let answer = ask(&service, navigation("/elsewhere")).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn redirect_is_added_to_the_responders_response() {
    let world = world().await;
    let service = (world.okta.layer().responder(Problem::new())).layer(service_fn(who));
    let answer = ask(&service, navigation("/")).await;
    assert_eq!(answer.status, StatusCode::FOUND);
    assert_eq!(answer.header("location"), Some("/login?return_to=/"));
}

/// The application keeps its own response, and says why it rejects.
#[tokio::test]
async fn own_response_with_a_reason_redirects_a_navigation() {
    let world = world().await;
    let service = world.okta.layer().optional().layer(service_fn(
        async |request: Request<Body>| -> Result<Response<Body>, Infallible> {
            let mut response = Response::new(Body::from("my own words"));
            *response.status_mut() = StatusCode::UNAUTHORIZED;
            if request.uri().path() == "/reason" {
                let missing = AuthError::missing_credentials();
                response.extensions_mut().insert(missing);
            }
            Ok(response)
        },
    ));
    let answer = ask(&service, navigation("/reason")).await;
    assert_eq!(answer.status, StatusCode::FOUND);
    assert_eq!(answer.header("location"), Some("/login?return_to=/reason"));
    for request in [navigation("/none"), fetch("/reason")] {
        let answer = ask(&service, request).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert_eq!(answer.header("location"), None);
    }
}
