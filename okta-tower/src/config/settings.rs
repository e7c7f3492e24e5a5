//! Settings as plain data: a section of the application's own config file.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::Value;

use super::{
    setting::{Origin, Setting},
    variables::{Form, Found, Variable, rows},
};

/// The settings that variables of the environment contain, as plain data with `Deserialize`: for a
/// section of the application's own config file, in TOML, YAML, JSON or another format.
///
/// The names are those of the variables in lower case, with or without `OKTA_`, and with or without
/// `OKTA_OAUTH2_` or `OKTA_TOWER_`: `issuer`, `audience`, `client_id`, `client_secret`,
/// `redirect_uri`, `cookie_keys`, `client_token`. The [configuration reference] lists the
/// variables. Numbers and flags may be text; lists may be arrays. An empty value counts as absent,
/// and a name that no variable has is an error. Other settings have methods of
/// [`OktaBuilder`](crate::OktaBuilder).
///
/// ```
/// use okta_tower::{OktaBuilder, config::Settings};
///
/// #[derive(serde::Deserialize)]
/// struct Config {
///     okta: Settings,
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let config: Config = serde_json::from_str(
///     r#"{"okta": {
///         "issuer": "https://dev-1234.okta.com/oauth2/default",
///         "audience": "api://shop",
///         "client_connection_timeout": 3
///     }}"#,
/// )?;
/// assert!(OktaBuilder::from_settings(config.okta)?.check().is_ok());
///
/// let typo = serde_json::from_str::<Settings>(r#"{"isuer": "https://dev-1234.okta.com"}"#);
/// assert!(typo.is_err());
/// # Ok(()) }
/// ```
///
/// [configuration reference]: https://github.com/okta-tower/okta-tower/blob/main/docs/configuration.md
#[derive(Clone, Default)]
pub struct Settings(pub(crate) Found);

/// Prints no value: some are secrets.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").finish_non_exhaustive()
    }
}

impl<'de> Deserialize<'de> for Settings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(SettingsVisitor)
    }
}

struct SettingsVisitor;

impl<'de> Visitor<'de> for SettingsVisitor {
    type Value = Settings;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("settings of okta-tower by name")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Settings, A::Error> {
        let mut found = Found::default();
        while let Some(name) = map.next_key::<String>()? {
            let Some((row, variable)) = row_named(&name) else {
                let problem = format!("unknown setting `{name}`: see docs/configuration.md");
                return Err(A::Error::custom(problem));
            };
            if found.get(row).is_some() {
                return Err(A::Error::custom(format!("setting `{name}` is there twice")));
            }
            // No error shows the value: it may be a secret in the wrong place.
            let value = text(&map.next_value()?, row.form)
                .map_err(|form| A::Error::custom(format!("setting `{name}` must be {form}")))?;
            if !value.is_empty() {
                let origin = Origin::File(variable);
                found.put(row, Setting { value, origin });
            }
        }
        Ok(Settings(found))
    }
}

/// Returns the row that a name stands for, and the variable that errors name.
fn row_named(name: &str) -> Option<(&'static Variable, &'static str)> {
    let is_named = |variable: &str| {
        let short = ["", "OKTA_", "OKTA_OAUTH2_", "OKTA_TOWER_"].iter();
        let mut short = short.filter_map(|prefix| variable.strip_prefix(prefix));
        name.bytes().all(|byte| !byte.is_ascii_uppercase())
            && short.any(|short| short.eq_ignore_ascii_case(name))
    };
    rows().find_map(|row| {
        let variable = row.names.iter().find(|variable| is_named(variable))?;
        Some((row, *variable))
    })
}

/// Returns the text that the variable would have, or what the value must be instead.
fn text(value: &Value, form: Form) -> Result<String, &'static str> {
    let expected = match form {
        Form::Text | Form::Secret => "text",
        Form::Number | Form::Seconds => "a whole number",
        Form::Flag => "true or false",
        Form::Words => "text or an array of texts",
    };
    match (value, form) {
        (Value::Null, _) => Ok(String::new()),
        (Value::String(text), _) => Ok(text.trim().to_owned()),
        (Value::Number(number), Form::Number | Form::Seconds) if number.is_u64() => {
            Ok(number.to_string())
        }
        (Value::Bool(flag), Form::Flag) => Ok(flag.to_string()),
        (Value::Array(words), Form::Words | Form::Secret) => {
            let words: Option<Vec<&str>> = words.iter().map(Value::as_str).collect();
            Ok(words.ok_or(expected)?.join(" "))
        }
        _ => Err(expected),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;

    fn read(name: &str, value: &Value) -> Result<Found, String> {
        let settings = serde_json::from_value(json!({ name: value }));
        settings
            .map(|Settings(found)| found)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn each_variable_has_its_name_in_lower_case() {
        let mut names = BTreeMap::new();
        for row in rows() {
            for variable in row.names {
                let full = variable.to_ascii_lowercase();
                let prefixes = ["", "okta_", "okta_oauth2_", "okta_tower_"];
                for name in prefixes
                    .iter()
                    .filter_map(|prefix| full.strip_prefix(prefix))
                {
                    let found = read(name, &json!("12")).unwrap();
                    let own = found.get(row).unwrap();
                    assert_eq!(
                        (&*own.value, own.origin.name()),
                        ("12", *variable),
                        "{name}"
                    );
                    assert_eq!(names.insert(name.to_owned(), variable), None, "{name}");
                }
            }
        }
        for name in [
            "issuer",
            "client_id",
            "scopes",
            "cookie_keys",
            "client_orgurl",
        ] {
            assert!(names.contains_key(name), "{name}");
        }
    }

    #[test]
    fn value_has_the_form_of_its_row_and_is_never_shown() {
        for row in rows() {
            let name = row.names[0].to_ascii_lowercase();
            let (right, wrong) = match row.form {
                Form::Text => (vec![json!("a")], vec![json!(7), json!(["hunter2"])]),
                Form::Secret => (vec![json!("a"), json!(["a", "b"])], vec![json!(7)]),
                Form::Number | Form::Seconds => (
                    vec![json!(3), json!("3")],
                    vec![json!(-1), json!(1.5), json!(["hunter2"])],
                ),
                Form::Flag => (vec![json!(true), json!("true")], vec![json!(1)]),
                Form::Words => (
                    vec![json!("a b"), json!(["a", "b"])],
                    vec![json!([7, "hunter2"])],
                ),
            };
            for value in right {
                assert!(
                    read(&name, &value).unwrap().get(row).is_some(),
                    "{name} {value}"
                );
            }
            for value in wrong.iter().chain(&[json!({ "hunter2": 1 })]) {
                let error = read(&name, value).err().unwrap();
                assert!(
                    error.contains(&name) && !error.contains("hunter2"),
                    "{error}"
                );
            }
            for empty in [json!(null), json!(""), json!(" ")] {
                assert!(read(&name, &empty).unwrap().get(row).is_none(), "{name}");
            }
        }
    }

    #[test]
    fn unknown_and_repeated_names_are_errors() {
        for name in ["isuer", "ISSUER", "", "okta", "oauth2"] {
            assert!(read(name, &json!("hunter2")).is_err(), "{name}");
        }
        let twice = r#"{"issuer":"https://a.example","oauth2_issuer":"https://a.example"}"#;
        assert!(serde_json::from_str::<Settings>(twice).is_err());
        let settings: Settings = serde_json::from_str(r#"{"client_secret":"hunter2"}"#).unwrap();
        assert!(!format!("{settings:?}").contains("hunter2"));
    }
}
