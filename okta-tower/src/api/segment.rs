//! A user's ID or login as one path segment. Pure.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::error::{ApiError, Problem};

/// All characters except the unreserved ones of RFC 3986.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The longest ID or login, in bytes. Okta's logins have up to 100 characters.
const MAX_BYTES: usize = 400;

/// Returns the segment for an ID or login. Rejects what could lead elsewhere even if encoded: dots
/// alone, which URLs resolve; slashes and backslashes, which proxies decode (Okta finds such logins
/// by ID only); control characters; and `me`, which names the owner of our own credentials.
pub(super) fn user(id: &str) -> Result<String, ApiError> {
    let leads_elsewhere = matches!(id, "" | "." | "..")
        || id.eq_ignore_ascii_case("me")
        || id.contains(['/', '\\'])
        || id.chars().any(char::is_control)
        || id.len() > MAX_BYTES;
    if leads_elsewhere {
        return Err(Problem::NotAnId.into());
    }
    Ok(utf8_percent_encode(id, ENCODED).to_string())
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;

    #[test]
    fn id_stays_one_segment() {
        for (id, segment) in [
            ("00ub0oNGTSWTBKOLGLNR", "00ub0oNGTSWTBKOLGLNR"),
            ("ada@example.com", "ada%40example.com"),
            ("..apps", "..apps"),
            ("a?activate=true#x", "a%3Factivate%3Dtrue%23x"),
            ("50%2fx", "50%252fx"),
            ("ada lovelace", "ada%20lovelace"),
            ("ümit", "%C3%BCmit"),
            ("mee", "mee"),
        ] {
            assert_eq!(user(id).unwrap(), segment);
            let url = format!("https://a.okta.com/api/v1/users/{segment}/groups");
            let url = Url::parse(&url).unwrap();
            assert_eq!(url.path(), format!("/api/v1/users/{segment}/groups"));
        }
    }

    #[test]
    fn ambiguous_id_is_rejected() {
        let long = "a".repeat(MAX_BYTES + 1);
        for id in [
            "", ".", "..", "../apps", "..\\apps", "a/b", "me", "Me", "a\r\nb", "a\0", &long,
        ] {
            assert!(user(id).is_err(), "{id:?}");
        }
        assert!(user(&"a".repeat(MAX_BYTES)).is_ok());
    }
}
