//! Navigations are redirected to sign in, other requests get 401.

use std::convert::Infallible;

use http::{Request, Response, StatusCode, request::Builder};
use okta_tower::{AuthError, Require, RouteRules, auth::Problem};
use tower::{Layer, ServiceBuilder, service_fn};

use super::world::{Body, ask, fetch, navigation, strict, who, world};

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
