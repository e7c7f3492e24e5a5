//! Guards as layers of routes.

use axum::{
    Router,
    http::StatusCode,
    middleware::from_extractor,
    routing::{get as on_get, post},
};
use okta_tower::{Require, auth::Problem};
use okta_tower_axum::{RequireGroup, group, require, require_group, require_scope};
use tower::Layer;

use crate::world::{get, world};

fn open(path: &str) -> Router {
    Router::new().route(path, on_get(async || "served"))
}

#[tokio::test]
async fn required_group_of_a_route_is_not_revealed() {
    let world = world().await;
    let app = open("/")
        .route_layer(require_group("admin"))
        .route_layer(world.layer());
    let admin = world.token("admin", "openid");
    assert_eq!(get(&app, "/", Some(&admin)).await.body, "served");
    let other = world.token("sales", "admin");
    let answer = get(&app, "/", Some(&other)).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(!answer.said().contains("admin"));
    assert_eq!(answer.challenge(), None);
    assert_eq!(answer.error.unwrap().reason(), "group");
}

#[tokio::test]
async fn required_scope_of_a_route_is_named_in_the_challenge() {
    let world = world().await;
    let app = open("/")
        .route_layer(require_scope("reports:read"))
        .route_layer(world.layer());
    let reader = world.token("sales", "reports:read");
    assert_eq!(get(&app, "/", Some(&reader)).await.body, "served");
    let other = world.token("reports:read", "openid");
    let answer = get(&app, "/", Some(&other)).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let challenge = answer.challenge().unwrap();
    assert_eq!(challenge.get("error"), Some("insufficient_scope"));
    assert_eq!(challenge.get("scope"), Some("reports:read"));
}

#[tokio::test]
async fn requirement_layer_rejects_through_the_outer_responder() {
    let world = world().await;
    let requirement = Require::service().or(Require::group("admin"));
    let layer = world.layer().responder(Problem::new()).realm("reports");
    let app = open("/")
        .route_layer(require(requirement))
        .route_layer(layer);
    let service = world.issuer.token().service("batch").sign();
    assert_eq!(get(&app, "/", Some(&service)).await.body, "served");
    let answer = get(&app, "/", Some(&world.token("sales", "openid"))).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(
        answer.header("content-type"),
        Some("application/problem+json")
    );
    assert_eq!(
        get(&app, "/", None).await.challenge().unwrap().get("realm"),
        Some("reports")
    );
}

#[tokio::test]
async fn typed_guard_works_as_a_layer_by_from_extractor() {
    group!(Admins = "admin");
    let world = world().await;
    let app = open("/")
        .route_layer(from_extractor::<RequireGroup<Admins>>())
        .route_layer(world.layer());
    let admin = world.token("admin", "openid");
    assert_eq!(get(&app, "/", Some(&admin)).await.body, "served");
    let answer = get(&app, "/", Some(&world.token("sales", "openid"))).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(
        answer.header("content-type"),
        Some("application/problem+json")
    );
}

#[tokio::test]
async fn route_guard_is_401_for_anonymous_and_500_without_layer() {
    let world = world().await;
    let guarded = open("/").route_layer(require_group("admin"));
    let app = guarded.clone().route_layer(world.layer().optional());
    assert_eq!(get(&app, "/", None).await.status, StatusCode::UNAUTHORIZED);

    let admin = world.token("admin", "openid");
    let answer = get(&guarded, "/", Some(&admin)).await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(answer.body, "");
}

#[tokio::test]
async fn guard_outside_the_layer_is_500() {
    let world = world().await;
    let app = open("/")
        .route_layer(world.layer())
        .route_layer(require_group("admin"));
    let admin = world.token("admin", "openid");
    for token in [None, Some(&*admin)] {
        let answer = get(&app, "/", token).await;
        assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    }
}

#[tokio::test]
async fn nested_routers_keep_their_own_guards() {
    let world = world().await;
    let admin = open("/users").route_layer(require_group("admin"));
    let reports = open("/monthly").route_layer(require_scope("reports:read"));
    let app = Router::new()
        .nest("/admin", admin)
        .nest("/reports", reports)
        .merge(open("/me"))
        .route_layer(world.layer())
        .merge(open("/health"));
    for (group, scope, paths) in [
        ("admin", "openid", [200, 403, 200, 200]),
        ("sales", "reports:read", [403, 200, 200, 200]),
        ("sales", "openid", [403, 403, 200, 200]),
    ] {
        let token = world.token(group, scope);
        for (path, status) in ["/admin/users", "/reports/monthly", "/me", "/health"]
            .iter()
            .zip(paths)
        {
            assert_eq!(
                get(&app, path, Some(&token)).await.status,
                status,
                "{group} {scope} {path}"
            );
        }
    }
    for (path, status) in [
        ("/admin/users", 401),
        ("/reports/monthly", 401),
        ("/me", 401),
        ("/health", 200),
    ] {
        assert_eq!(get(&app, path, None).await.status, status, "{path}");
    }
}

#[tokio::test]
async fn unknown_path_is_404_by_route_layer_and_401_by_layer() {
    let world = world().await;
    let admin = open("/users").route_layer(require_group("admin"));
    let router = Router::new().nest("/admin", admin).merge(open("/me"));
    let on_routes = router.clone().route_layer(world.layer());
    let on_all = router.layer(world.layer());
    for path in ["/nothing", "/admin/nothing"] {
        assert_eq!(
            get(&on_routes, path, None).await.status,
            StatusCode::NOT_FOUND
        );
        assert_eq!(
            get(&on_all, path, None).await.status,
            StatusCode::UNAUTHORIZED
        );
    }
}

#[tokio::test]
async fn unknown_method_is_401_before_405() {
    let world = world().await;
    let app = Router::new()
        .route("/", post(async || "posted"))
        .route_layer(world.layer());
    assert_eq!(get(&app, "/", None).await.status, StatusCode::UNAUTHORIZED);
    let token = world.ada().sign();
    assert_eq!(
        get(&app, "/", Some(&token)).await.status,
        StatusCode::METHOD_NOT_ALLOWED
    );
}

#[tokio::test]
async fn layer_around_the_router_answers_like_one_inside() {
    let world = world().await;
    let routes = || open("/").route_layer(require_group("admin"));
    let within = routes().layer(world.layer());
    let around = world.layer().layer(routes().with_state(()));
    let around = Router::new().fallback_service(around);
    let (admin, other) = (
        world.token("admin", "openid"),
        world.token("sales", "openid"),
    );
    for (path, token, status) in [
        ("/", Some(&admin), StatusCode::OK),
        ("/", Some(&other), StatusCode::FORBIDDEN),
        ("/", None, StatusCode::UNAUTHORIZED),
        ("/nowhere", Some(&admin), StatusCode::NOT_FOUND),
        ("/nowhere", None, StatusCode::UNAUTHORIZED),
    ] {
        let token = token.map(String::as_str);
        let answers = [
            get(&within, path, token).await,
            get(&around, path, token).await,
        ];
        for answer in &answers {
            assert_eq!(answer.status, status, "{path}");
        }
        // Axum sets `Content-Length` for its own routes only; the server sets it for all.
        let [within, around] = answers
            .each_ref()
            .map(|answer| (&answer.body, answer.header("www-authenticate")));
        assert_eq!(within, around, "{path}");
    }
}
