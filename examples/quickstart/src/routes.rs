//! The routes, and the guard of each.

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
    // Public: the home page also shows who is signed in.
    let open_to_all = RouteRules::new().at("/", Require::public()).build()?;
    let open_to_all = Router::new()
        .route("/", get(home))
        .route_layer(okta.layer().rules(open_to_all));

    // With `route_layer`, a path that does not exist is 404, not 401.
    let guarded = Router::new()
        .route("/dashboard", get(dashboard))
        .route("/dashboard/open", post(open))
        .route("/dashboard/close", post(close))
        .route("/api/me", get(api::me))
        .route("/api/admin", get(api::admin))
        .route("/api/reports", get(api::reports))
        .route("/api/echo", post(api::echo))
        .route_layer(okta.layer().responder(Problem::new()));

    // Serves /login, its callback, /logout and /session.
    let sign_in = okta.sign_in_layer();

    let app = App {
        okta,
        about: Arc::new(about),
        shop_is_open: Arc::new(AtomicBool::new(true)),
    };
    // Layers that must also see rejections, such as tracing and CORS, go around the whole router.
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

/// The state of the handlers.
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
    let user = caller
        .as_ref()
        .map(|caller| caller.email().unwrap_or(caller.subject()));
    let page = Home {
        about: &app.about,
        keys: &app.okta.key_state(),
        user,
    };
    page.into_response()
}

/// For every signed-in user. The content depends on the role.
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

/// Opens the shop. For the group `admin`.
async fn open(_: RequireGroup<Admins>, State(app): State<App>) -> Redirect {
    app.shop_is_open.store(true, Ordering::Relaxed);
    Redirect::to("/dashboard")
}

/// Closes the shop. For the group `admin`.
async fn close(_: RequireGroup<Admins>, State(app): State<App>) -> Redirect {
    app.shop_is_open.store(false, Ordering::Relaxed);
    Redirect::to("/dashboard")
}

async fn nothing_here() -> impl IntoResponse {
    (
        StatusCode::NOT_FOUND,
        "Not found. GET / lists the routes.\n",
    )
}
