//! The form of a rejection, by what the request accepts.

use axum::{Router, http::StatusCode, routing::any};
use okta_tower_axum::{Claims, RequireGroup, RequireScope, group, scope};
use serde_json::Value;

use crate::world::{call_with, get_with, world};

group!(Admins = "admin");
scope!(ReportsRead = "reports:read");

fn bare() -> Router {
    Router::new()
        .route("/me", any(async |user: Claims| user.subject().to_owned()))
        .route("/admin", any(async |_: RequireGroup<Admins>| "managed"))
        .route("/reports", any(async |_: RequireScope<ReportsRead>| "read"))
}

#[tokio::test]
async fn api_client_gets_problem_details() {
    let world = world().await;
    let app = bare().route_layer(world.layer().optional());
    let token = world.token("sales", "openid");
    for accept in [
        None,
        Some("*/*"),
        Some("application/json"),
        Some("application/problem+json"),
    ] {
        let headers: Vec<_> = accept
            .map(|accept| ("accept", accept))
            .into_iter()
            .collect();
        for (path, token, status, name) in [
            ("/me", None, 401, "missing-credentials"),
            ("/admin", Some(&*token), 403, "forbidden"),
            ("/reports", Some(&*token), 403, "insufficient-scope"),
        ] {
            let answer = get_with(&app, path, token, &headers).await;
            assert_eq!(answer.status, status);
            assert_eq!(
                answer.header("content-type"),
                Some("application/problem+json")
            );
            assert_eq!(answer.header("vary"), Some("accept"));
            let problem: Value = serde_json::from_str(&answer.body).unwrap();
            assert_eq!(problem["status"], status);
            assert_eq!(problem["type"], format!("urn:okta-tower:problem:{name}"));
            assert!(problem["title"].is_string());
        }
    }
}

#[tokio::test]
async fn browser_gets_one_line_of_text() {
    let world = world().await;
    let app = bare().route_layer(world.layer().optional());
    let token = world.token("sales", "openid");
    for accept in ["text/html,application/xhtml+xml,*/*;q=0.8", "text/plain"] {
        let answer = get_with(&app, "/admin", Some(&token), &[("accept", accept)]).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        assert_eq!(
            answer.header("content-type"),
            Some("text/plain; charset=utf-8")
        );
        assert_eq!(answer.body, "not allowed\n");
    }
}

#[tokio::test]
async fn other_accept_gets_status_and_challenge_alone() {
    let world = world().await;
    let app = bare().route_layer(world.layer().optional());
    let answer = get_with(&app, "/me", None, &[("accept", "image/png")]).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert!(answer.challenge().is_some());
    assert_eq!(answer.header("content-type"), None);
    assert_eq!(answer.body, "");
}

#[tokio::test]
async fn grpc_client_gets_status_headers_and_no_body() {
    let world = world().await;
    let (bare, app) = (bare(), bare().route_layer(world.layer().optional()));
    let token = world.token("sales", "openid");
    for content_type in [
        "application/grpc",
        "application/grpc-web",
        "application/grpc-web-text",
    ] {
        let request = format!("{content_type}+proto");
        let headers = [("content-type", &*request), ("accept", "application/json")];
        for (app, path, token, status) in [
            (&app, "/me", None, "16"),
            (&app, "/admin", Some(&*token), "7"),
            (&bare, "/me", Some(&*token), "13"),
        ] {
            let answer = call_with(app, path, token, &headers).await;
            assert_eq!(answer.status, StatusCode::OK);
            assert_eq!(answer.header("grpc-status"), Some(status));
            assert_eq!(answer.header("content-type"), Some(content_type));
            assert_eq!(answer.header("vary"), None);
            assert_eq!(answer.body, "");
            assert!(answer.error.is_some());
        }
    }
}
