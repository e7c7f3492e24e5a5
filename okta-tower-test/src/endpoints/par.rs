//! `/v1/par`: pushed authorization requests (RFC 9126).

use std::time::Duration;

use http::StatusCode;
use serde_json::json;

use super::{
    client_auth,
    request::{RequestError, read_request},
};
use crate::{
    incoming::IncomingRequest,
    random::secret_name,
    response::{self, Response},
    state::{IssuerState, requests::PushedRequest},
};

/// How long a `request_uri` is valid, as in Okta's reference.
const LIFETIME: Duration = Duration::from_secs(3600);

pub(crate) fn handle(state: &IssuerState, incoming: &IncomingRequest) -> Response {
    let endpoint = format!("{}/v1/par", state.config.issuer);
    let client = match client_auth::authenticate(state, incoming, &endpoint) {
        Ok(client) => client,
        Err(refusal) => return refusal.respond(&incoming.headers),
    };
    // The client must not push a `request_uri` (RFC 9126 section 2.1).
    if incoming.form.get("request_uri").is_some() {
        return refuse(
            "invalid_request",
            "The 'request_uri' parameter cannot be pushed.",
        );
    }
    match read_request(&incoming.form, &client) {
        Ok(_) => {}
        Err(RequestError::Shown(description)) => return refuse("invalid_request", &description),
        Err(RequestError::Reported {
            error, description, ..
        }) => return refuse(error, &description),
    }
    let request_uri = format!("urn:okta:{}", secret_name());
    let pushed = PushedRequest {
        client_id: client.id,
        parameters: incoming.form.clone(),
        expires: state.now() + LIFETIME,
    };
    state.sign_in().pushed.insert(request_uri.clone(), pushed);
    let body = json!({ "request_uri": request_uri, "expires_in": LIFETIME.as_secs() });
    let mut response = response::json(StatusCode::CREATED, &body);
    response::no_store(&mut response);
    response
}

fn refuse(error: &str, description: &str) -> Response {
    response::oauth_error(StatusCode::BAD_REQUEST, error, description)
}
