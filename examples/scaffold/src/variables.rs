//! The environment's variables as a value.

use std::{collections::BTreeMap, ffi::OsString, fmt};

use crate::SettingsError;

/// The name in a guide of Okta, and the name in Okta's libraries.
const SYNONYMS: [(&str, &str); 6] = [
    ("OKTA_ISSUER_URL", "OKTA_OAUTH2_ISSUER"),
    ("OKTA_CLIENT_ID", "OKTA_OAUTH2_CLIENT_ID"),
    ("OKTA_CLIENT_SECRET", "OKTA_OAUTH2_CLIENT_SECRET"),
    ("OIDC_SCOPES", "OKTA_OAUTH2_SCOPES"),
    ("OKTA_ORG_URL", "OKTA_CLIENT_ORGURL"),
    ("OKTA_AUTH_TOKEN", "OKTA_CLIENT_TOKEN"),
];

/// Generic names in a guide of Okta. Other programs use these names too, so they only count
/// together with `OKTA_DOMAIN`, as in that guide.
const SYNONYMS_BESIDE_A_DOMAIN: [(&str, &str); 3] = [
    ("CLIENT_ID", "OKTA_OAUTH2_CLIENT_ID"),
    ("CLIENT_SECRET", "OKTA_OAUTH2_CLIENT_SECRET"),
    ("REDIRECT_URL", "OKTA_OAUTH2_REDIRECT_URI"),
];

/// Holds an issuer, or the org's URL without the path of its authorization server.
const ISSUER_URI: &str = "OKTA_ISSUER_URI";

const PROMPT: &str = "OKTA_PROMPT";

/// The variables that have a value. An empty value counts as not set.
#[derive(Clone)]
pub struct Variables {
    set: BTreeMap<String, String>,
    prompt: Option<String>,
}

impl Variables {
    /// Collects the variables of an environment.
    pub fn of(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        // Non-Unicode values fail where they are used, with the value in the message.
        let variables = variables.into_iter().map(|(name, value)| {
            let value = value.to_string_lossy().trim().to_owned();
            (name.to_string_lossy().into_owned(), value)
        });
        Self {
            set: variables.filter(|(_, value)| !value.is_empty()).collect(),
            prompt: None,
        }
    }

