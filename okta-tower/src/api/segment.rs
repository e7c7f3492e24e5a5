//! What callers name people by, as one segment of a path. Pure.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::{ApiError, error::Problem};

/// Everything but what RFC 3986 calls unreserved.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The longest name of a person, in bytes. Okta's logins have 100 characters.
const LONGEST: usize = 400;

/// One segment for this id or login. Refused is what could lead elsewhere in spite of being encoded: dots alone, which URLs
/// resolve; slashes and backslashes, which proxies decode (Okta finds such logins by id only); control characters; and `me`, by
/// which Okta understands the owner of our own token.
pub(super) fn user(id: &str) -> Result<String, ApiError> {
    let leads_elsewhere = matches!(id, "" | "." | "..")
        || id.eq_ignore_ascii_case("me")
        || id.contains(['/', '\\'])
        || id.chars().any(char::is_control)
        || id.len() > LONGEST;
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
    fn an_id_stays_one_segment_whatever_stands_in_it() {
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
    fn what_could_lead_elsewhere_is_refused() {
        let long = "a".repeat(LONGEST + 1);
        for id in [
            "", ".", "..", "../apps", "..\\apps", "a/b", "me", "Me", "a\r\nb", "a\0", &long,
        ] {
            assert!(user(id).is_err(), "{id:?}");
        }
        assert!(user(&"a".repeat(LONGEST)).is_ok());
    }
}
