//! `/v1/userinfo` (OpenID Connect Core section 5.3).

use http::{StatusCode, header};
use serde_json::{Map, Value, json};

use super::mint;
use crate::{
    incoming::IncomingRequest,
    response::{self, Response, set},
    state::IssuerState,
};

/// The token needs at least one of these scopes.
const REQUIRED_SCOPES: [&str; 4] = ["profile", "email", "address", "phone"];

const INVALID: &str =
    r#"Bearer error="invalid_token", error_description="The access token is invalid""#;

const INSUFFICIENT: &str = "Bearer error=\"insufficient_scope\", \
     error_description=\"The access token must provide access to at least one of these scopes - \
     profile, email, address or phone\"";

pub(crate) fn handle(state: &IssuerState, incoming: &IncomingRequest) -> Response {
    let token = incoming
        .headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim());
    let Some(token) = token else {
        return challenge(StatusCode::UNAUTHORIZED, "Bearer realm=\"okta\"");
    };
    let now = state.now();
    let sign_in = state.sign_in();
    let access = sign_in.grants.access(token, now);
    let grant = access
        .and_then(|access| access.grant.as_deref())
        .and_then(|id| sign_in.grants.get(id));
    let user = grant
        .and_then(|grant| sign_in.users.find(&grant.login))
        .filter(|user| user.is_enabled());
    let (Some(access), Some(user)) = (access, user) else {
        return challenge(StatusCode::UNAUTHORIZED, INVALID);
    };
    let has = |name: &str| access.scopes.iter().any(|scope| scope == name);
    if !has("openid") || !REQUIRED_SCOPES.into_iter().any(has) {
        return challenge(StatusCode::FORBIDDEN, INSUFFICIENT);
    }
    let mut claims = mint::user_claims(state, user, &access.scopes, true);
    let client_id = access.client_id.clone();
    let change = sign_in.tampering.userinfo.clone();
    let is_signed = sign_in.tampering.userinfo_is_signed;
    drop(sign_in);
    if let Some(change) = change {
        change(&mut claims);
    }
    let mut response = match is_signed {
        true => signed(state, &client_id, claims),
        false => response::json(StatusCode::OK, &Value::Object(claims)),
    };
    response::no_store(&mut response);
    response
}

/// Returns the claims as a JWT of this issuer for this client (OpenID Connect Core section 5.3.2).
fn signed(state: &IssuerState, client_id: &str, mut claims: Map<String, Value>) -> Response {
    claims.insert("iss".to_owned(), state.config.issuer.as_str().into());
    claims.insert("aud".to_owned(), client_id.into());
    let key = state.documents().keys.active.clone();
    let header = json!({ "alg": key.algorithm().as_str(), "kid": key.kid() });
    let token = key.sign_raw(&header.to_string(), &Value::Object(claims).to_string());
    response::text(StatusCode::OK, "application/jwt", token)
}

fn challenge(status: StatusCode, challenge: &str) -> Response {
    let mut response = response::empty(status);
    set(&mut response, header::WWW_AUTHENTICATE, challenge);
    response
}