    /// Returns the value of a variable, without surrounding whitespace.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.set.get(name).map(String::as_str)
    }

    /// Returns the value of the first variable that is set.
    #[must_use]
    pub fn first_of(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.get(name))
    }

    /// Returns whether a switch is `true`. Default: `false`.
    ///
    /// # Errors
    /// If the value is neither `true` nor `false`.
    pub fn is_on(&self, name: &'static str) -> Result<bool, SettingsError> {
        match self.get(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(other) => {
                let expected = "`true` or `false`".to_owned();
                Err(SettingsError::Unknown(name, other.to_owned(), expected))
            }
        }
    }

    /// Returns the value for `SignIn::prompt`, from `OKTA_PROMPT`. Only set by
    /// [`Self::with_guide_names`].
    #[must_use]
    pub fn prompt(&self) -> Option<&str> {
        self.prompt.as_deref()
    }

    pub(crate) fn names_an_issuer(&self) -> bool {
        let names = [
            "OKTA_OAUTH2_ISSUER",
            "OKTA_ISSUER_URL",
            ISSUER_URI,
            "OKTA_DOMAIN",
        ];
        self.first_of(&names).is_some()
    }

    pub(crate) fn set(&mut self, name: &str, value: &str) {
        let value = value.trim();
        if !value.is_empty() {
            self.set.insert(name.to_owned(), value.to_owned());
        }
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.set.keys().map(String::as_str)
    }

    /// Replaces the names of Okta's guides with the names of its libraries.
    ///
    /// The names are `OKTA_CLIENT_ID`, `OKTA_CLIENT_SECRET`, `OKTA_ISSUER_URL`, `OKTA_ISSUER_URI`,
    /// `OKTA_ORG_URL`, `OKTA_AUTH_TOKEN`, `OIDC_SCOPES` and `OKTA_PROMPT`; together with
    /// `OKTA_DOMAIN` also `CLIENT_ID`, `CLIENT_SECRET` and `REDIRECT_URL`. Without an issuer, the
    /// authorization server `default` of `OKTA_DOMAIN` or of the org's URL is used. Both values may
    /// omit `https://`.
    ///
    /// # Errors
    /// If two names of one setting have different values.
    pub fn with_guide_names(mut self) -> Result<Self, SettingsError> {
        self.prompt = self.set.remove(PROMPT);
        if let Some(uri) = self.set.remove(ISSUER_URI) {
            let name = if uri.contains("/oauth2/") {
                "OKTA_ISSUER_URL"
            } else {
                "OKTA_DOMAIN"
            };
            match self.get(name) {
                Some(other) if other != uri => {
                    return Err(SettingsError::Disagree(ISSUER_URI, name));
                }
                _ => self.set(name, &uri),
            }
        }
        let mut synonyms = SYNONYMS.to_vec();
        if self.get("OKTA_DOMAIN").is_some() {
            synonyms.extend(SYNONYMS_BESIDE_A_DOMAIN);
        }
        for (guide_name, name) in synonyms {
            let Some(value) = self.set.remove(guide_name) else {
                continue;
            };
            // Flask writes its scopes as a list: ["openid", "profile"].
            let value = match name {
                "OKTA_OAUTH2_SCOPES" => value.replace(['[', ']', '"', '\''], " ").trim().to_owned(),
                _ => value,
            };
            match self.get(name) {
                Some(other) if other != value => {
                    return Err(SettingsError::Disagree(guide_name, name));
                }
                _ => {
                    self.set.insert(name.to_owned(), value);
                }
            }
        }
        let origin = |name: &str| {
            let value = self.get(name)?.trim_end_matches('/');
            Some(match value.split_once("://") {
                Some(_) => value.to_owned(),
                None => format!("https://{value}"),
            })
        };
        match (origin("OKTA_DOMAIN"), origin("OKTA_CLIENT_ORGURL")) {
            (Some(domain), Some(org)) if domain != org => {
                return Err(SettingsError::Disagree("OKTA_DOMAIN", "OKTA_ORG_URL"));
            }
            (Some(origin), _) | (None, Some(origin)) => {
                let issuer = format!("{origin}/oauth2/default");
                let named = self.set.entry("OKTA_OAUTH2_ISSUER".to_owned());
                named.or_insert(issuer);
                self.set.insert("OKTA_CLIENT_ORGURL".to_owned(), origin);
                self.set.remove("OKTA_DOMAIN");
            }
            (None, None) => {}
        }
        Ok(self)
    }
}

