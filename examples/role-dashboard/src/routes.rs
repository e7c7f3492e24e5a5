//! The routes, and the guard of each.

use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::get,
};
use okta_tower::{Okta, Require, RouteRules, RuleError};
use okta_tower_axum::{Claims, RequireGroup, Session};
use scaffold::page::{Page, Site, Text};

use crate::{
    audit::{self, Log},
    dashboard,
    role::{Admins, Role},
};

const SITE: Site = Site {
    name: "role-dashboard",
    about: "A dashboard for each role.",
    links: &[("/dashboard", "Dashboard")],
};

const SITE_WITH_AUDIT: Site = Site {
    links: &[("/dashboard", "Dashboard"), ("/audit", "Sign-ins")],
    ..SITE
};

#[derive(Clone)]
struct App {
    /// The entries of the audit page, if it is enabled.
    audit: Option<Log>,
}

impl App {
    /// Returns the site with the links for a role.
    fn site(&self, role: Role) -> Site {
        match (&self.audit, role) {
            (Some(_), Role::Admin) => SITE_WITH_AUDIT,
            _ => SITE,
        }
    }
}

pub(crate) fn app(okta: &Okta, audit: Option<Log>) -> Result<Router, RuleError> {
    let open_to_all = RouteRules::new().at("/", Require::public()).build()?;
    let open_to_all = Router::new()
        .route("/", get(home))
        .route_layer(okta.layer().rules(open_to_all));
    let mut guarded = Router::new().route("/dashboard", get(board));
    if audit.is_some() {
        guarded = guarded.route("/audit", get(sign_ins));
    }
    Ok(guarded
        .route_layer(okta.layer())
        .merge(open_to_all)
        .with_state(App { audit })
        .layer(okta.sign_in_layer()))
}

async fn home(caller: Option<Claims>, State(app): State<App>) -> Response {
    let name = (caller.as_ref()).map(|caller| caller.name().unwrap_or(caller.subject()));
    let role = caller
        .as_ref()
        .map_or(Role::NoAccess, |caller| Role::of(caller));
    let welcome = match name {
        Some(name) => format!("You are signed in as {}.", Text(name)),
        None => "Sign in to view your dashboard.".to_owned(),
    };
    let main = format!(
        "<h1>The workshop</h1>\n<p class=\"lead\">{welcome}</p>\n\
         <p class=\"actions\"><a class=\"button\" href=\"/dashboard\">Open the dashboard</a></p>"
    );
    Page::new(app.site(role), "Home", main)
        .user(name)
        .sign_in(Some("/login"))
        .into_response()
}

/// For every signed-in user. The content depends on the role.
async fn board(session: Session, State(app): State<App>) -> Response {
    let role = Role::of(&session);
    let name = session.name().unwrap_or(session.subject());
    Page::new(app.site(role), "Dashboard", dashboard::main(&session, role))
        .user(Some(name))
        .into_response()
}

/// For the group `admin`, if the audit page is enabled.
async fn sign_ins(_: RequireGroup<Admins>, session: Session, State(app): State<App>) -> Response {
    let entries = app
        .audit
        .as_ref()
        .map(Log::newest_first)
        .unwrap_or_default();
    let name = session.name().unwrap_or(session.subject());
    Page::new(app.site(Role::Admin), "Sign-ins", audit::main(&entries))
        .user(Some(name))
        .into_response()
}
