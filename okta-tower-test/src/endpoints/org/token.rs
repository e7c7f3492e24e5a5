//! `/oauth2/v1/token`: access tokens for Okta's API (OAuth for Okta), for services that sign
//! assertions.

use std::time::Duration;

use http::StatusCode;
use serde_json::json;

use crate::{
    endpoints::{client_auth, values::words},
    incoming::IncomingRequest,
    random::random_id,
    response::{self, Response},
    state::{IssuerState, org::OrgAccess},
};

/// How long these access tokens are valid, which Okta fixes.
const LIFETIME: Duration = Duration::from_secs(3600);

pub(super) fn handle(state: &IssuerState, incoming: &IncomingRequest) -> Response {
    let form = &incoming.form;
    let refuse =
        |error, description| response::oauth_error(StatusCode::BAD_REQUEST, error, description);
    if form.repeated().is_some() {
        return refuse("invalid_request", "A parameter occurs more than once.");
    }
    let endpoint = format!("{}/oauth2/v1/token", state.config.origin);
    let client = match client_auth::authenticate(state, incoming, &endpoint) {
        Ok(client) => client,
        Err(refusal) => return refusal.respond(&incoming.headers),
    };
    if form.get("client_assertion").is_none() {
        let description =
            "The client_credentials grant of the org authorization server needs private_key_jwt.";
        return response::oauth_error(StatusCode::UNAUTHORIZED, "invalid_client", description);
    }
    if form.get("grant_type") != Some("client_credentials") {
        return refuse(
            "unsupported_grant_type",
            "The grant type is not supported by the authorization server.",
        );
    }
    let scopes = words(form.get("scope").unwrap_or_default());
    let is_for_okta = scopes.iter().all(|scope| scope.starts_with("okta."));
    if scopes.is_empty() || !is_for_okta || client.forbidden(&scopes).is_some() {
        return refuse(
            "invalid_scope",
            "One or more scopes are not allowed for this client.",
        );
    }
    let token = random_id(32);
    let access = OrgAccess {
        scopes: scopes.clone(),
        expires: state.now() + LIFETIME,
    };
    state.sign_in().org.note_access_token(token.clone(), access);
    let mut response = response::json(
        StatusCode::OK,
        &json!({
            "token_type": "Bearer",
            "expires_in": LIFETIME.as_secs(),
            "access_token": token,
            "scope": scopes.join(" "),
        }),
    );
    response::no_store(&mut response);
    response
}
