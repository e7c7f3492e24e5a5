//! The issuer's fixed settings.

use std::sync::Arc;

use okta_tower::clock::Clock;

/// Settings that stay the same while the issuer runs.
#[derive(Debug)]
pub(crate) struct IssuerConfig {
    /// The URL of the org: `http://127.0.0.1:{port}`.
    pub(crate) origin: String,
    /// The path of the authorization server: `/oauth2/{id}`.
    pub(crate) issuer_path: String,
    /// The issuer identifier: the origin followed by the path.
    pub(crate) issuer: String,
    /// The name of the algorithm that metadata lists for ID tokens.
    pub(crate) algorithm: &'static str,
    /// The audience of access tokens.
    pub(crate) audience: String,
    /// The name of the claim that holds groups.
    pub(crate) groups_claim: String,
    pub(crate) clock: Arc<dyn Clock>,
    /// Whether documents carry `ETag` and `Last-Modified`.
    pub(crate) validators: bool,
}
