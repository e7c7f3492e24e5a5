//! `/v1/introspect`: what a token is worth at this moment (RFC 7662).

use std::time::SystemTime;

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::{
    SignIn,
    client::{Client, Rotation},
    client_auth,
    grants::Grant,
};
use crate::{
    answer::{self, Answer},
    incoming::Asked,
    shared::Shared,
    token::unix_seconds,
};

pub(crate) fn answer(shared: &Shared, asked: &Asked) -> Answer {
    let endpoint = format!("{}/v1/introspect", shared.issuer);
    let client = match client_auth::authenticate(shared, asked, &endpoint) {
        Ok(client) => client,
        Err(refusal) => return refusal.answer(&asked.headers),
    };
    let Some(token) = asked.form.get("token") else {
        let description = "The 'token' parameter is missing.";
        return answer::oauth_error(StatusCode::BAD_REQUEST, "invalid_request", description);
    };
    let now = shared.now();
    let state = shared.sign_in();
    // Which kind it is shows in where it is filed, so the hint has nothing to add.
    let known = access_token(&state, token, now)
        .or_else(|| refresh_token(shared, &state, token, now))
        .or_else(|| id_token(&state, &client, token, now));
    drop(state);
    let body = known.map_or_else(|| json!({ "active": false }), Value::Object);
    let mut answer = answer::json(StatusCode::OK, &body);
    answer::no_store(&mut answer);
    answer
}

fn access_token(state: &SignIn, token: &str, now: SystemTime) -> Option<Map<String, Value>> {
    let access = state.grants.access(token, now)?;
    let mut members = access.claims.clone();
    if let Some(grant) = access.grant.as_deref() {
        let login = able(state, state.grants.get(grant)?)?;
        members.insert("username".to_owned(), login.into());
    }
    members.insert("client_id".to_owned(), access.client_id.as_str().into());
    members.insert("scope".to_owned(), access.scopes.join(" ").into());
    Some(active(members))
}

fn refresh_token(
    shared: &Shared,
    state: &SignIn,
    token: &str,
    now: SystemTime,
) -> Option<Map<String, Value>> {
    let rotation = |client_id: &str| match state.client(client_id) {
        Some(client) => client.rotation,
        None => Rotation::Static,
    };
    let (ends, grant) = state.grants.refresh(token, rotation, now)?;
    let login = able(state, grant)?;
    let members = [
        ("client_id", Value::from(grant.client_id.as_str())),
        ("exp", unix_seconds(ends).into()),
        ("iss", shared.issuer.as_str().into()),
        ("scope", grant.scopes.join(" ").into()),
        ("sub", login.into()),
        ("username", login.into()),
    ];
    let members = members.map(|(name, value)| (name.to_owned(), value));
    Some(active(members.into_iter().collect()))
}

/// A client can ask about its own ID tokens alone.
fn id_token(
    state: &SignIn,
    client: &Client,
    token: &str,
    now: SystemTime,
) -> Option<Map<String, Value>> {
    let (id, grant) = state.grants.id_token(token)?;
    if grant.client_id != client.id || grant.is_revoked || id.expires <= now {
        return None;
    }
    let login = able(state, grant)?;
    let mut members = id.claims.clone();
    members.insert("client_id".to_owned(), client.id.as_str().into());
    members.insert("username".to_owned(), login.into());
    Some(active(members))
}

/// The person behind a grant, if nobody has disabled them.
fn able<'s>(state: &'s SignIn, grant: &Grant) -> Option<&'s str> {
    let user = state.users.find(&grant.login)?;
    user.is_enabled().then_some(user.login())
}

fn active(mut members: Map<String, Value>) -> Map<String, Value> {
    members.insert("active".to_owned(), true.into());
    members.insert("token_type".to_owned(), "Bearer".into());
    members
}
