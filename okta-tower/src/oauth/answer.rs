//! Error responses of Okta's OAuth endpoints. The status counts before the code: Okta's response to
//! too many requests may contain `invalid_grant` with status 429, and the refresh token stays
//! valid.

use std::{borrow::Cow, time::Duration};

use http::StatusCode;
use serde::de::MapAccess;

use super::{
    failure::{Cause, RequestError, TokenFailure},
    provider_error,
};
use crate::base::{
    fetch::Reply,
    json::{self, Member, Members, ReadResult},
};

/// How many members a response may have, inner objects included.
pub(super) const MAX_MEMBERS: usize = 64;

/// Returns the error for a response whose status is not a success. `now` is in Unix seconds.
pub(super) fn refusal(reply: &Reply, now: i64) -> RequestError {
    let status = reply.status;
    let retry_after = retry_after(reply, now);
    let transient = TokenFailure::Transient { retry_after };
    let code = error_code(reply);
    let failure = match (status, code) {
        // Whatever the code: Okta calls a rate-limited client's grant invalid.
        (StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT, _)
        | (_, Some("temporarily_unavailable")) => transient,
        (StatusCode::BAD_REQUEST, Some("invalid_grant")) => TokenFailure::InvalidGrant,
        // 401 if the client authenticated by header, 400 otherwise (RFC 6749 section 5.2).
        (StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED, Some("invalid_client")) => {
            TokenFailure::InvalidClient
        }
        (status, Some(code)) if status.is_client_error() => TokenFailure::Refused(code),
        _ => transient,
    };
    RequestError {
        failure,
        cause: Cause::Status(status.as_u16(), code.unwrap_or("no code")),
    }
}

/// Returns `Retry-After`, else the time until the issuer's rate limit resets.
fn retry_after(reply: &Reply, now: i64) -> Option<Duration> {
    let is_limited = reply.status == StatusCode::TOO_MANY_REQUESTS;
    let until_reset = || reply.limit.until_reset(now).filter(|_| is_limited);
    reply.retry_after.or_else(until_reset)
}

/// Returns the code of an error object: OAuth's `error`, else `errorCode` of Okta's API. Returns
/// `None` if the body is another value or has a duplicate member, which parsers read differently.
fn error_code(reply: &Reply) -> Option<&'static str> {
    if !reply.is_json {
        return None;
    }
    let text = std::str::from_utf8(&reply.body).ok()?;
    let mut object = ErrorObject::default();
    json::read_object(text, MAX_MEMBERS, &mut object).ok()?;
    let found = object.error.or(object.error_code)?;
    Some(provider_error::name_of(&found, None))
}

#[derive(Default)]
struct ErrorObject<'a> {
    error: Option<Cow<'a, str>>,
    error_code: Option<Cow<'a, str>>,
}

impl<'a> Members<'a> for ErrorObject<'a> {
    fn member<A: MapAccess<'a>>(&mut self, name: &str, value: Member<'_, A>) -> ReadResult<'a, A> {
        match name {
            "error" => self.error = Some(value.text()?),
            "errorCode" => self.error_code = Some(value.text()?),
            _ => value.skip()?,
        }
        Ok(())
    }
}

/// Returns a response with this JSON.
#[cfg(test)]
pub(super) fn reply(status: u16, body: &str) -> Reply {
    Reply {
        status: StatusCode::from_u16(status).unwrap(),
        body: body.into(),
        is_json: true,
        is_jwt: false,
        retry_after: None,
        limit: crate::base::fetch::Limit::default(),
        links: Vec::new(),
    }
}
