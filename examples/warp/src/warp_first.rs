//! Warp first: the layer verifies credentials but admits anonymous callers, and each route requires
//! a caller if it needs one.

use okta_tower::{Okta, Require, auth::Problem};
use tower::{ServiceBuilder, ServiceExt};
use warp::Filter;

use crate::{
    App,
    cors::cors,
    events::events,
    filters::{caller, get, require, with},
    handlers,
    refused::refused,
};

/// Returns the application. Unknown paths and methods get 404 and 405 before a token is required. A
/// route without a caller filter is public.
#[must_use]
pub fn warp_first(okta: &Okta) -> App {
    // After path and method, so that a route only requires a caller for its own requests.
    let me = get(warp::path!("api" / "me"))
        .and(caller())
        .map(handlers::me);
    let admin = get(warp::path!("api" / "admin"))
        .and(require(Require::group("admin")))
        .map(handlers::admin);
    let reports = get(warp::path!("api" / "reports"))
        .and(require(Require::scope("reports:read")))
        .map(|_| handlers::reports());
    let team = warp::path!("api" / "teams" / String)
        .and(warp::get())
        .and(caller())
        .and_then(handlers::team);
    let events = get(warp::path!("api" / "events"))
        .and(caller())
        .and(with(okta))
        .map(events);
    let health = get(warp::path!("health"))
        .and(with(okta))
        .map(handlers::health);
    let routes = me.or(admin).or(reports).or(team).or(events).or(health);

    ServiceBuilder::new()
        .layer(cors())
        // No rules, and anonymous callers pass. Credentials that are sent must be valid.
        .layer(okta.layer().optional().responder(Problem::new()))
        .service(warp::service(routes.recover(refused)))
        .boxed_clone()
}
