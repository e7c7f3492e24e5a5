//! `/v1/userinfo` (OpenID Connect Core section 5.3).

use http::{StatusCode, header};
use serde_json::Value;

use super::mint;
use crate::{
    answer::{self, Answer, set},
    incoming::Asked,
    shared::Shared,
};

/// One of these is needed to learn anything about a person.
const TELLING: [&str; 4] = ["profile", "email", "address", "phone"];

const INVALID: &str =
    r#"Bearer error="invalid_token", error_description="The access token is invalid""#;

const INSUFFICIENT: &str = "Bearer error=\"insufficient_scope\", error_description=\"The access token must provide \
                            access to at least one of these scopes - profile, email, address or phone\"";

pub(crate) fn answer(shared: &Shared, asked: &Asked) -> Answer {
    let token = asked
        .headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim());
    let Some(token) = token else {
        return challenge(StatusCode::UNAUTHORIZED, "Bearer realm=\"okta\"");
    };
    let now = shared.now();
    let state = shared.sign_in();
    let access = state.grants.access(token, now);
    let grant = access
        .and_then(|access| access.grant.as_deref())
        .and_then(|id| state.grants.get(id));
    let user = grant
        .and_then(|grant| state.users.find(&grant.login))
        .filter(|user| user.is_enabled());
    let (Some(access), Some(user)) = (access, user) else {
        return challenge(StatusCode::UNAUTHORIZED, INVALID);
    };
    let has = |name: &str| access.scopes.iter().any(|scope| scope == name);
    if !has("openid") || !TELLING.into_iter().any(has) {
        return challenge(StatusCode::FORBIDDEN, INSUFFICIENT);
    }
    let mut claims = mint::person(shared, user, &access.scopes, true);
    let change = state.tampering.userinfo.clone();
    drop(state);
    if let Some(change) = change {
        change(&mut claims);
    }
    let mut answer = answer::json(StatusCode::OK, &Value::Object(claims));
    answer::no_store(&mut answer);
    answer
}

fn challenge(status: StatusCode, challenge: &str) -> Answer {
    let mut answer = answer::empty(status);
    set(&mut answer, header::WWW_AUTHENTICATE, challenge);
    answer
}
