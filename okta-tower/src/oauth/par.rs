//! The answer to a pushed authorization request (RFC 9126 section 2.2).

use std::borrow::Cow;

use http::StatusCode;
use serde::de::MapAccess;

use super::{answer::MAX_MEMBERS, failure::Failed};
use crate::base::{
    fetch::Reply,
    json::{self, Member, Members},
};

/// The longest `request_uri`, in bytes. Okta's have some 60.
const MAX_URI_BYTES: usize = 2048;

/// The `request_uri`. RFC 9126 answers 201, Okta's reference 200.
pub(super) fn read(reply: &Reply) -> Result<String, Failed> {
    if !matches!(reply.status, StatusCode::OK | StatusCode::CREATED) || !reply.is_json {
        return Err(Failed::unreadable("the answer is not 200 or 201 with JSON"));
    }
    let unreadable = || Failed::unreadable("the answer has no sound request_uri");
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
    fn member<A: MapAccess<'a>>(
        &mut self,
        name: &str,
        value: Member<'_, A>,
    ) -> Result<(), A::Error> {
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
    fn both_successes_are_read() {
        let body = r#"{"request_uri":"urn:okta:abc","expires_in":3600}"#;
        for status in [200, 201] {
            assert_eq!(uri(status, body).as_deref(), Some("urn:okta:abc"));
        }
        assert_eq!(uri(202, body), None);
    }

    #[test]
    fn an_answer_without_one_sound_uri_is_none() {
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
