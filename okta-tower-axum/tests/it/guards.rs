//! `RequireGroup`, `RequireScope`, `Guard` and combinations.

use axum::{Router, http::StatusCode, routing::get as on_get};
use okta_tower::{DeniedKind, Require, Verified};
use okta_tower_axum::{
    AllOf, AnyOf, Claims, Group, Guard, HasScope, InGroup, RequireGroup, RequireScope, Requirement,
    Scope, group, scope,
};

use crate::world::{Answer, World, get, world};

group! {
    /// A group with a doc comment and a visibility.
    pub(crate) Admins = "admin",
    Auditors = "Internal Audit",
}
scope!(ReportsRead = "reports:read", ReportsWrite = "reports:write");

/// Declared without the macro.
#[derive(Debug)]
struct Tellers;

impl Group for Tellers {
    const NAME: &'static str = "tellers";
}

struct Ungrantable;

impl Scope for Ungrantable {
    const NAME: &'static str = "two words";
}

/// A requirement that the application defines.
enum Service {}

impl Requirement for Service {
    fn is_met_by(caller: &Verified) -> bool {
        caller.is_service()
    }
}

/// Its `require` accepts callers whom `is_met_by` rejects.
enum Contradiction {}

impl Requirement for Contradiction {
    fn is_met_by(_: &Verified) -> bool {
        false
    }

    fn require() -> Require {
        Require::public()
    }
}

type Eight = AnyOf<(
    Service,
    Service,
    Service,
    Service,
    Service,
    Service,
    Service,
    Admins,
)>;

fn app(world: &World) -> Router {
    fn ok<R: Requirement>() -> axum::routing::MethodRouter {
        on_get(async |caller: Guard<R>| caller.verified().subject().to_owned())
    }
    let router = Router::new()
        .route("/admin", on_get(async |_: RequireGroup<Admins>| "managed"))
        .route(
            "/audit",
            on_get(async |_: RequireGroup<Auditors>| "audited"),
        )
        .route(
            "/teller",
            on_get(async |_: RequireGroup<Tellers>| "counted"),
        )
        .route(
            "/reports",
            on_get(async |_: RequireScope<ReportsRead>| "read"),
        )
        .route("/ungrantable", ok::<HasScope<Ungrantable>>())
        .route("/any", ok::<AnyOf<(Admins, ReportsRead)>>())
        .route("/all", ok::<AllOf<(Admins, ReportsRead)>>())
        .route("/scopes", ok::<AllOf<(ReportsRead, ReportsWrite)>>())
        .route(
            "/nested",
            ok::<AllOf<(AnyOf<(Admins, InGroup<Tellers>)>, ReportsRead)>>(),
        )
        .route("/one", ok::<AnyOf<(Admins,)>>())
        .route("/eight", ok::<Eight>())
        .route("/service", ok::<Service>())
        .route("/contradiction", ok::<Contradiction>())
        .route(
            "/with-claims",
            on_get(async |_: RequireGroup<Admins>, user: Claims| user.subject().to_owned()),
        );
    router.route_layer(world.layer().optional())
}

fn kind(answer: &Answer) -> DeniedKind {
    answer.error.as_ref().unwrap().denied().unwrap().kind()
}

#[tokio::test]
async fn group_member_is_accepted() {
    let world = world().await;
    let app = app(&world);
    let admin = world.token("admin", "openid");
    assert_eq!(get(&app, "/admin", Some(&admin)).await.body, "managed");
    assert_eq!(
        get(&app, "/with-claims", Some(&admin)).await.body,
        "ada@example.com"
    );
    let teller = world.token("tellers", "openid");
    assert_eq!(get(&app, "/teller", Some(&teller)).await.body, "counted");
    let auditor = world.token("Internal Audit", "openid");
    assert_eq!(get(&app, "/audit", Some(&auditor)).await.body, "audited");
}

#[tokio::test]
async fn missing_group_is_403_and_no_group_is_revealed() {
    let world = world().await;
    let app = app(&world);
    for group in ["Admin", "admins", "admin ", "sales"] {
        let token = world.token(group, "admin");
        for path in ["/admin", "/audit"] {
            let answer = get(&app, path, Some(&token)).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{group}");
            assert_eq!(answer.challenge(), None);
            assert_eq!(kind(&answer), DeniedKind::Group);
            let said = answer.said().to_lowercase();
            for name in ["admin", "audit", "sales", "group"] {
                assert!(!said.contains(name), "{said}");
            }
        }
    }
}

#[tokio::test]
async fn granted_scope_is_accepted() {
    let world = world().await;
    let token = world.token("sales", "reports:read");
    assert_eq!(
        get(&app(&world), "/reports", Some(&token)).await.body,
        "read"
    );
}

