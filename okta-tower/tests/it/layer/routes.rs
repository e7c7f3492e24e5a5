//! `.rules(table)`: the layer checks the rules first, so that public routes stay open and unlisted
//! ones closed.

use http::{
    Method, Request, StatusCode,
    header::{AUTHORIZATION, CONTENT_TYPE},
};
use okta_tower::{Require, RouteRules};
use tower::{Layer, service_fn};

use super::world::{World, ask, to, who, with};

fn table() -> RouteRules {
    RouteRules::new()
        .at("/health", Require::public())
        .at("/me", Require::authenticated())
        .on(Method::GET, "/reports", Require::scope("reports:read"))
        .at("/admin/{*any}", Require::group("admin"))
        .at("/bank.v1.Ledger/{*any}", Require::group("tellers"))
        .at("/grpc.health.v1.Health/{*any}", Require::public())
        .build()
        .unwrap()
}

#[tokio::test]
async fn public_route_is_open_with_any_credentials() {
    let world = World::start().await;
    let service = world.okta.layer().rules(table()).layer(service_fn(who));
    let get = || Request::get("/health");
    let unknown_key = world.token().header("kid", "unknown").sign();
    for request in [
        get(),
        get().header(AUTHORIZATION, "Basic dTpw"),
        get().header(AUTHORIZATION, "Bearer a b"),
        get().header(AUTHORIZATION, "x").header(AUTHORIZATION, "y"),
        to("/health", &world.token().expires_in(-61).sign()),
        to("/health", &unknown_key),
    ] {
        let answer = ask(&service, request).await;
        assert_eq!(
            (answer.status, &*answer.body),
            (StatusCode::OK, "hello nobody")
        );
        assert!(answer.error.is_none());
    }
    let answer = ask(&service, to("/health", &world.token().sign())).await;
    assert_eq!(answer.body, "hello ada@example.com");
    // The same requests are rejected on another route.
    assert_eq!(
        ask(&service, Request::get("/me")).await.reason(),
        Some("missing_credentials")
    );
    assert_eq!(
        ask(&service, to("/me", &unknown_key)).await.reason(),
        Some("unknown_key")
    );
}

#[tokio::test]
async fn public_route_needs_no_keys() {
    let world = World::start_without_keys().await;
    let service = world.okta.layer().rules(table()).layer(service_fn(who));
    let token = world.token().sign();
    assert_eq!(
        ask(&service, to("/health", &token)).await.body,
        "hello nobody"
    );
    let answer = ask(&service, to("/me", &token)).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn unlisted_path_is_rejected_unless_allowed() {
    let world = World::start().await;
    let service = world.okta.layer().rules(table()).layer(service_fn(who));
    let token = world.token().groups(["admin"]).sign();
    for request in [
        Request::get("/forgotten"),
        to("/forgotten", &token),
        to("/reports", &token).method("POST"),
    ] {
        let answer = ask(&service, request).await;
        assert_eq!(
            (answer.status, answer.reason()),
            (StatusCode::FORBIDDEN, Some("unlisted"))
        );
    }
    let open = (RouteRules::new()
        .at("/me", Require::authenticated())
        .allow_unlisted())
    .build();
    let service = (world.okta.layer().rules(open.unwrap())).layer(service_fn(who));
    assert_eq!(
        ask(&service, Request::get("/forgotten")).await.body,
        "hello nobody"
    );
    assert_eq!(
        ask(&service, Request::get("/me")).await.reason(),
        Some("missing_credentials")
    );
}

#[tokio::test]
async fn optional_layer_does_not_weaken_rules() {
    let world = World::start().await;
    let service = (world.okta.layer().rules(table()).optional()).layer(service_fn(who));
    for (path, reason) in [
        ("/me", "missing_credentials"),
        ("/admin/x", "missing_credentials"),
        ("/x", "unlisted"),
    ] {
        assert_eq!(
            ask(&service, Request::get(path)).await.reason(),
            Some(reason),
            "{path}"
        );
    }
    assert_eq!(
        ask(&service, Request::get("/health")).await.body,
        "hello nobody"
    );
}

#[tokio::test]
async fn head_follows_the_rule_for_get() {
    let world = World::start().await;
    let service = world.okta.layer().rules(table()).layer(service_fn(who));
    let reader = world.token().scopes(["reports:read"]).sign();
    for (token, status, reason) in [
        (&reader, StatusCode::OK, None),
        (&world.token().sign(), StatusCode::FORBIDDEN, Some("scope")),
    ] {
        for method in [Method::GET, Method::HEAD] {
            let answer = ask(&service, to("/reports", token).method(method)).await;
            assert_eq!((answer.status, answer.reason()), (status, reason));
        }
    }
}

#[tokio::test]
async fn ambiguous_path_is_rejected() {
    let world = World::start().await;
    let service = world.okta.layer().rules(table()).layer(service_fn(who));
    for path in [
        "/health/../admin/users",
        "/health/..%2fadmin/users",
        "/health%2f..%2fadmin/users",
        "//health",
        "/health/",
        "/%68ealth/../me",
        "/HEALTH",
        "/health;x=y",
        "/admin/..;/health",
        "/health%00",
    ] {
        for request in [
            Request::get(path),
            to(path, &world.token().groups(["admin"]).sign()),
        ] {
            let answer = ask(&service, request).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}: {answer:?}");
        }
    }
    for uri in ["/health", "/health?x=../admin", "http://example.com/health"] {
        assert_eq!(
            ask(&service, Request::get(uri)).await.body,
            "hello nobody",
            "{uri}"
        );
    }
}

