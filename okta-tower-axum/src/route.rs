//! Requirements as layers for routes.

use okta_tower::{Require, auth::GuardLayer};

/// A layer that lets callers in the group `name` through: `.route_layer(require_group("admin"))`.
///
/// Like every guard it belongs inside `okta.layer()`, which writes its refusals, so it is added before:
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
/// Without the layer around it, every request is answered 500.
pub fn require_group(name: impl Into<String>) -> GuardLayer {
    require(Require::group(name))
}

/// A layer that lets tokens with the scope `name` through. The same as [`require_group`] otherwise.
///
/// A refused caller is told the scope in the challenge (RFC 6750 section 3.1, `insufficient_scope`).
pub fn require_scope(name: impl Into<String>) -> GuardLayer {
    require(Require::scope(name))
}

/// A layer that lets through who meets `requirement`: anything that [`Require`] can say. The same as [`require_group`]
/// otherwise.
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
