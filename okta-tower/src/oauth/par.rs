//! The answer to a pushed authorization request (RFC 9126 section 2.2).

use std::{borrow::Cow, fmt};

use http::StatusCode;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};

use super::{answer::MAX_MEMBERS, failure::Failed};
use crate::base::{
    fetch::Reply,
    json::{self, Budget, Checked, Names, Text},
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
    let budget = Budget::new(MAX_MEMBERS);
    json::read(text, Members { budget: &budget })
        .ok()
        .flatten()
        .filter(|uri| (1..=MAX_URI_BYTES).contains(&uri.len()))
        .filter(|uri| uri.bytes().all(|byte| byte.is_ascii_graphic()))
        .map(Cow::into_owned)
        .ok_or_else(unreadable)
}

struct Members<'b> {
    budget: &'b Budget,
}

impl<'de> DeserializeSeed<'de> for Members<'_> {
    type Value = Option<Cow<'de, str>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Members<'_> {
    type Value = Option<Cow<'de, str>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a pushed request's answer")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut names = Names::new(self.budget);
        let mut uri = None;
        while let Some(name) = names.next(&mut map)? {
            match &*name {
                "request_uri" => uri = Some(map.next_value_seed(Text)?),
                _ => map.next_value_seed(Checked::new(self.budget))?,
            }
        }
        Ok(uri)
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
