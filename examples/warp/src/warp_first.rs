//! Warp first: the layer recognises callers and lets everyone else pass, and routes ask for a caller where they need one.

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

/// Says what there is and how to ask for it, before it asks for a token. A route that asks for no caller is open.
#[must_use]
pub fn warp_first(okta: &Okta) -> App {
    // After path and method, or a route would ask for a caller that is not its own.
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
        // No rules, and nobody need call; but what is sent must be good.
        .layer(okta.layer().optional().responder(Problem::new()))
        .service(warp::service(routes.recover(refused)))
        .boxed_clone()
}
