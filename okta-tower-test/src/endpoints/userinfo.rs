//! `/v1/userinfo` (OpenID Connect Core section 5.3).

use http::{StatusCode, header};
use serde_json::Value;

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
    let change = sign_in.tampering.userinfo.clone();
    drop(sign_in);
    if let Some(change) = change {
        change(&mut claims);
    }
    let mut response = response::json(StatusCode::OK, &Value::Object(claims));
    response::no_store(&mut response);
    response
}

fn challenge(status: StatusCode, challenge: &str) -> Response {
    let mut response = response::empty(status);
    set(&mut response, header::WWW_AUTHENTICATE, challenge);
    response
}