#[tokio::test]
async fn request_without_a_path_is_rejected() {
    let world = World::start().await;
    let open = RouteRules::new()
        .at("/health", Require::public())
        .allow_unlisted();
    let service = (world.okta.layer().rules(open.build().unwrap())).layer(service_fn(who));
    for (method, target) in [(Method::OPTIONS, "*"), (Method::CONNECT, "example.com:443")] {
        let answer = ask(&service, Request::builder().method(method).uri(target)).await;
        assert_eq!(answer.reason(), Some("unlisted"), "{target}");
    }
}

#[tokio::test]
async fn grpc_methods_are_matched_as_paths() {
    let world = World::start().await;
    let service = world.okta.layer().rules(table()).layer(service_fn(who));
    let call = |path: &str, token: &str| {
        to(path, token)
            .method("POST")
            .header(CONTENT_TYPE, "application/grpc")
    };
    let teller = world.token().groups(["tellers"]).sign();
    let other = world.token().groups(["interns"]).sign();
    assert_eq!(
        ask(&service, call("/bank.v1.Ledger/Post", &teller))
            .await
            .body,
        "hello ada@example.com"
    );
    let answer = ask(&service, call("/bank.v1.Ledger/Post", &other)).await;
    assert_eq!(
        (answer.header("grpc-status"), answer.reason()),
        (Some("7"), Some("group"))
    );
    let answer = ask(&service, call("/bank.v2.Ledger/Post", &teller)).await;
    assert_eq!(
        (answer.header("grpc-status"), answer.reason()),
        (Some("7"), Some("unlisted"))
    );
    assert_eq!(
        ask(&service, call("/grpc.health.v1.Health/Check", "x"))
            .await
            .body,
        "hello nobody"
    );
}

#[tokio::test]
async fn authenticated_rule_rejects_like_a_layer_without_rules() {
    let world = World::start().await;
    let with_table = world.okta.layer().rules(table()).layer(service_fn(who));
    let without = world.okta.layer().layer(service_fn(who));
    for request in [
        || Request::get("/me"),
        || Request::get("/me").header(AUTHORIZATION, "Bearer a b"),
        || with("a.b.c").uri("/me"),
    ] {
        let (one, other) = (
            ask(&with_table, request()).await,
            ask(&without, request()).await,
        );
        assert_eq!(
            (one.visible(), one.reason()),
            (other.visible(), other.reason())
        );
    }
}
