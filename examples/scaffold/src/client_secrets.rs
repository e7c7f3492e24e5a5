//! Variables from `client_secrets.json`, the configuration file of Flask-OIDC.
//!
//! An application without variables of its own gives the file to
//! `OktaBuilder::from_client_secrets_file` instead.

use std::{fs, io};

use serde_json::Value;

use crate::{SettingsError, Variables};

/// Pointers into the file, and the variable that each value becomes.
const MEMBERS: [(&str, &str); 4] = [
    ("/web/issuer", "OKTA_OAUTH2_ISSUER"),
    ("/web/client_id", "OKTA_OAUTH2_CLIENT_ID"),
    ("/web/client_secret", "OKTA_OAUTH2_CLIENT_SECRET"),
    ("/web/redirect_uris/0", "OKTA_OAUTH2_REDIRECT_URI"),
];

/// The variable that names the file.
const FILE: &str = "OIDC_CLIENT_SECRETS";

/// Adds the values of a `client_secrets.json` to the variables.
///
/// `OIDC_CLIENT_SECRETS` names the file; by default it is `default`, if that file exists. If a
/// variable names an issuer, the whole file is ignored: a client secret belongs to one issuer.
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
        // A missing file that was named explicitly must not lead to the built-in test issuer.
        Err(error) if error.kind() == io::ErrorKind::NotFound && named.is_none() => Ok(variables),
        Err(error) => Err(SettingsError::EnvFile(path.to_owned(), error.to_string())),
    }
}

fn with_text(mut variables: Variables, text: &str) -> Result<Variables, String> {
    // The parser's error may quote the file, which holds a secret.
    let file: Value = serde_json::from_str(text)
        .map_err(|error| format!("line {} is not valid JSON", error.line()))?;
    for (member, variable) in MEMBERS {
        match file.pointer(member) {
            Some(Value::String(value)) => variables.set(variable, value),
            None if member != "/web/issuer" => {}
            _ => return Err(format!("{member} is not a string")),
        }
    }
    Ok(variables)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"{ "web": {
        "issuer": "https://example.okta.com/oauth2/default",
        "client_id": "0oa1",
        "client_secret": "a secret",
        "redirect_uris": ["http://localhost:5000/oidc/callback"],
        "auth_uri": "unused"
    } }"#;

    fn nothing_set() -> Variables {
        Variables::of([])
    }

    #[test]
    fn client_secrets_become_variables() {
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
    fn unusable_file_is_rejected_without_quoting_it() {
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
    fn variable_that_names_an_issuer_disables_the_file() {
        for name in ["OKTA_OAUTH2_ISSUER", "OKTA_ISSUER_URL", "OKTA_DOMAIN"] {
            let variables = Variables::of([(name.into(), "https://other.okta.com".into())]);
            // Opening a folder as a file fails, which shows that the file was not opened.
            assert!(with_client_secrets(variables, env!("CARGO_MANIFEST_DIR")).is_ok());
        }
        assert!(with_client_secrets(nothing_set(), env!("CARGO_MANIFEST_DIR")).is_err());
    }

    #[test]
    fn only_a_named_file_must_exist() {
        let missing = "no-such-file.json";
        assert!(with_client_secrets(nothing_set(), missing).is_ok());
        let named = Variables::of([(FILE.into(), missing.into())]);
        let refused = with_client_secrets(named, missing).unwrap_err().to_string();
        assert!(refused.contains(missing), "{refused}");
    }
}
