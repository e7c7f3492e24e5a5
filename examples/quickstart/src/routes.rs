//! The application: what is open, what is guarded, and by what.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use axum::{
    Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect},
    routing::{get, post},
};
use okta_tower::{Okta, Require, RouteRules, RuleError, auth::Problem};
use okta_tower_axum::{Claims, Group, RequireGroup, Session};

use crate::{
    api::{self, Admins, Viewers},
    health,
    pages::{About, Dashboard, Home, Role},
};

pub(crate) fn app(okta: Okta, about: About) -> Result<Router, RuleError> {
    // Whoever comes, signed in or not: the page says so.
    let open_to_all = RouteRules::new().at("/", Require::public()).build()?;
    let open_to_all = Router::new()
        .route("/", get(home))
        .route_layer(okta.layer().rules(open_to_all));

    // On `route_layer`, so that a path that does not exist is a 404 and not a 401.
    let guarded = Router::new()
        .route("/dashboard", get(dashboard))
        .route("/dashboard/open", post(open))
        .route("/dashboard/close", post(close))
        .route("/api/me", get(api::me))
        .route("/api/admin", get(api::admin))
        .route("/api/reports", get(api::reports))
        .route("/api/echo", post(api::echo))
        .route_layer(okta.layer().responder(Problem::new()));

    let sign_in = okta.sign_in_layer(); // /login, its callback, /logout and /session

    let app = App {
        okta,
        about: Arc::new(about),
        shop_is_open: Arc::new(AtomicBool::new(true)),
    };
    // Layers that must see refusals too, such as tracing and CORS, would go around the whole, at the end.
    Ok(Router::new()
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .route("/metrics", get(health::metrics))
        .merge(open_to_all)
        .merge(guarded)
        .fallback(nothing_here)
        .with_state(app)
        .layer(sign_in))
}

/// What the handlers need beside their callers, who come with the request.
#[derive(Clone)]
pub(crate) struct App {
    okta: Okta,
    about: Arc<About>,
    shop_is_open: Arc<AtomicBool>,
}

impl axum::extract::FromRef<App> for Okta {
    fn from_ref(app: &App) -> Self {
        app.okta.clone()
    }
}

async fn home(caller: Option<Claims>, State(app): State<App>) -> impl IntoResponse {
    let person = caller
        .as_ref()
        .map(|caller| caller.email().unwrap_or(caller.subject()));
    let page = Home {
        about: &app.about,
        keys: &app.okta.key_state(),
        person,
    };
    page.into_response()
}

/// For everybody who is signed in. What they see depends on their role.
async fn dashboard(session: Session, State(app): State<App>) -> impl IntoResponse {
    let groups = session.groups();
    let role = if groups.contains(Admins::NAME) {
        Role::Admin
    } else if groups.contains(Viewers::NAME) {
        Role::Viewer
    } else {
        Role::NoAccess
    };
    let page = Dashboard {
        name: session.name().unwrap_or(session.subject()),
        email: session.email(),
        user_id: session.user_id(),
        groups: groups.iter().collect(),
        scopes: session.scopes().iter().collect(),
        role,
        ends_in: session
            .ends_at()
            .elapsed()
            .err()
            .map(|error| error.duration())
            .unwrap_or_default(),
        is_open: app.shop_is_open.load(Ordering::Relaxed),
    };
    page.into_response()
}

/// For the group `admin`, whose dashboard has a button for it.
async fn open(_: RequireGroup<Admins>, State(app): State<App>) -> Redirect {
    app.shop_is_open.store(true, Ordering::Relaxed);
    Redirect::to("/dashboard")
}

/// For the group `admin`, whose dashboard has a button for it.
async fn close(_: RequireGroup<Admins>, State(app): State<App>) -> Redirect {
    app.shop_is_open.store(false, Ordering::Relaxed);
    Redirect::to("/dashboard")
}

async fn nothing_here() -> impl IntoResponse {
    (
        StatusCode::NOT_FOUND,
        "There is nothing here. What there is, GET / says.\n",
    )
}
