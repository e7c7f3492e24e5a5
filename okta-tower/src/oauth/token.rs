//! The token endpoint's success response (RFC 6749 section 5.1, OpenID Connect Core section
//! 3.1.3.3).

use std::time::Duration;

use http::StatusCode;
use serde::de::MapAccess;

use super::{answer::MAX_MEMBERS, failure::RequestError};
use crate::base::{
    fetch::Reply,
    json::{self, Member, Members, ReadResult},
    secret::Secret,
};

/// The longest token of any kind, in bytes. ID tokens have another, lower limit.
const MAX_TOKEN_BYTES: usize = 64 * 1024;
/// The longest list of scopes, in bytes: Okta's limit for requests.
const MAX_SCOPE_BYTES: usize = 4096;
/// The longest accepted lifetime, in seconds. Okta's access tokens live a day at most.
const MAX_LIFETIME: f64 = 366.0 * 24.0 * 60.0 * 60.0;

/// The tokens of a response.
#[derive(Clone, Debug)]
#[cfg_attr(
    not(feature = "sign-in"),
    allow(dead_code, reason = "a service gets an access token alone")
)]
pub(crate) struct TokenResponse {
    pub(crate) access_token: Secret,
    /// How long the access token lives.
    pub(crate) expires_in: Option<Duration>,
    /// The granted scopes. `None` if they are the requested ones.
    pub(crate) scope: Option<String>,
    pub(crate) refresh_token: Option<Secret>,
    pub(crate) id_token: Option<Secret>,
}

/// Reads a response whose status is a success.
pub(super) fn read(reply: &Reply) -> Result<TokenResponse, RequestError> {
    if reply.status != StatusCode::OK || !reply.is_json {
        return Err(RequestError::unreadable(
            "the response is not 200 with JSON",
        ));
    }
    let text = std::str::from_utf8(&reply.body)
        .map_err(|_| RequestError::unreadable("the response is not UTF-8"))?;
    let mut found = Found::default();
    json::read_object(text, MAX_MEMBERS, &mut found).map_err(|_| {
        RequestError::unreadable("the response is not a token response without duplicate members")
    })?;
    // RFC 6749 section 7.1: a client must not use a token of unknown type. `DPoP` requires proofs.
    match found.token_type.as_deref() {
        Some(kind) if kind.eq_ignore_ascii_case("Bearer") => {}
        Some(_) => return Err(RequestError::refused("wrong_token_type")),
        None => return Err(RequestError::unreadable("the response has no token_type")),
    }
    let Some(access_token) = found.access_token else {
        return Err(RequestError::unreadable("the response has no access_token"));
    };
    Ok(TokenResponse {
        access_token,
        expires_in: found.expires_in,
        scope: found.scope,
        refresh_token: found.refresh_token,
        id_token: found.id_token,
    })
}

#[derive(Default)]
struct Found {
    token_type: Option<String>,
    access_token: Option<Secret>,
    expires_in: Option<Duration>,
    scope: Option<String>,
    refresh_token: Option<Secret>,
    id_token: Option<Secret>,
}

impl<'a> Members<'a> for Found {
    fn member<A: MapAccess<'a>>(&mut self, name: &str, value: Member<'_, A>) -> ReadResult<'a, A> {
        match name {
            "token_type" => self.token_type = Some(value.get()?),
            "access_token" => self.access_token = token(value)?,
            "refresh_token" => self.refresh_token = token(value)?,
            "id_token" => self.id_token = token(value)?,
            "expires_in" => self.expires_in = lifetime(value)?,
            "scope" => self.scope = scope(value)?,
            _ => value.skip()?,
        }
        Ok(())
    }
}

/// Reads a token: printable ASCII (RFC 6749 appendix A.12), which fits into a header. `null` is
/// none.
fn token<'a, A: MapAccess<'a>>(value: Member<'_, A>) -> Result<Option<Secret>, A::Error> {
    let Some(text) = value.get::<Option<String>>()? else {
        return Ok(None);
    };
    let is_sound = (1..=MAX_TOKEN_BYTES).contains(&text.len())
        && text.bytes().all(|byte| (0x21..=0x7e).contains(&byte));
    if is_sound {
        Ok(Some(Secret::new(text)))
    } else {
        Err(serde::de::Error::custom("not a token"))
    }
}

fn lifetime<'a, A: MapAccess<'a>>(value: Member<'_, A>) -> Result<Option<Duration>, A::Error> {
    match value.get::<Option<f64>>()? {
        None => Ok(None),
        Some(seconds) if (0.0..=MAX_LIFETIME).contains(&seconds) => {
            Ok(Some(Duration::from_secs(seconds as u64)))
        }
        Some(_) => Err(serde::de::Error::custom("not a lifetime")),
    }
}

fn scope<'a, A: MapAccess<'a>>(value: Member<'_, A>) -> Result<Option<String>, A::Error> {
    match value.get::<Option<String>>()? {
        Some(scope) if scope.len() > MAX_SCOPE_BYTES => {
            Err(serde::de::Error::custom("too many scopes"))
        }
        scope => Ok(scope),
    }
}
