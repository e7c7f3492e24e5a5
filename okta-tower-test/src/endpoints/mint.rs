//! Tokens and userinfo of a grant.

use std::time::Duration;

use aws_lc_rs::digest::{self, SHA256, SHA384, SHA512};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use okta_tower::Algorithm;
use serde_json::{Map, Value, json};

use crate::{
    random::random_id,
    state::{
        IssuerState,
        grants::{Access, Grant, Id},
        users::User,
    },
    token::{Kind, unix_seconds},
};

/// How long ID tokens are valid, which Okta fixes.
const ID_TOKEN_LIFETIME: Duration = Duration::from_secs(3600);

/// The default identity provider of ID tokens: the org itself.
const OWN_IDP: &str = "00oTestOrganization1";

/// Issues an access token for a user.
pub(crate) fn access_token(
    state: &IssuerState,
    grant_id: &str,
    grant: &Grant,
    user: &User,
    scopes: &[String],
    lifetime: Duration,
) -> String {
    let mut builder = state
        .mint(Kind::Access)
        .user(user.login.clone())
        .uid(user.uid.clone())
        .client_id(grant.client_id.clone())
        .scopes(scopes)
        .claim("auth_time", unix_seconds(grant.auth_time))
        .expires_in(whole_seconds(lifetime));
    if !user.groups.is_empty() {
        builder = builder.groups(&user.groups);
    }
    if let Some(acr) = &grant.acr {
        builder = builder.claim("acr", acr.clone());
    }
    let claims = builder.claims_json();
    let token = builder.sign_raw(&builder.header_json(), &claims);
    let access = Access {
        grant: Some(grant_id.to_owned()),
        client_id: grant.client_id.clone(),
        scopes: scopes.to_vec(),
        claims: serde_json::from_str(&claims).unwrap_or_default(),
        expires: state.now() + lifetime,
        is_revoked: false,
    };
    state.sign_in().grants.note_access_token(&token, access);
    token
}

/// Issues an access token for a client itself.
pub(crate) fn service_token(
    state: &IssuerState,
    client_id: &str,
    scopes: &[String],
    lifetime: Duration,
) -> String {
    let builder = state
        .mint(Kind::Access)
        .service(client_id)
        .scopes(scopes)
        .expires_in(whole_seconds(lifetime));
    let claims = builder.claims_json();
    let token = builder.sign_raw(&builder.header_json(), &claims);
    let access = Access {
        grant: None,
        client_id: client_id.to_owned(),
        scopes: scopes.to_vec(),
        claims: serde_json::from_str(&claims).unwrap_or_default(),
        expires: state.now() + lifetime,
        is_revoked: false,
    };
    state.sign_in().grants.note_access_token(&token, access);
    token
}

/// Issues an ID token that belongs to this access token.
///
/// Only the first ID token of a grant has a nonce (OpenID Connect Core section 12.2).
pub(crate) fn id_token(
    state: &IssuerState,
    grant_id: &str,
    grant: &Grant,
    user: &User,
    scopes: &[String],
    access_token: &str,
    nonce: Option<&str>,
) -> String {
    let now = state.now();
    let (tampering, is_thin) = {
        let sign_in = state.sign_in();
        (sign_in.tampering.clone(), sign_in.has_thin_id_tokens)
    };
    let key = tampering
        .id_token_key
        .unwrap_or_else(|| state.documents().keys.active.clone());
    let mut claims = user_claims(state, user, scopes, !is_thin);
    for (name, value) in [
        ("ver", json!(1)),
        ("iss", state.config.issuer.as_str().into()),
        ("aud", grant.client_id.as_str().into()),
        ("iat", unix_seconds(now).into()),
        ("exp", unix_seconds(now + ID_TOKEN_LIFETIME).into()),
        ("jti", format!("ID.{}", random_id(32)).into()),
        ("auth_time", unix_seconds(grant.auth_time).into()),
        ("amr", json!(["pwd"])),
        ("idp", grant.idp.as_deref().unwrap_or(OWN_IDP).into()),
        ("at_hash", at_hash(key.algorithm(), access_token).into()),
    ] {
        claims.insert(name.to_owned(), value);
    }
    for (name, value) in [("nonce", nonce), ("acr", grant.acr.as_deref())] {
        if let Some(value) = value {
            claims.insert(name.to_owned(), value.into());
        }
    }
    if let Some(change) = &tampering.id_token {
        change(&mut claims);
    }
    let header = json!({ "alg": key.algorithm().as_str(), "kid": key.kid() });
    let payload = Value::Object(claims.clone()).to_string();
    let mut token = key.sign_raw(&header.to_string(), &payload);
    if let Some(rewrite) = &tampering.id_token_text {
        token = rewrite(token);
    }
    let id = Id {
        grant: grant_id.to_owned(),
        claims,
        expires: now + ID_TOKEN_LIFETIME,
    };
    state.sign_in().grants.note_id_token(&token, id);
    token
}

/// Returns the claims that these scopes permit.
///
/// Groups need no scope, as with an Okta claim that is included in any scope.
pub(crate) fn user_claims(
    state: &IssuerState,
    user: &User,
    scopes: &[String],
    with_groups: bool,
) -> Map<String, Value> {
    let has = |scope: &str| scopes.iter().any(|granted| granted == scope);
    let mut claims = Map::new();
    let mut insert = |name: &str, value: Value| {
        claims.insert(name.to_owned(), value);
    };
    insert("sub", user.uid.as_str().into());
    if has("profile") {
        insert("name", user.name.as_str().into());
        insert("preferred_username", user.login.as_str().into());
    }
    if has("email") {
        insert("email", user.email.as_str().into());
        insert("email_verified", true.into());
    }
    if with_groups && !user.groups.is_empty() {
        insert(&state.config.groups_claim, json!(user.groups));
    }
    claims
}

/// Returns the left half of the access token's hash (OpenID Connect Core section 3.1.3.6), with the
/// hash function of the algorithm.
fn at_hash(algorithm: Algorithm, access_token: &str) -> String {
    let name = algorithm.as_str();
    let rules = if name.ends_with("256") {
        &SHA256
    } else if name.ends_with("384") {
        &SHA384
    } else {
        &SHA512
    };
    let hash = digest::digest(rules, access_token.as_bytes());
    URL_SAFE_NO_PAD.encode(&hash.as_ref()[..hash.as_ref().len() / 2])
}

fn whole_seconds(length: Duration) -> i64 {
    i64::try_from(length.as_secs()).unwrap_or(i64::MAX)
}
