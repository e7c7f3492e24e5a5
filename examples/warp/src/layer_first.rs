//! The layer first: the access rules decide before Warp sees the request.

use okta_tower::{Okta, Require, RouteRules, RuleError, Verified, auth::Problem};
use tower::{ServiceBuilder, ServiceExt};
use warp::Filter;

use crate::{
    App,
    cors::cors,
    events::events,
    filters::{get, with},
    handlers,
    refused::refused,
};

/// Returns the application. Paths without a rule get 403. Requests without a token get 401 even if
/// the path does not exist.
///
/// # Errors
/// If a rule is invalid.
pub fn layer_first(okta: &Okta) -> Result<App, RuleError> {
    let rules = RouteRules::new()
        .at("/health", Require::public())
        .at("/api/admin", Require::group("admin"))
        .at("/api/reports", Require::scope("reports:read"))
        .at("/api/{*any}", Require::authenticated())
        .build()?;

    // The layer only forwards authenticated callers, so the claims are there. Without the layer,
    // this filter rejects, and Warp responds with 500.
    let caller = warp::ext::get::<Verified>;
    let me = get(warp::path!("api" / "me"))
        .and(caller())
        .map(handlers::me);
    let admin = get(warp::path!("api" / "admin"))
        .and(caller())
        .map(handlers::admin);
    let reports = get(warp::path!("api" / "reports")).map(handlers::reports);
    // Access depends on the team in the path. Rules cannot express that, so the handler checks it.
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

    Ok(ServiceBuilder::new()
        // The outermost layer first: CORS must see rejections, and answers preflight requests,
        // which have no token.
        .layer(cors())
        .layer(okta.layer().rules(rules).responder(Problem::new()))
        .service(warp::service(routes.recover(refused)))
        .boxed_clone())
}
