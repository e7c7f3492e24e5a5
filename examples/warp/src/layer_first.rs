//! The layer first: a table of rules decides before Warp sees the request.

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

/// Refuses what no rule names, and asks for a token before it says what there is.
///
/// # Errors
/// Where a rule is wrong.
pub fn layer_first(okta: &Okta) -> Result<App, RuleError> {
    let rules = RouteRules::new()
        .at("/health", Require::public())
        .at("/api/admin", Require::group("admin"))
        .at("/api/reports", Require::scope("reports:read"))
        .at("/api/{*any}", Require::authenticated())
        .build()?;

    // Whoever gets here has been let in, so the claims are there. Were the layer missing, this would reject, and Warp answer
    // 500.
    let caller = warp::ext::get::<Verified>;
    let me = get(warp::path!("api" / "me"))
        .and(caller())
        .map(handlers::me);
    let admin = get(warp::path!("api" / "admin"))
        .and(caller())
        .map(handlers::admin);
    let reports = get(warp::path!("api" / "reports")).map(handlers::reports);
    // Who may see a team depends on which one it is. No table can say that; a handler can.
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
        // The outermost first: CORS must see refusals too, and answers preflights, which carry no token.
        .layer(cors())
        .layer(okta.layer().rules(rules).responder(Problem::new()))
        .service(warp::service(routes.recover(refused)))
        .boxed_clone())
}
