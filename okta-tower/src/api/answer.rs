//! The meaning of the management API's responses. Pure.

use http::StatusCode;
use serde::{Deserialize, de::DeserializeOwned};

use super::error::{ApiError, ApiErrorKind as Kind, Details, Problem};
use crate::base::fetch::Reply;

/// The longest text of an error that is kept, in characters.
const MAX_TEXT: usize = 500;
/// The number of causes that are kept.
const MAX_CAUSES: usize = 20;

/// Returns a success, or the error. `now` is in Unix seconds, for responses without a date.
pub(super) fn check(reply: Reply, now: i64) -> Result<Reply, ApiError> {
    if reply.status.is_success() {
        return Ok(reply);
    }
    let details = details(&reply);
    let kind = kind(reply.status, details.code.as_deref());
    let until_reset = || match kind {
        Kind::RateLimited => reply.limit.until_reset(now),
        _ => None,
    };
    let retry_after = reply.retry_after.or_else(until_reset);
    Err(ApiError::refused(kind, reply.status, details, retry_after))
}

/// Parses the JSON of a success.
pub(super) fn json<T: DeserializeOwned>(reply: &Reply) -> Result<T, ApiError> {
    if !reply.is_json {
        return Err(Problem::Unreadable("the management API's response is not JSON").into());
    }
    serde_json::from_slice(&reply.body).map_err(|_| {
        // The parser's message could quote the response, which contains data of users.
        Problem::Unreadable("the management API's response is malformed").into()
    })
}

/// Returns the kind by status, and by code if Okta uses a status for several kinds.
fn kind(status: StatusCode, code: Option<&str>) -> Kind {
    match (status, code) {
        (StatusCode::TOO_MANY_REQUESTS, _) => Kind::RateLimited,
        (StatusCode::REQUEST_TIMEOUT, _) => Kind::Unavailable,
        (status, _) if status.is_server_error() => Kind::Unavailable,
        // `E0000005`: Okta treats the call as that of a browser without a session.
        (StatusCode::UNAUTHORIZED, _) | (StatusCode::FORBIDDEN, Some("E0000005")) => {
            Kind::Unauthorized
        }
        (StatusCode::FORBIDDEN, Some("E0000016" | "E0000038")) | (StatusCode::CONFLICT, _) => {
            Kind::Conflict
        }
        (StatusCode::FORBIDDEN, _) => Kind::Forbidden,
        (StatusCode::NOT_FOUND | StatusCode::GONE, _) => Kind::NotFound,
        (status, _) if status.is_client_error() => Kind::Invalid,
        _ => Kind::Unreadable,
    }
}

/// Parses Okta's error object. Each member may be missing, and the body may be a proxy's page.
fn details(reply: &Reply) -> Details {
    #[derive(Default, Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Object {
        error_code: Option<String>,
        error_id: Option<String>,
        error_summary: Option<String>,
        error_causes: Option<Vec<Cause>>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Cause {
        error_summary: Option<String>,
    }
    if !reply.is_json {
        return Details::default();
    }
    let object: Object = serde_json::from_slice(&reply.body).unwrap_or_default();
    let causes = object.error_causes.unwrap_or_default().into_iter();
    let causes = causes.filter_map(|cause| cause.error_summary);
    Details {
        code: object
            .error_code
            .filter(|code| is_code(code))
            .map(Into::into),
        id: object.error_id.filter(|id| is_id(id)).map(Into::into),
        summary: object.error_summary.map(|summary| cut(&summary)),
        causes: causes.take(MAX_CAUSES).map(|cause| cut(&cause)).collect(),
    }
}

/// Accepts `E` and seven digits, which are safe to print.
fn is_code(code: &str) -> bool {
    let digits = code.strip_prefix('E').unwrap_or_default();
    digits.len() == 7 && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Accepts base64url of at most 64 characters.
fn is_id(id: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=64).contains(&id.len()) && id.bytes().all(is_part)
}

fn cut(text: &str) -> Box<str> {
    text.chars().take(MAX_TEXT).collect::<String>().into()
}

#[cfg(test)]
mod tests;
