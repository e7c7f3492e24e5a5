//! `/v1/introspect`: token introspection (RFC 7662).

use std::time::SystemTime;

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::client_auth;
use crate::{
    incoming::IncomingRequest,
    response::{self, Response},
    state::{
        IssuerState,
        clients::{Client, Rotation},
        grants::Grant,
        sign_in::SignIn,
    },
    token::unix_seconds,
};

pub(crate) fn handle(state: &IssuerState, incoming: &IncomingRequest) -> Response {
    let endpoint = format!("{}/v1/introspect", state.config.issuer);
    let client = match client_auth::authenticate(state, incoming, &endpoint) {
        Ok(client) => client,
        Err(refusal) => return refusal.respond(&incoming.headers),
    };
    let Some(token) = incoming.form.get("token") else {
        let description = "The 'token' parameter is missing.";
        return response::oauth_error(StatusCode::BAD_REQUEST, "invalid_request", description);
    };
    let now = state.now();
    let sign_in = state.sign_in();
    // Ignore the hint: each kind of token is stored separately.
    let known = access_token(&sign_in, token, now)
        .or_else(|| refresh_token(state, &sign_in, token, now))
        .or_else(|| id_token(&sign_in, &client, token, now));
    drop(sign_in);
    let body = known.map_or_else(|| json!({ "active": false }), Value::Object);
    let mut response = response::json(StatusCode::OK, &body);
    response::no_store(&mut response);
    response
}

fn access_token(sign_in: &SignIn, token: &str, now: SystemTime) -> Option<Map<String, Value>> {
    let access = sign_in.grants.access(token, now)?;
    let mut members = access.claims.clone();
    if let Some(grant) = access.grant.as_deref() {
        let login = able(sign_in, sign_in.grants.get(grant)?)?;
        members.insert("username".to_owned(), login.into());
    }
    members.insert("client_id".to_owned(), access.client_id.as_str().into());
    members.insert("scope".to_owned(), access.scopes.join(" ").into());
    Some(active(members))
}

fn refresh_token(
    state: &IssuerState,
    sign_in: &SignIn,
    token: &str,
    now: SystemTime,
) -> Option<Map<String, Value>> {
    let rotation = |client_id: &str| match sign_in.client(client_id) {
        Some(client) => client.rotation,
        None => Rotation::Static,
    };
    let (ends, grant) = sign_in.grants.refresh(token, rotation, now)?;
    let login = able(sign_in, grant)?;
    let members = [
        ("client_id", Value::from(grant.client_id.as_str())),
        ("exp", unix_seconds(ends).into()),
        ("iss", state.config.issuer.as_str().into()),
        ("scope", grant.scopes.join(" ").into()),
        ("sub", login.into()),
        ("username", login.into()),
    ];
    let members = members.map(|(name, value)| (name.to_owned(), value));
    Some(active(members.into_iter().collect()))
}

/// Introspects an ID token. A client can introspect only its own.
fn id_token(
    sign_in: &SignIn,
    client: &Client,
    token: &str,
    now: SystemTime,
) -> Option<Map<String, Value>> {
    let (id, grant) = sign_in.grants.id_token(token)?;
    if grant.client_id != client.id || grant.is_revoked || id.expires <= now {
        return None;
    }
    let login = able(sign_in, grant)?;
    let mut members = id.claims.clone();
    members.insert("client_id".to_owned(), client.id.as_str().into());
    members.insert("username".to_owned(), login.into());
    Some(active(members))
}

/// Returns the login of the grant's user, if the user may sign in.
fn able<'s>(sign_in: &'s SignIn, grant: &Grant) -> Option<&'s str> {
    let user = sign_in.users.find(&grant.login)?;
    user.is_enabled().then_some(user.login())
}

fn active(mut members: Map<String, Value>) -> Map<String, Value> {
    members.insert("active".to_owned(), true.into());
    members.insert("token_type".to_owned(), "Bearer".into());
    members
}
