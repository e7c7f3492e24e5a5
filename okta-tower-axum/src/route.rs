//! Requirements as layers for routes.

use okta_tower::{Require, auth::GuardLayer};

/// Returns a layer that requires the group `name`: `.route_layer(require_group("admin"))`.
///
/// Like every guard it belongs inside `okta.layer()`, which renders its rejections, so add it
/// before:
///
/// ```
/// use axum::{Router, routing::get};
/// use okta_tower_axum::require_group;
///
/// # fn app(okta: &okta_tower::Okta) -> Router {
/// let admin = Router::new()
///     .route("/users", get(|| async { "users" }))
///     .route_layer(require_group("admin"));
/// Router::new()
///     .nest("/admin", admin)
///     .route("/me", get(|| async { "me" }))
///     .route_layer(okta.layer())
/// # }
/// ```
///
/// Without `okta.layer()` around it, every request gets 500.
pub fn require_group(name: impl Into<String>) -> GuardLayer {
    require(Require::group(name))
}

/// Returns a layer that requires the scope `name`. Otherwise like [`require_group`].
///
/// The challenge of a rejection names the scope (RFC 6750 section 3.1, `insufficient_scope`).
pub fn require_scope(name: impl Into<String>) -> GuardLayer {
    require(Require::scope(name))
}

/// Returns a layer for any [`Require`]. Otherwise like [`require_group`].
///
/// ```
/// use okta_tower::Require;
/// use okta_tower_axum::require;
///
/// let batch = require(Require::service().and(Require::scope("reports:write")));
/// # let _: axum::Router = axum::Router::new()
/// #     .route("/", axum::routing::get(|| async {})).route_layer(batch);
/// ```
pub fn require(requirement: Require) -> GuardLayer {
    requirement.layer()
}
