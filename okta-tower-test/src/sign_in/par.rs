//! `/v1/par`: authorization requests that the application sends itself, ahead of the browser (RFC 9126).

use std::time::{Duration, SystemTime};

use http::StatusCode;
use serde_json::json;

use super::{
    SignIn, client_auth,
    request::{AuthorizationRequest, Fault},
    secret_name,
};
use crate::{
    answer::{self, Answer},
    incoming::Asked,
    parameters::Parameters,
    shared::Shared,
};

/// What Okta's reference shows: an hour.
const LIFETIME: Duration = Duration::from_secs(3600);

/// A request that waits for its browser.
#[derive(Debug)]
pub(crate) struct Pushed {
    client_id: String,
    parameters: Parameters,
    expires: SystemTime,
}

pub(crate) fn answer(shared: &Shared, asked: &Asked) -> Answer {
    let endpoint = format!("{}/v1/par", shared.issuer);
    let client = match client_auth::authenticate(shared, asked, &endpoint) {
        Ok(client) => client,
        Err(refusal) => return refusal.answer(&asked.headers),
    };
    // "The client MUST NOT" (section 2.1).
    if asked.form.get("request_uri").is_some() {
        return refuse(
            "invalid_request",
            "The 'request_uri' parameter cannot be pushed.",
        );
    }
    match AuthorizationRequest::read(&asked.form, &client) {
        Ok(_) => {}
        Err(Fault::Shown(description)) => return refuse("invalid_request", &description),
        Err(Fault::Told {
            error, description, ..
        }) => return refuse(error, &description),
    }
    let request_uri = format!("urn:okta:{}", secret_name());
    let pushed = Pushed {
        client_id: client.id,
        parameters: asked.form.clone(),
        expires: shared.now() + LIFETIME,
    };
    shared.sign_in().pushed.insert(request_uri.clone(), pushed);
    let body = json!({ "request_uri": request_uri, "expires_in": LIFETIME.as_secs() });
    let mut answer = answer::json(StatusCode::CREATED, &body);
    answer::no_store(&mut answer);
    answer
}

/// The parameters behind a `request_uri`, which is used up by this. Of its own client's alone.
pub(crate) fn take(
    state: &mut SignIn,
    request_uri: &str,
    client_id: &str,
    now: SystemTime,
) -> Option<Parameters> {
    let pushed = state.pushed.get(request_uri)?;
    if pushed.client_id != client_id {
        return None;
    }
    let pushed = state.pushed.remove(request_uri)?;
    (now < pushed.expires).then_some(pushed.parameters)
}

fn refuse(error: &str, description: &str) -> Answer {
    answer::oauth_error(StatusCode::BAD_REQUEST, error, description)
}
