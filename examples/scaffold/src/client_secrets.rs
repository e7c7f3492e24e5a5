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

/// Adds what the file says, if there is such a file. Where a variable names an issuer it is left alone as a whole: the secret
/// of one issuer is nothing for another.
pub(crate) fn with_client_secrets(
    variables: Variables,
    path: &str,
) -> Result<Variables, SettingsError> {
    if variables.names_an_issuer() {
        return Ok(variables);
    }
    match fs::read_to_string(path) {
        Ok(text) => with_text(variables, &text)
            .map_err(|reason| SettingsError::EnvFile(path.to_owned(), reason)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(variables),
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

    const FILE: &str = r#"{ "web": { "issuer": "https://example.okta.com/oauth2/default", "client_id": "0oa1",
        "client_secret": "a secret", "redirect_uris": ["http://localhost:5000/oidc/callback"], "auth_uri": "unused" } }"#;

    fn nothing_set() -> Variables {
        Variables::of([])
    }

    #[test]
    fn the_file_is_read_as_variables() {
        let variables = with_text(nothing_set(), FILE).unwrap();
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
        assert!(with_client_secrets(nothing_set(), "no-such-file.json").is_ok());
    }
}
