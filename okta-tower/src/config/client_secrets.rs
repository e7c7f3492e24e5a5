//! `client_secrets.json`, the file of Flask-OIDC and Okta's samples for it.
//!
//! ```json
//! { "web": {
//!     "issuer": "https://dev-1234.okta.com/oauth2/default",
//!     "client_id": "0oa…",
//!     "client_secret": "…",
//!     "redirect_uris": ["http://localhost:8080/authorization-code/callback"],
//!     "auth_uri": "…", "token_uri": "…", "userinfo_uri": "…"
//! } }
//! ```

use std::path::Path;

use serde_json::Value;

use super::{
    ConfigError, ConfigErrorKind as Kind,
    file::file_error,
    setting::{Origin, Setting},
    variables::{CLIENT_ID, CLIENT_SECRET, Found, ISSUER, REDIRECT_URI, Variable},
};
use crate::base::json;

/// The members that are read.
static MEMBERS: [(&str, &str, &Variable); 4] = [
    ("issuer", "web.issuer", &ISSUER),
    ("client_id", "web.client_id", &CLIENT_ID),
    ("client_secret", "web.client_secret", &CLIENT_SECRET),
    ("redirect_uris", "web.redirect_uris", &REDIRECT_URI),
];

/// Reads issuer, client and the first redirect URI.
pub(crate) fn read(text: &str, path: &Path) -> Result<Found, ConfigError> {
    // The error's own text may quote the file, which contains a secret.
    json::check(text, 512).map_err(|error| {
        let line = error.line();
        let problem = format!("is not JSON without duplicate members: see line {line}");
        file_error(path, problem)
    })?;
    let root: Value = serde_json::from_str(text).map_err(|_| file_error(path, "is not JSON"))?;
    let Some(web) = root.get("web").filter(|web| web.is_object()) else {
        let problem = "has no object `web`, which contains issuer, client_id and client_secret";
        let path = path.display().to_string();
        return Err(ConfigError::new(Kind::Missing, path, problem));
    };
    let mut found = Found::default();
    for (name, setting, row) in MEMBERS {
        let is_list = name == "redirect_uris";
        let value = match web.get(name) {
            Some(Value::Array(all)) if is_list => all.first(),
            Some(Value::String(_)) if is_list => Some(&Value::Bool(false)),
            value => value,
        };
        // An empty string and null count as absent.
        let value = match value {
            None | Some(Value::Null) => continue,
            Some(Value::String(text)) => text.trim(),
            Some(_) => {
                let expected = if is_list {
                    "an array of strings"
                } else {
                    "a string"
                };
                // The value is not shown: it may be a secret in the wrong place.
                let problem = format!("must be {expected}");
                return Err(ConfigError::new(Kind::Invalid, setting, problem));
            }
        };
        if !value.is_empty() {
            let (value, origin) = (value.to_owned(), Origin::File(setting));
            found.put(row, Setting { value, origin });
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Found, ConfigError> {
        read(text, Path::new("client_secrets.json"))
    }

    const SOUND: &str = r#"{"web":{"issuer":"https://dev-1234.okta.com/oauth2/default",
        "client_id":"0oa1","client_secret":"hunter2",
        "redirect_uris":["http://localhost:8080/authorization-code/callback"],
        "auth_uri":"https://evil.example/","token_uri":"https://evil.example/","userinfo_uri":7}}"#;

    #[test]
    fn each_member_is_read() {
        let found = parse(SOUND).unwrap();
        for (row, value) in [
            (&ISSUER, "https://dev-1234.okta.com/oauth2/default"),
            (&CLIENT_ID, "0oa1"),
            (&CLIENT_SECRET, "hunter2"),
            (
                &REDIRECT_URI,
                "http://localhost:8080/authorization-code/callback",
            ),
        ] {
            assert_eq!(found.get(row).unwrap().value, value);
        }
        let none = SOUND.replacen(
            r#"["http://localhost:8080/authorization-code/callback"]"#,
            "[]",
            1,
        );
        assert!(parse(&none).unwrap().get(&REDIRECT_URI).is_none());
    }

    #[test]
    fn value_of_wrong_type_is_rejected_and_not_shown() {
        for (from, to, setting) in [
            (r#""hunter2""#, r#"["hunter2"]"#, "web.client_secret"),
            (r#""0oa1""#, "7", "web.client_id"),
            (r#"["http"#, r#"[7,"http"#, "web.redirect_uris"),
            (r#"["http"#, r#"{"a":["http"#, "web.redirect_uris"),
            (
                r#"["http"#,
                r#""hunter2","other":["http"#,
                "web.redirect_uris",
            ),
        ] {
            let mut text = SOUND.replacen(from, to, 1);
            if to.starts_with('{') {
                text = text.replacen(r#"callback"]"#, r#"callback"]}"#, 1);
            }
            let error = parse(&text).err().unwrap();
            assert_eq!((error.kind(), error.setting()), (Kind::Invalid, setting));
            assert!(!error.to_string().contains("hunter2"));
        }
        let twice = r#""client_secret":"hunter3","client_id""#;
        let twice = SOUND.replacen(r#""client_id""#, twice, 1);
        assert_eq!(parse(&twice).err().unwrap().kind(), Kind::File);
        let error = parse(&SOUND.replacen("}}", "}", 1)).err().unwrap();
        assert!(!error.to_string().contains("hunter2"));
    }

    #[test]
    fn file_without_web_is_rejected() {
        for text in ["{}", r#"{"installed":{}}"#, r#"{"web":[]}"#] {
            assert_eq!(parse(text).err().unwrap().kind(), Kind::Missing, "{text}");
        }
    }
}
