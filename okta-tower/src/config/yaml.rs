//! `okta.yaml`, the file of Okta's own libraries.
//!
//! ```yaml
//! okta:
//!   client:
//!     orgUrl: "https://dev-1234.okta.com"   # from here to `rateLimit`: feature `api`
//!     authorizationMode: "PrivateKey"       # or SSWS, with `token`
//!     token: "…"
//!     clientId: "0oa…"
//!     privateKey: "-----BEGIN PRIVATE KEY-----…"
//!     privateKeyId: "…"
//!     scopes: ["okta.users.read"]
//!     rateLimit: { maxRetries: 4 }
//!     connectionTimeout: 3                  # seconds
//!     requestTimeout: 10                    # seconds
//!     proxy: { host: "egress.example.com", port: 3128, username: "ada", password: "…" }
//!   oauth2:
//!     issuer: "https://dev-1234.okta.com/oauth2/default"
//!     audience: "api://default"
//!     groupsClaim: "groups"
//!     clientId: "0oa…"
//!     clientSecret: "…"
//!     redirectUri: "https://app.example.com/authorization-code/callback"  # feature `sign-in`
//!     postLogoutRedirectUri: "https://app.example.com/"                   # feature `sign-in`
//!     scopes: ["openid", "profile", "email"]                              # feature `sign-in`
//!   testing:
//!     disableHttpsCheck: false
//! ```

use std::path::Path;

use saphyr::{LoadableYamlNode, Yaml};

use super::{
    ConfigError, ConfigErrorKind as Kind,
    file::file_error,
    setting::{Origin, Setting},
    variables::{Form, Found, in_use},
};

/// Reads every member of the table. Other members are ignored: other libraries have theirs in the
/// same file.
pub(crate) fn read(text: &str, path: &Path) -> Result<Found, ConfigError> {
    let documents = Yaml::load_from_str(text).map_err(|error| {
        // The error's own text may quote the file, which contains secrets.
        let problem = format!("is not YAML: see line {}", error.marker().line());
        file_error(path, problem)
    })?;
    let mut found = Found::default();
    let Some(root) = documents.first() else {
        return Ok(found);
    };
    for row in in_use() {
        let Some(path) = row.yaml else { continue };
        let Some(value) = value(root, path) else {
            continue;
        };
        let value = scalar(value, row.form).map_err(|expected| {
            // No value is shown: it may be a secret in the wrong place.
            ConfigError::new(Kind::Invalid, path, format!("must be {expected}"))
        })?;
        let origin = Origin::File(path);
        found.put(row, Setting { value, origin });
    }
    Ok(found)
}

/// Returns the value at a dotted path. An empty value and null count as absent.
fn value<'y>(root: &'y Yaml<'y>, path: &str) -> Option<&'y Yaml<'y>> {
    let found = path
        .split('.')
        .try_fold(root, |node, name| node.as_mapping_get(name))?;
    let is_empty = found.is_null() || found.as_str().is_some_and(|text| text.trim().is_empty());
    (!is_empty).then_some(found)
}

/// Returns the text of a value, or what the value must be instead.
fn scalar(value: &Yaml<'_>, form: Form) -> Result<String, &'static str> {
    let text = value.as_str().map(|text| text.trim().to_owned());
    let integer = value.as_integer();
    match form {
        // Not a number without quotes: YAML would read the password `0123` as another one.
        Form::Text | Form::Secret => text.ok_or("a string; put it in quotes"),
        Form::Number => text
            .or(integer.map(|number| number.to_string()))
            .ok_or("a whole number"),
        Form::Seconds => (integer.filter(|seconds| *seconds >= 0))
            .map(|seconds| seconds.to_string())
            .ok_or("a whole number of seconds"),
        Form::Flag => (value.as_bool())
            .map(|flag| flag.to_string())
            .ok_or("true or false"),
        Form::Words => text
            .or_else(|| words(value))
            .ok_or("a string or an array of strings"),
    }
}

/// Joins an array of strings.
fn words(value: &Yaml<'_>) -> Option<String> {
    let words: Option<Vec<&str>> = value.as_sequence()?.iter().map(Yaml::as_str).collect();
    Some(words?.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Found, ConfigError> {
        read(text, Path::new("okta.yaml"))
    }

    /// Returns a document with one value at a dotted path.
    fn document(path: &str, value: &str) -> String {
        let nested = path.rsplit('.').fold(value.to_owned(), |inner, name| {
            format!("{{ {name}: {inner} }}")
        });
        nested[2..nested.len() - 2].to_owned()
    }

    #[test]
    fn each_path_of_the_table_is_read() {
        for row in in_use() {
            let Some(path) = row.yaml else { continue };
            let (value, expected) = match row.form {
                Form::Text | Form::Secret => ("' 012 '", "012"),
                Form::Number | Form::Seconds => ("12", "12"),
                Form::Flag => ("true", "true"),
                Form::Words => ("[a, b]", "a b"),
            };
            let found = parse(&document(path, value)).unwrap();
            for other in in_use() {
                let setting = found.get(other);
                assert_eq!(setting.is_some(), std::ptr::eq(other, row), "{path}");
            }
            let setting = found.get(row).unwrap();
            assert_eq!((&*setting.value, setting.origin.name()), (expected, path));
            for empty in ["''", "' '", "null", "~"] {
                let found = parse(&document(path, empty)).unwrap();
                assert!(found.get(row).is_none(), "{path}: {empty}");
            }
        }
    }

    #[test]
    fn value_of_wrong_type_is_rejected_and_not_shown() {
        for row in in_use() {
            let Some(path) = row.yaml else { continue };
            let wrong: &[&str] = match row.form {
                Form::Text | Form::Secret => &["[hunter2]", "{ a: hunter2 }", "7", "true"],
                Form::Number => &["[hunter2]", "1.5", "true"],
                Form::Seconds => &["hunter2", "-1", "1.5"],
                Form::Flag => &["hunter2", "1"],
                Form::Words => &["{ a: hunter2 }", "[7, hunter2]", "7"],
            };
            for value in wrong {
                let error = parse(&document(path, value)).err().expect(path);
                assert_eq!((error.kind(), error.setting()), (Kind::Invalid, path));
                assert!(!error.to_string().contains("hunter2"));
            }
        }
        let error = parse("okta: { clientSecret: 'hunter2\n").err().unwrap();
        assert_eq!(error.kind(), Kind::File);
        assert!(!error.to_string().contains("hunter2"));
    }

    #[test]
    fn document_without_settings_is_accepted() {
        for text in ["", "# nothing\n", "okta:\n", "[1, 2]", "other: 1"] {
            let found = parse(text).unwrap();
            assert!(in_use().all(|row| found.get(row).is_none()), "{text}");
        }
    }
}