#[tokio::test]
async fn missing_scope_is_403_and_named_in_the_challenge() {
    let world = world().await;
    let app = app(&world);
    for scope in ["reports", "reports:readx", "Reports:Read", "reports:write"] {
        let token = world.token("reports:read", scope);
        let answer = get(&app, "/reports", Some(&token)).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        let challenge = answer.challenge().unwrap();
        assert_eq!(challenge.scheme, "Bearer");
        assert_eq!(challenge.get("error"), Some("insufficient_scope"));
        assert_eq!(challenge.get("scope"), Some("reports:read"));
        assert!(!answer.body.contains(scope), "{}", answer.body);
    }
}

#[tokio::test]
async fn anonymous_caller_is_401_for_every_guard() {
    let world = world().await;
    let app = app(&world);
    for path in [
        "/admin",
        "/reports",
        "/any",
        "/all",
        "/service",
        "/contradiction",
    ] {
        let answer = get(&app, path, None).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}");
        assert_eq!(answer.challenge().unwrap().get("error"), None);
    }
}

#[tokio::test]
async fn guard_without_a_layer_is_500_with_any_token() {
    let world = world().await;
    let app = Router::new().route("/", on_get(async |_: RequireGroup<Admins>| "managed"));
    let admin = world.token("admin", "openid");
    for token in [None, Some(&*admin)] {
        let answer = get(&app, "/", token).await;
        assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(answer.error.as_ref().unwrap().reason(), "layer_missing");
        assert!(!answer.said().contains("layer"), "{}", answer.said());
    }
}

#[tokio::test]
async fn any_of_needs_one_and_all_of_needs_every_one() {
    let world = world().await;
    let app = app(&world);
    for (group, scope, any, all) in [
        ("admin", "reports:read", true, true),
        ("admin", "openid", true, false),
        ("sales", "reports:read", true, false),
        ("sales", "openid", false, false),
    ] {
        let token = world.token(group, scope);
        let status = async |path| get(&app, path, Some(&token)).await.status;
        assert_eq!(
            status("/any").await == StatusCode::OK,
            any,
            "{group} {scope}"
        );
        assert_eq!(
            status("/all").await == StatusCode::OK,
            all,
            "{group} {scope}"
        );
        assert_eq!(status("/one").await == StatusCode::OK, group == "admin");
        assert_eq!(status("/eight").await == StatusCode::OK, group == "admin");
    }
}

#[tokio::test]
async fn combinations_can_be_nested() {
    let world = world().await;
    let app = app(&world);
    for (group, scope, status) in [
        ("admin", "reports:read", StatusCode::OK),
        ("tellers", "reports:read", StatusCode::OK),
        ("tellers", "openid", StatusCode::FORBIDDEN),
        ("sales", "reports:read", StatusCode::FORBIDDEN),
    ] {
        let token = world.token(group, scope);
        assert_eq!(
            get(&app, "/nested", Some(&token)).await.status,
            status,
            "{group}"
        );
    }
}

#[tokio::test]
async fn combination_names_scopes_only_if_they_would_help() {
    let world = world().await;
    let app = app(&world);
    let scope_asked = async |path, group, scope| {
        let token = world.token(group, scope);
        let answer = get(&app, path, Some(&token)).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        answer
            .challenge()
            .map(|challenge| challenge.get("scope").unwrap().to_owned())
    };
    assert_eq!(
        scope_asked("/any", "sales", "openid").await.as_deref(),
        Some("reports:read")
    );
    assert_eq!(
        scope_asked("/all", "admin", "openid").await.as_deref(),
        Some("reports:read")
    );
    assert_eq!(scope_asked("/all", "sales", "openid").await, None);
    let both = scope_asked("/scopes", "sales", "reports:read").await;
    assert_eq!(both.as_deref(), Some("reports:read reports:write"));
}

#[tokio::test]
async fn custom_requirement_is_enforced() {
    let world = world().await;
    let app = app(&world);
    let service = world.issuer.token().service("batch").sign();
    assert_eq!(get(&app, "/service", Some(&service)).await.body, "batch");
    let person = world.token("admin", "openid");
    let answer = get(&app, "/service", Some(&person)).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(kind(&answer), DeniedKind::Predicate);
}

#[tokio::test]
async fn requirement_with_contradictory_parts_rejects() {
    let world = world().await;
    let token = world.token("admin", "reports:read");
    let answer = get(&app(&world), "/contradiction", Some(&token)).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn impossible_scope_is_never_met() {
    let world = world().await;
    let token = world.ada().claim("scp", "two words").sign();
    let answer = get(&app(&world), "/ungrantable", Some(&token)).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(answer.challenge(), None);
}

#[tokio::test]
async fn guard_debug_shows_nothing_of_the_claims() {
    let world = world().await;
    let app = Router::new().route(
        "/",
        on_get(async |admin: RequireGroup<Admins>| {
            assert!(admin.groups().contains("admin"));
            assert_eq!(admin.clone().into_verified().subject(), "ada@example.com");
            format!("{admin:?}")
        }),
    );
    let token = world.token("admin", "openid");
    let printed = get(&app.route_layer(world.layer()), "/", Some(&token))
        .await
        .body;
    assert!(
        printed.contains("Guard") && !printed.contains("ada"),
        "{printed}"
    );
}
