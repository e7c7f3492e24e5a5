//! The response to a pushed authorization request (RFC 9126 section 2.2).

use std::borrow::Cow;

use http::StatusCode;
use serde::de::MapAccess;

use crate::{
    base::{
        fetch::Reply,
        json::{self, Member, Members, ReadResult},
    },
    oauth::{answer::MAX_MEMBERS, failure::RequestError},
};

/// The longest `request_uri`, in bytes. Okta's have about 60.
const MAX_URI_BYTES: usize = 2048;

/// Returns the `request_uri`. The status is 201 in RFC 9126, and 200 in Okta's reference.
pub(super) fn read(reply: &Reply) -> Result<String, RequestError> {
    if !matches!(reply.status, StatusCode::OK | StatusCode::CREATED) || !reply.is_json {
        return Err(RequestError::unreadable(
            "the response is not 200 or 201 with JSON",
        ));
    }
    let unreadable = || RequestError::unreadable("the response has no valid request_uri");
    let text = std::str::from_utf8(&reply.body).map_err(|_| unreadable())?;
    let mut found = Found::default();
    json::read_object(text, MAX_MEMBERS, &mut found).map_err(|_| unreadable())?;
    (found.uri)
        .filter(|uri| (1..=MAX_URI_BYTES).contains(&uri.len()))
        .filter(|uri| uri.bytes().all(|byte| byte.is_ascii_graphic()))
        .map(Cow::into_owned)
        .ok_or_else(unreadable)
}

#[derive(Default)]
struct Found<'a> {
    uri: Option<Cow<'a, str>>,
}

impl<'a> Members<'a> for Found<'a> {
    fn member<A: MapAccess<'a>>(&mut self, name: &str, value: Member<'_, A>) -> ReadResult<'a, A> {
        match name {
            "request_uri" => self.uri = Some(value.text()?),
            _ => value.skip()?,
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::answer::reply;

    fn uri(status: u16, body: &str) -> Option<String> {
        read(&reply(status, body)).ok()
    }

    #[test]
    fn both_success_statuses_are_accepted() {
        let body = r#"{"request_uri":"urn:okta:abc","expires_in":3600}"#;
        for status in [200, 201] {
            assert_eq!(uri(status, body).as_deref(), Some("urn:okta:abc"));
        }
        assert_eq!(uri(202, body), None);
    }

    #[test]
    fn response_without_one_valid_uri_is_rejected() {
        for body in [
            "{}",
            r#"{"request_uri":""}"#,
            r#"{"request_uri":7}"#,
            r#"{"request_uri":"urn:a b"}"#,
            r#"{"request_uri":"urn:a","request_uri":"urn:b"}"#,
            "urn:okta:abc",
        ] {
            assert_eq!(uri(201, body), None, "{body}");
        }
        let with = |bytes: usize| format!(r#"{{"request_uri":"{}"}}"#, "a".repeat(bytes));
        assert!(uri(201, &with(MAX_URI_BYTES)).is_some());
        assert_eq!(uri(201, &with(MAX_URI_BYTES + 1)), None);
    }
}
