//! `/v1/token`: tokens for codes, refresh tokens and client credentials (RFC 6749, OpenID Connect
//! Core section 3.1.3).

use http::StatusCode;
use serde_json::{Map, Value};

use super::{client_auth, mint, values::words};
use crate::{
    incoming::IncomingRequest,
    parameters::Parameters,
    response::{self, Response},
    state::{
        IssuerState,
        clients::Client,
        grants::{
            AUTHORIZATION_CODE, BAD_CODE, BAD_REFRESH_TOKEN, CLIENT_CREDENTIALS, Grant,
            REFRESH_TOKEN,
        },
        users::User,
    },
};

/// An error code and a description, returned with status 400.
type Refusal = (&'static str, String);

/// The input for the tokens of a valid grant.
struct Issue {
    grant_id: String,
    grant: Grant,
    user: User,
    scopes: Vec<String>,
    refresh_token: Option<String>,
    nonce: Option<String>,
}

pub(crate) fn handle(state: &IssuerState, incoming: &IncomingRequest) -> Response {
    let form = &incoming.form;
    if let Some(name) = form.repeated() {
        let description = format!("The '{name}' parameter occurs more than once.");
        return refuse(("invalid_request", description));
    }
    let Some(grant_type) = form.get("grant_type") else {
        let description = "The token request must specify a 'grant_type' parameter.";
        return refuse(("invalid_request", description.to_owned()));
    };
    let endpoint = format!("{}/v1/token", state.config.issuer);
    let client = match client_auth::authenticate(state, incoming, &endpoint) {
        Ok(client) => client,
        Err(refusal) => return refusal.respond(&incoming.headers),
    };
    let tokens = match grant_type {
        AUTHORIZATION_CODE => {
            for_code(state, form, &client).map(|issue| issue_tokens(state, issue))
        }
        REFRESH_TOKEN => {
            for_refresh_token(state, form, &client).map(|issue| issue_tokens(state, issue))
        }
        CLIENT_CREDENTIALS => for_client(state, form, &client),
        _ => Err((
            "unsupported_grant_type",
            "The grant type is not supported by the authorization server.".to_owned(),
        )),
    };
    match tokens {
        Ok(tokens) => granted(state, tokens),
        Err(refused) => refuse(refused),
    }
}

fn for_code(state: &IssuerState, form: &Parameters, client: &Client) -> Result<Issue, Refusal> {
    let code = form.get("code").ok_or_else(|| missing("code"))?;
    let now = state.now();
    let mut sign_in = state.sign_in();
    let grant_id = sign_in
        .grants
        .redeem(
            code,
            &client.id,
            form.get("redirect_uri"),
            form.get("code_verifier"),
            now,
        )
        .map_err(invalid_grant)?;
    let grant = sign_in.grants.get(&grant_id).cloned();
    let grant = grant.ok_or_else(|| invalid_grant(BAD_CODE))?;
    let user = sign_in
        .users
        .find(&grant.login)
        .filter(|user| user.is_enabled());
    let user = user.cloned().ok_or_else(|| invalid_grant(BAD_CODE))?;
    let is_lasting = grant.scopes.iter().any(|scope| scope == "offline_access");
    Ok(Issue {
        refresh_token: is_lasting.then(|| sign_in.grants.new_refresh_token(&grant_id, now)),
        scopes: grant.scopes.clone(),
        nonce: grant.nonce.clone(),
        grant_id,
        grant,
        user,
    })
}

fn for_refresh_token(
    state: &IssuerState,
    form: &Parameters,
    client: &Client,
) -> Result<Issue, Refusal> {
    let token = form
        .get(REFRESH_TOKEN)
        .ok_or_else(|| missing(REFRESH_TOKEN))?;
    let now = state.now();
    let mut sign_in = state.sign_in();
    let grant_id = sign_in
        .grants
        .check_refresh_token(token, &client.id, client.rotation, now)
        .map_err(invalid_grant)?;
    let grant = sign_in.grants.get(&grant_id).cloned();
    let grant = grant.ok_or_else(|| invalid_grant(BAD_REFRESH_TOKEN))?;
    let user = sign_in
        .users
        .find(&grant.login)
        .filter(|user| user.is_enabled());
    let user = user.cloned();
    let user = user.ok_or_else(|| invalid_grant(BAD_REFRESH_TOKEN))?;
    let scopes = match form.get("scope") {
        None => grant.scopes.clone(),
        Some(text) => words(text),
    };
    if !scopes.iter().all(|scope| grant.scopes.contains(scope)) {
        let description = "The requested scopes are more than those that were granted.";
        return Err(("invalid_scope", description.to_owned()));
    }
    sign_in.refreshes += 1;
    Ok(Issue {
        refresh_token: Some(sign_in.grants.rotate(token, client.rotation, now)),
        nonce: None,
        grant_id,
        grant,
        user,
        scopes,
    })
}

fn for_client(
    state: &IssuerState,
    form: &Parameters,
    client: &Client,
) -> Result<Map<String, Value>, Refusal> {
    if client.is_public() {
        let description = "The client is not authorized to use the provided grant type.";
        return Err(("unauthorized_client", description.to_owned()));
    }
    const OF_PEOPLE: [&str; 6] = [
        "openid",
        "profile",
        "email",
        "address",
        "phone",
        "offline_access",
    ];
    let scopes = words(form.get("scope").unwrap_or_default());
    let about_people = scopes
        .iter()
        .any(|scope| OF_PEOPLE.contains(&scope.as_str()));
    if scopes.is_empty() || about_people || client.forbidden(&scopes).is_some() {
        let description =
            "One or more scopes are not configured for the authorization server resource.";
        return Err(("invalid_scope", description.to_owned()));
    }
    let lifetime = state.sign_in().access_token_lifetime;
    let access_token = mint::service_token(state, &client.id, &scopes, lifetime);
    Ok(members(&access_token, lifetime.as_secs(), &scopes))
}

fn issue_tokens(state: &IssuerState, issue: Issue) -> Map<String, Value> {
    let Issue {
        grant_id,
        grant,
        user,
        scopes,
        refresh_token,
        nonce,
    } = issue;
    let lifetime = state.sign_in().access_token_lifetime;
    let access = mint::access_token(state, &grant_id, &grant, &user, &scopes, lifetime);
    let mut tokens = members(&access, lifetime.as_secs(), &scopes);
    if let Some(refresh_token) = refresh_token {
        tokens.insert(REFRESH_TOKEN.to_owned(), refresh_token.into());
    }
    if scopes.iter().any(|scope| scope == "openid") {
        let nonce = nonce.as_deref();
        let id = mint::id_token(state, &grant_id, &grant, &user, &scopes, &access, nonce);
        tokens.insert("id_token".to_owned(), id.into());
    }
    tokens
}

fn members(access_token: &str, expires_in: u64, scopes: &[String]) -> Map<String, Value> {
    let members: [(&str, Value); 4] = [
        ("token_type", "Bearer".into()),
        ("expires_in", expires_in.into()),
        ("access_token", access_token.into()),
        ("scope", scopes.join(" ").into()),
    ];
    members
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

fn granted(state: &IssuerState, mut tokens: Map<String, Value>) -> Response {
    // Release the lock before the test's function runs.
    let change = state.sign_in().tampering.token_response.clone();
    if let Some(change) = change {
        change(&mut tokens);
    }
    let mut response = response::json(StatusCode::OK, &Value::Object(tokens));
    response::no_store(&mut response);
    response
}

fn invalid_grant(description: &str) -> Refusal {
    ("invalid_grant", description.to_owned())
}

fn missing(name: &str) -> Refusal {
    let description = format!("The token request must specify a '{name}' parameter.");
    ("invalid_request", description)
}

fn refuse((error, description): Refusal) -> Response {
    response::oauth_error(StatusCode::BAD_REQUEST, error, &description)
}
