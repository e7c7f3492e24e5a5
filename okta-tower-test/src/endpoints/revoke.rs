//! `/v1/revoke`: token revocation (RFC 7009).

use http::StatusCode;

use super::client_auth;
use crate::{
    incoming::IncomingRequest,
    response::{self, Response},
    state::IssuerState,
};

/// Revokes a token. Unknown, expired and foreign tokens get the same response (section 2.2).
pub(crate) fn handle(state: &IssuerState, incoming: &IncomingRequest) -> Response {
    let endpoint = format!("{}/v1/revoke", state.config.issuer);
    let client = match client_auth::authenticate(state, incoming, &endpoint) {
        Ok(client) => client,
        Err(refusal) => return refusal.respond(&incoming.headers),
    };
    let Some(token) = incoming.form.get("token") else {
        let description = "The 'token' parameter is missing.";
        return response::oauth_error(StatusCode::BAD_REQUEST, "invalid_request", description);
    };
    state.sign_in().grants.revoke(token, &client.id);
    let mut response = response::empty(StatusCode::OK);
    response::no_store(&mut response);
    response
}
