//! Client assertions: `private_key_jwt` (RFC 7523 section 3, with Okta's limits).

use std::time::SystemTime;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

use crate::{
    key::Key,
    state::{
        IssuerState,
        clients::{Client, Credential},
    },
    token::unix_seconds,
};

/// The assertion type (RFC 7523 section 2.2).
pub(crate) const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// How far in the future `exp` may be, in seconds.
const MAX_LIFETIME: i64 = 3600;

/// Returns the client of an assertion for this endpoint. An assertion with a `jti` is valid once.
///
/// # Errors
///
/// Returns the description of the first check that fails.
pub(crate) fn check(
    state: &IssuerState,
    assertion: &str,
    endpoint: &str,
) -> Result<Client, &'static str> {
    let parts = Parts::read(assertion).ok_or("The client_assertion token is not a JWT.")?;
    let text = |name: &str| parts.claims.get(name).and_then(Value::as_str);
    let id = text("sub").unwrap_or_default();
    let client = state.sign_in().client(id).cloned();
    let client = client.ok_or("The client_assertion token names no known client.")?;
    let Credential::Key(key) = &client.credential else {
        return Err("The client is not registered for the authentication method that it used.");
    };
    if !parts.are_signed_by(key) {
        return Err("The client_assertion signature is invalid.");
    }
    if text("iss") != Some(id) {
        return Err("The client_assertion token must have the client id as 'iss' and as 'sub'.");
    }
    if text("aud") != Some(endpoint) {
        return Err(
            "The audience claim for client_assertion must be the endpoint invoked for the request.",
        );
    }
    check_times(&parts.claims, state.now())?;
    if let Some(jti) = text("jti") {
        let is_new = state.sign_in().note_assertion(id, jti);
        if !is_new {
            return Err("The client_assertion JWT ID has already been used.");
        }
    }
    Ok(client)
}

fn check_times(claims: &Map<String, Value>, now: SystemTime) -> Result<(), &'static str> {
    let now = unix_seconds(now);
    let expires = claims.get("exp").and_then(Value::as_i64);
    let expires = expires.ok_or("The client_assertion token must contain an expiration (exp).")?;
    if expires <= now {
        return Err("The client_assertion token is expired.");
    }
    if expires > now.saturating_add(MAX_LIFETIME) {
        return Err("The client_assertion token must not expire more than an hour from now.");
    }
    let issued = claims.get("iat").and_then(Value::as_i64);
    if issued.is_some_and(|issued| issued > now) {
        return Err("The client_assertion token was issued in the future.");
    }
    Ok(())
}

struct Parts<'a> {
    /// The signed text: encoded header and claims.
    message: &'a str,
    header: Map<String, Value>,
    claims: Map<String, Value>,
    signature: Vec<u8>,
}

impl<'a> Parts<'a> {
    fn read(assertion: &'a str) -> Option<Self> {
        let (message, signature) = assertion.rsplit_once('.')?;
        let (header, claims) = message.split_once('.')?;
        Some(Self {
            message,
            header: object(header)?,
            claims: object(claims)?,
            signature: URL_SAFE_NO_PAD.decode(signature).ok()?,
        })
    }

    fn are_signed_by(&self, key: &Key) -> bool {
        let text = |name: &str| self.header.get(name).and_then(Value::as_str);
        let named = text("kid").is_none_or(|kid| kid == key.kid());
        named
            && text("alg").is_some_and(|algorithm| {
                key.has_signed(algorithm, self.message.as_bytes(), &self.signature)
            })
    }
}

fn object(text: &str) -> Option<Map<String, Value>> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
}