/// Prints only names, because values may be secrets.
impl fmt::Debug for Variables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guides(variables: &[(&str, &str)]) -> Result<Variables, SettingsError> {
        let variables = (variables.iter()).map(|(name, value)| (name.into(), value.into()));
        Variables::of(variables).with_guide_names()
    }

    #[test]
    fn guide_names_become_library_names() {
        for (guide_name, name) in SYNONYMS {
            let variables = guides(&[(guide_name, " https://value ")]).unwrap();
            assert_eq!(variables.get(guide_name), None, "{guide_name}");
            assert_eq!(variables.get(name), Some("https://value"), "{guide_name}");
        }
    }

    #[test]
    fn generic_names_count_only_with_a_domain() {
        let client = [
            ("CLIENT_ID", "0oa1"),
            ("REDIRECT_URL", "http://localhost/cb"),
        ];
        let elsewhere = guides(&client).unwrap();
        assert_eq!(elsewhere.get("OKTA_OAUTH2_CLIENT_ID"), None);
        let with_domain = [&client[..], &[("OKTA_DOMAIN", "dev-1234.okta.com")]].concat();
        let with_domain = guides(&with_domain).unwrap();
        assert_eq!(with_domain.get("OKTA_OAUTH2_CLIENT_ID"), Some("0oa1"));
        let uri = with_domain.get("OKTA_OAUTH2_REDIRECT_URI");
        assert_eq!(uri, Some("http://localhost/cb"));
    }

    #[test]
    fn issuer_uri_may_name_an_issuer_or_an_org() {
        let issuer = "https://dev-1234.okta.com/oauth2/default";
        for uri in [issuer, "https://dev-1234.okta.com"] {
            let variables = guides(&[("OKTA_ISSUER_URI", uri)]).unwrap();
            assert_eq!(variables.get("OKTA_OAUTH2_ISSUER"), Some(issuer), "{uri}");
        }
        let contradiction = [
            ("OKTA_ISSUER_URI", issuer),
            ("OKTA_ISSUER_URL", "https://other"),
        ];
        assert!(guides(&contradiction).is_err());
    }

    #[test]
    fn conflicting_names_of_a_setting_are_rejected() {
        let both = |value| {
            guides(&[
                ("OKTA_CLIENT_SECRET", "s3cret"),
                ("OKTA_OAUTH2_CLIENT_SECRET", value),
            ])
        };
        assert!(both("s3cret").is_ok());
        let message = both("hunter2").unwrap_err().to_string();
        assert!(message.contains("OKTA_CLIENT_SECRET"), "{message}");
        assert!(!message.contains("s3cret") && !message.contains("hunter2"));
    }

    #[test]
    fn domain_without_issuer_means_default_server() {
        let url = "https://dev-1234.okta.com";
        let default = format!("{url}/oauth2/default");
        let named = format!("{url}/oauth2/aus1");
        for (variables, issuer) in [
            (&[("OKTA_DOMAIN", "dev-1234.okta.com")][..], &default),
            (&[("OKTA_DOMAIN", "https://dev-1234.okta.com/")], &default),
            (&[("OKTA_ORG_URL", url)], &default),
            (&[("OKTA_ORG_URL", "https://dev-1234.okta.com/")], &default),
            (
                &[("OKTA_ORG_URL", url), ("OKTA_DOMAIN", "dev-1234.okta.com")],
                &default,
            ),
            (
                &[("OKTA_ORG_URL", url), ("OKTA_ISSUER_URL", &named)],
                &named,
            ),
        ] {
            let variables = guides(variables).unwrap();
            assert_eq!(variables.get("OKTA_OAUTH2_ISSUER"), Some(&**issuer));
            assert_eq!(variables.get("OKTA_CLIENT_ORGURL"), Some(url));
        }
        let contradiction = [("OKTA_ORG_URL", url), ("OKTA_DOMAIN", "other.okta.com")];
        assert!(guides(&contradiction).is_err());
    }

    #[test]
    fn flask_scope_list_is_accepted() {
        let variables = guides(&[("OIDC_SCOPES", r#"["openid", "profile"]"#)]).unwrap();
        let scopes = variables.get("OKTA_OAUTH2_SCOPES").unwrap();
        let scopes: Vec<_> = scopes.split([' ', ',']).filter(|s| !s.is_empty()).collect();
        assert_eq!(scopes, ["openid", "profile"]);
    }

    #[test]
    fn prompt_alone_does_not_configure_an_issuer() {
        let variables = guides(&[("OKTA_PROMPT", "login")]).unwrap();
        assert_eq!(variables.prompt(), Some("login"));
        assert_eq!(variables.names().count(), 0);
    }

    #[test]
    fn switch_is_off_unless_true() {
        let switch = |value| guides(&[("EXAMPLE_X", value)]).unwrap().is_on("EXAMPLE_X");
        assert_eq!(switch("true"), Ok(true));
        assert_eq!(switch("false"), Ok(false));
        assert_eq!(switch(""), Ok(false));
        assert!(switch("yes").is_err());
    }

    #[test]
    fn debug_output_contains_no_values() {
        let variables = guides(&[("OKTA_AUTH_TOKEN", "s3cret")]).unwrap();
        assert_eq!(format!("{variables:?}"), r#"{"OKTA_CLIENT_TOKEN"}"#);
    }
}
