//! A person who opens a page is sent to sign in, a program is told 401.

use http::{Request, StatusCode, request::Builder};
use okta_tower::{Require, RouteRules, auth::Problem};
use tower::{Layer, ServiceBuilder, service_fn};

use super::world::{ask, fetch, navigation, strict, who, world};

fn head(request: Builder) -> Builder {
    request.method("HEAD")
}

#[tokio::test]
async fn a_page_leads_to_the_sign_in_and_back_and_a_script_is_told_401() {
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
async fn a_form_a_frame_and_a_request_with_a_header_are_not_sent_to_sign_in() {
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
async fn grpc_is_told_16() {
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
async fn a_guard_inside_an_optional_layer_leads_to_the_sign_in_too() {
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
async fn so_does_an_extractor_and_nothing_of_its_own_answer_is_left() {
    let world = world().await;
    let service = (world.okta.layer().optional()).layer(service_fn(strict));
    let answer = ask(&service, navigation("/reports")).await;
    assert_eq!(answer.status, StatusCode::FOUND);
    assert_eq!(answer.header("location"), Some("/login?return_to=/reports"));
    assert_eq!(answer.header("www-authenticate"), None);
    assert_eq!(answer.body, "");
    // What a program is told is the extractor's to say.
    let answer = ask(&service, fetch("/reports")).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(answer.body, "an extractor's own words");
    // With a session it has no reason to refuse.
    let browser = world.signed_in().await;
    let answer = ask(&service, browser.with(navigation("/reports"))).await;
    assert_eq!(answer.body, "a session");
}

#[tokio::test]
async fn who_is_signed_in_and_not_allowed_is_told_403_and_not_sent_round_in_circles() {
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
async fn a_path_that_no_rule_names_is_403_for_everybody() {
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
async fn the_responder_writes_the_body_and_the_way_to_the_sign_in_is_added() {
    let world = world().await;
    let service = (world.okta.layer().responder(Problem::new())).layer(service_fn(who));
    let answer = ask(&service, navigation("/")).await;
    assert_eq!(answer.status, StatusCode::FOUND);
    assert_eq!(answer.header("location"), Some("/login?return_to=/"));
}
