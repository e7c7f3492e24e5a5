//! Variables from `client_secrets.json`, the file that Flask-OIDC has. An application with no variables of its own gives the file
//! to `OktaBuilder::from_client_secrets_file` instead.

use std::{fs, io};

use serde_json::Value;

use crate::{SettingsError, Variables};

/// Where the file has a value, and what the variable is called.
const MEMBERS: [(&str, &str); 4] = [
    ("/web/issuer", "OKTA_OAUTH2_ISSUER"),
    ("/web/client_id", "OKTA_OAUTH2_CLIENT_ID"),
    ("/web/client_secret", "OKTA_OAUTH2_CLIENT_SECRET"),
    ("/web/redirect_uris/0", "OKTA_OAUTH2_REDIRECT_URI"),
];

/// Names the file.
const FILE: &str = "OIDC_CLIENT_SECRETS";

/// Adds what the file says: the one that a variable names, or this one if it is there. Where a variable names an issuer it is left
/// alone as a whole: the secret of one issuer is nothing for another.
pub(crate) fn with_client_secrets(
    variables: Variables,
    default: &str,
) -> Result<Variables, SettingsError> {
    if variables.names_an_issuer() {
        return Ok(variables);
    }
    let named = variables.get(FILE).map(str::to_owned);
    let path = named.as_deref().unwrap_or(default);
    match fs::read_to_string(path) {
        Ok(text) => with_text(variables, &text)
            .map_err(|reason| SettingsError::EnvFile(path.to_owned(), reason)),
        // One that somebody has named and that is not there must not lead to the stand-in.
        Err(error) if error.kind() == io::ErrorKind::NotFound && named.is_none() => Ok(variables),
        Err(error) => Err(SettingsError::EnvFile(path.to_owned(), error.to_string())),
    }
}

fn with_text(mut variables: Variables, text: &str) -> Result<Variables, String> {
    // The parser's own words may quote the file, which holds a secret.
    let file: Value =
        serde_json::from_str(text).map_err(|error| format!("line {} is no JSON", error.line()))?;
    for (member, variable) in MEMBERS {
        match file.pointer(member) {
            Some(Value::String(value)) => variables.set(variable, value),
            None if member != "/web/issuer" => {}
            _ => return Err(format!("{member} is no text")),
        }
    }
    Ok(variables)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"{ "web": { "issuer": "https://example.okta.com/oauth2/default", "client_id": "0oa1",
        "client_secret": "a secret", "redirect_uris": ["http://localhost:5000/oidc/callback"], "auth_uri": "unused" } }"#;

    fn nothing_set() -> Variables {
        Variables::of([])
    }

    #[test]
    fn the_file_is_read_as_variables() {
        let variables = with_text(nothing_set(), TEXT).unwrap();
        for (variable, value) in [
            (
                "OKTA_OAUTH2_ISSUER",
                "https://example.okta.com/oauth2/default",
            ),
            ("OKTA_OAUTH2_CLIENT_ID", "0oa1"),
            ("OKTA_OAUTH2_CLIENT_SECRET", "a secret"),
            (
                "OKTA_OAUTH2_REDIRECT_URI",
                "http://localhost:5000/oidc/callback",
            ),
        ] {
            assert_eq!(variables.get(variable), Some(value));
        }
    }

    #[test]
    fn a_file_without_an_issuer_or_without_sense_is_refused_and_not_quoted() {
        for text in [
            r#"{ "web": { "client_secret": "hush" } }"#,
            r#"{ "web": { "issuer": 7, "client_secret": "hush" } }"#,
            "hush",
        ] {
            let reason = with_text(nothing_set(), text).unwrap_err();
            assert!(!reason.contains("hush"), "{reason}");
        }
    }

    #[test]
    fn a_variable_that_names_an_issuer_leaves_the_file_alone() {
        for name in ["OKTA_OAUTH2_ISSUER", "OKTA_ISSUER_URL", "OKTA_DOMAIN"] {
            let variables = Variables::of([(name.into(), "https://other.okta.com".into())]);
            // This is no such file, and is not opened.
            assert!(with_client_secrets(variables, env!("CARGO_MANIFEST_DIR")).is_ok());
        }
        assert!(with_client_secrets(nothing_set(), env!("CARGO_MANIFEST_DIR")).is_err());
    }

    #[test]
    fn a_file_may_be_missing_unless_it_was_named() {
        let missing = "no-such-file.json";
        assert!(with_client_secrets(nothing_set(), missing).is_ok());
        let named = Variables::of([(FILE.into(), missing.into())]);
        let refused = with_client_secrets(named, missing).unwrap_err().to_string();
        assert!(refused.contains(missing), "{refused}");
    }
}
