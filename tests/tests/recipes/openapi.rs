//! `docs/recipes/openapi.md`: the documents of utoipa and aide agree with the table of rules.

use axum::{Router, body::Body};
use http::{Method, Request};
use okta_tower::{Denied, DeniedKind, Okta, Require, RouteRules, RuleError};
use okta_tower_test::Issuer;
use serde_json::{Value, json};
use tower::ServiceExt;

fn rules() -> Result<RouteRules, RuleError> {
    RouteRules::new()
        .at("/health", Require::public())
        .on(
            Method::GET,
            "/reports/{id}",
            Require::any_scope(["reports:all", "reports:read"]),
        )
        .at("/admin/{*any}", Require::group("admin"))
        .build()
}

const METHODS: [&str; 7] = ["get", "put", "post", "delete", "options", "head", "patch"];

fn add_security(document: &mut Value, issuer: &str, rules: &RouteRules) -> Result<(), Denied> {
    document["components"]["securitySchemes"]["okta"] = json!({
        "type": "openIdConnect",
        "openIdConnectUrl": format!("{issuer}/.well-known/openid-configuration"),
    });
    let paths = document["paths"].as_object_mut();
    for (path, item) in paths.into_iter().flatten() {
        for name in METHODS {
            let Some(operation) = item.get_mut(name) else {
                continue;
            };
            let method: Method = name.to_uppercase().parse().expect("a method");
            let require = rules.require_for(&method, path)?;
            if require.is_public() {
                operation["security"] = json!([]);
                continue;
            }
            // Each list of scopes is one alternative.
            let alternatives = require.scopes().into_iter();
            operation["security"] = alternatives
                .map(|scopes| json!({ "okta": scopes }))
                .collect();
            operation["responses"]["401"] = json!({ "description": "No valid access token" });
            operation["responses"]["403"] = json!({ "description": "Not allowed" });
        }
    }
    Ok(())
}

mod with_utoipa {
    use axum::{Router, routing::get};
    use okta_tower_axum::Claims;
    use utoipa::OpenApi;

    #[utoipa::path(get, path = "/health", responses((status = 200, body = String)))]
    async fn health() -> &'static str {
        "ok"
    }

    #[utoipa::path(
        get,
        path = "/reports/{id}",
        params(("id" = String, Path)),
        responses((status = 200, body = String))
    )]
    async fn report(caller: Claims) -> String {
        format!("for {}", caller.subject())
    }

    #[utoipa::path(get, path = "/admin/users", responses((status = 200, body = String)))]
    async fn users() -> &'static str {
        "users"
    }

    #[derive(OpenApi)]
    #[openapi(paths(health, report, users))]
    struct Api;

    pub(crate) fn document() -> serde_json::Value {
        serde_json::to_value(Api::openapi()).expect("JSON")
    }

    pub(crate) fn routes() -> Router {
        Router::new()
            .route("/health", get(health))
            .route("/reports/{id}", get(report))
            .route("/admin/users", get(users))
    }
}

mod with_aide {
    use aide::{
        NoApi,
        axum::{ApiRouter, routing::get},
        openapi::OpenApi,
    };
    use axum::{Router, extract::Path};
    use okta_tower_axum::Claims;

    // `NoApi`: the table documents the caller, and aide need not.
    async fn report(NoApi(caller): NoApi<Claims>, Path(id): Path<String>) -> String {
        format!("{id} for {}", caller.subject())
    }

    pub(crate) fn routes_and_document() -> (Router, serde_json::Value) {
        let mut document = OpenApi::default();
        let routes = ApiRouter::new()
            .api_route("/health", get(|| async { "ok" }))
            .api_route("/reports/{id}", get(report))
            .api_route("/admin/users", get(|| async { "users" }))
            .finish_api(&mut document);
        let document = serde_json::to_value(document).expect("JSON");
        (routes, document)
    }
}

/// The router with the layer, as the page shows.
fn protected(routes: Router, okta: &Okta) -> Result<Router, RuleError> {
    Ok(routes.layer(okta.layer().rules(rules()?)))
}

#[tokio::test]
async fn documents_state_what_the_table_requires() {
    let (aide_routes, aide_document) = with_aide::routes_and_document();
    let issuer = Issuer::start().await;
    let okta = Okta::builder(issuer.url())
        .danger()
        .allow_http_on_loopback()
        .start()
        .await
        .unwrap();
    for (routes, mut document) in [
        (with_utoipa::routes(), with_utoipa::document()),
        (aide_routes, aide_document),
    ] {
        add_security(&mut document, issuer.url(), &rules().unwrap()).unwrap();
        let scheme = &document["components"]["securitySchemes"]["okta"];
        assert_eq!(scheme["type"], "openIdConnect");
        let discovery = scheme["openIdConnectUrl"].as_str().unwrap();
        assert!(reqwest::get(discovery).await.unwrap().status().is_success());

        let app = protected(routes, &okta).unwrap();
        let ada = issuer.token().user("ada@example.com");
        for (path, operation, security, accepted, rejected) in [
            ("/health", "/health", json!([]), None, None),
            (
                "/reports/7",
                "/reports/{id}",
                json!([{ "okta": ["reports:all"] }, { "okta": ["reports:read"] }]),
                Some(ada.clone().scopes(["reports:read"])),
                Some(ada.clone().scopes(["openid"])),
            ),
            (
                "/admin/users",
                "/admin/users",
                json!([{ "okta": [] }]),
                Some(ada.clone().groups(["admin"])),
                Some(ada.clone().groups(["sales"])),
            ),
        ] {
            let operation = &document["paths"][operation]["get"];
            assert_eq!(operation["security"], security, "{path}");
            assert!(operation["responses"]["200"].is_object());
            let is_public = accepted.is_none();
            for (token, status) in [(accepted, 200), (rejected, 403)] {
                let mut request = Request::get(path);
                if let Some(token) = token {
                    request = request.header("authorization", format!("Bearer {}", token.sign()));
                }
                let request = request.body(Body::empty()).unwrap();
                let response = app.clone().oneshot(request).await.unwrap();
                let expected = if is_public { 200 } else { status };
                assert_eq!(response.status(), expected, "{path}");
                assert_eq!(operation["responses"]["403"].is_object(), !is_public);
            }
        }
    }
}

#[test]
fn operation_without_a_rule_is_an_error() {
    let rules = RouteRules::new()
        .at("/health", Require::public())
        .build()
        .unwrap();
    let mut document = with_utoipa::document();
    let error = add_security(&mut document, "https://dev-1234.okta.com", &rules).unwrap_err();
    assert_eq!(error.kind(), DeniedKind::Unlisted);
}
