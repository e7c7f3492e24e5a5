//! The application: what is open, what is guarded, and by what.

use std::{sync::Arc, time::UNIX_EPOCH};

use axum::{
    Json, Router,
    extract::State,
    http::{StatusCode, header},
    response::{Html, IntoResponse},
    routing::get,
};
use okta_tower::{Okta, auth::Problem};
use okta_tower_axum::{Claims, RequireGroup, RequireScope, group, scope};
use serde::Serialize;

use crate::{
    health,
    page::{self, About},
};

group!(Admins = "admin");
scope!(ReportsRead = "reports:read");

pub(crate) fn app(okta: Okta, about: About) -> Router {
    // On `route_layer`, so that a path that does not exist is a 404 and not a 401.
    let api = Router::new()
        .route("/api/me", get(me))
        .route("/api/admin", get(admin))
        .route("/api/reports", get(reports))
        .route_layer(okta.layer().responder(Problem::new()));

    // Layers that must see refusals too, such as tracing and CORS, would go around the whole, at the end.
    Router::new()
        .route("/", get(home))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .route("/metrics", get(health::metrics))
        .with_state(App {
            okta,
            about: Arc::new(about),
        })
        .merge(api)
        .fallback(nothing_here)
}

/// What the open routes need. The guarded ones get all that they need with the request.
#[derive(Clone)]
pub(crate) struct App {
    okta: Okta,
    about: Arc<About>,
}

impl axum::extract::FromRef<App> for Okta {
    fn from_ref(app: &App) -> Self {
        app.okta.clone()
    }
}

/// Who is calling, as the token says.
#[derive(Serialize)]
struct Me {
    /// Often a login. For display: local data about a person is keyed by `user_id`.
    subject: String,
    /// Okta's id of the person; null for a service.
    user_id: Option<String>,
    /// The application that asked for the token.
    client_id: Option<String>,
    groups: Vec<String>,
    scopes: Vec<String>,
    /// In seconds since 1970.
    expires_at: u64,
}

/// For every caller with a valid token: the argument is the proof.
async fn me(caller: Claims) -> Json<Me> {
    let expires_at = caller.expires_at().duration_since(UNIX_EPOCH);
    Json(Me {
        subject: caller.subject().to_owned(),
        user_id: caller.user_id().map(str::to_owned),
        client_id: caller.client_id().map(str::to_owned),
        groups: caller.groups().iter().map(str::to_owned).collect(),
        scopes: caller.scopes().iter().map(str::to_owned).collect(),
        expires_at: expires_at.map_or(0, |since| since.as_secs()),
    })
}

#[derive(Serialize)]
struct Message {
    message: String,
}

/// For members of the group `admin`.
async fn admin(caller: RequireGroup<Admins>) -> Json<Message> {
    let message = format!("{} is in the group admin.", caller.subject());
    Json(Message { message })
}

#[derive(Serialize)]
struct Report {
    month: &'static str,
    sign_ins: u32,
}

/// For callers, people and services alike, that were granted the scope `reports:read`.
async fn reports(_: RequireScope<ReportsRead>) -> Json<[Report; 2]> {
    let report = |month, sign_ins| Report { month, sign_ins };
    Json([report("January", 1815), report("February", 1852)])
}

async fn home(State(app): State<App>) -> impl IntoResponse {
    let headers = [
        (
            header::CONTENT_SECURITY_POLICY,
            page::CONTENT_SECURITY_POLICY,
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, Html(page::html(&app.about, &app.okta.key_state())))
}

async fn nothing_here() -> impl IntoResponse {
    (
        StatusCode::NOT_FOUND,
        "There is nothing here. What there is, GET / says.\n",
    )
}
