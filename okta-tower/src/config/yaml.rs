//! Settings from `okta.yaml`, the file of Okta's own libraries. Feature `yaml`.
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
//!     redirectUri: "https://app.example.com/authorization-code/callback"   # these three: feature `sign-in`
//!     postLogoutRedirectUri: "https://app.example.com/"
//!     scopes: ["openid", "profile", "email"]
//!   testing:
//!     disableHttpsCheck: false
//! ```

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
    time::Duration,
};

use saphyr::{LoadableYamlNode, Yaml};

#[cfg(any(feature = "api", feature = "sign-in"))]
use super::given::{Given, split_scopes};
use super::{
    ConfigError, ConfigErrorKind as Kind,
    env::proxy_url,
    file::{file_error, read},
};
#[cfg(feature = "api")]
use crate::api::settings::builder::ApiAmbient;
use crate::base::secret::Secret;
use crate::okta::builder::OktaBuilder;

impl OktaBuilder {
    /// Reads every place where Okta's libraries look, in their order, the later one winning: `~/.okta/okta.yaml`, then
    /// `okta.yaml` or `.okta.yaml` in the working directory, then the environment as [`from_env`](Self::from_env) has it. Files
    /// that are not there are passed over.
    ///
    /// # Errors
    /// [`File`](Kind::File) where a file is there and cannot be read or is no YAML; [`Invalid`](Kind::Invalid) where a value
    /// has the wrong type; [`Missing`](Kind::Missing) where none of the places names an issuer; and as for
    /// [`from_env`](Self::from_env).
    pub fn from_yaml() -> Result<Self, ConfigError> {
        let home = env::var_os("HOME").or_else(|| env::var_os("USERPROFILE"));
        Self::from_places(home.map(PathBuf::from).as_deref(), Path::new("."), |name| {
            env::var_os(name)
        })
    }

    /// Reads one file, and nothing else.
    ///
    /// # Errors
    /// As for [`from_yaml`](Self::from_yaml), and where the file is not there.
    pub fn from_yaml_file(path: impl AsRef<Path>) -> Result<Self, ConfigError> {
        let path = path.as_ref();
        match read(path)? {
            Some(text) => Self::empty().with_yaml(&text, path)?.with_issuer_required(),
            None => Err(file_error(path, "it is not there")),
        }
    }

    fn from_places(
        home: Option<&Path>,
        folder: &Path,
        lookup: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Self, ConfigError> {
        let mut places: Vec<PathBuf> = home
            .map(|home| home.join(".okta").join("okta.yaml"))
            .into_iter()
            .collect();
        places.extend(["okta.yaml", ".okta.yaml"].map(|name| folder.join(name)));
        let mut builder = Self::empty();
        for place in places {
            if let Some(text) = read(&place)? {
                builder = builder.with_yaml(&text, &place)?;
            }
        }
        builder.with_variables(&lookup)?.with_issuer_required()
    }

    fn with_issuer_required(self) -> Result<Self, ConfigError> {
        if self.issuer.is_none() {
            let problem = "it is required: the issuer of your authorization server, such as https://{yourOktaDomain}/oauth2/default";
            return Err(ConfigError::new(
                Kind::Missing,
                "okta.oauth2.issuer",
                problem,
            ));
        }
        Ok(self)
    }

    /// Lays what the text says over what is there. Members that are not known are passed over: other libraries have theirs
    /// in the same file.
    fn with_yaml(mut self, text: &str, path: &Path) -> Result<Self, ConfigError> {
        let documents = Yaml::load_from_str(text).map_err(|error| {
            // The error's own text may quote the file, which holds secrets.
            file_error(
                path,
                &format!("it is no YAML: see line {}", error.marker().line()),
            )
        })?;
        let Some(root) = documents.first() else {
            return Ok(self);
        };
        if let Some(issuer) = string(root, "okta.oauth2.issuer")? {
            self.issuer = Some(issuer);
            self.issuer_setting = "okta.oauth2.issuer";
        }
        if let Some(audience) = string(root, "okta.oauth2.audience")? {
            self.audiences = vec![audience];
        }
        if let Some(claim) = string(root, "okta.oauth2.groupsClaim")? {
            self.groups_claim = claim;
        }
        if let Some(id) = string(root, "okta.oauth2.clientId")? {
            self.client_id = Some(id);
        }
        if let Some(secret) = string(root, "okta.oauth2.clientSecret")? {
            self.client_secret = Some(Secret::new(secret));
        }
        #[cfg(feature = "sign-in")]
        self.lay_sign_in_over(root)?;
        #[cfg(feature = "api")]
        self.lay_api_over(root)?;
        if let Some(timeout) = seconds(root, "okta.client.connectionTimeout")? {
            self.connect_timeout = timeout;
        }
        if let Some(timeout) = seconds(root, "okta.client.requestTimeout")? {
            self.timeout = timeout;
        }
        for proxy in ["okta.client.proxy", "okta.oauth2.proxy"] {
            let part = |name: &str| string(root, &format!("{proxy}.{name}"));
            if let Some(host) = part("host")? {
                let (port, user, password) = (
                    number(root, &format!("{proxy}.port"))?,
                    part("username")?,
                    part("password")?,
                );
                self.proxy = Some(proxy_url(
                    &host,
                    port.as_deref(),
                    user.as_deref(),
                    password.as_deref(),
                ));
            }
        }
        if let Some(is_disabled) = boolean(root, "okta.testing.disableHttpsCheck")? {
            self.allows_http_on_loopback = is_disabled;
        }
        Ok(self)
    }
}

#[cfg(feature = "sign-in")]
impl OktaBuilder {
    fn lay_sign_in_over(&mut self, root: &Yaml<'_>) -> Result<(), ConfigError> {
        let given =
            |setting: &'static str| Ok(string(root, setting)?.map(|text| Given { text, setting }));
        let ambient = &mut self.ambient;
        if let Some(uri) = given("okta.oauth2.redirectUri")? {
            ambient.redirect_uri = Some(uri);
        }
        if let Some(uri) = given("okta.oauth2.postLogoutRedirectUri")? {
            ambient.post_logout_redirect_uri = Some(uri);
        }
        if let Some(scopes) = strings(root, "okta.oauth2.scopes")? {
            ambient.scopes = Some(scopes);
        }
        Ok(())
    }
}

#[cfg(feature = "api")]
impl OktaBuilder {
    fn lay_api_over(&mut self, root: &Yaml<'_>) -> Result<(), ConfigError> {
        let given = |setting: &'static str| {
            let text = string(root, setting)?;
            Ok::<_, ConfigError>(text.map(|text| Given { text, setting }))
        };
        let secret = |setting: &'static str| {
            let text = string(root, setting)?;
            Ok::<_, ConfigError>(text.map(|text| (Secret::new(text), setting)))
        };
        let retries = "okta.client.rateLimit.maxRetries";
        let max_retries = number(root, retries)?.map(|text| Given {
            text,
            setting: retries,
        });
        self.api_ambient.lay_over(ApiAmbient {
            org_url: given("okta.client.orgUrl")?,
            token: secret("okta.client.token")?,
            mode: given("okta.client.authorizationMode")?,
            client_id: given("okta.client.clientId")?,
            scopes: strings(root, "okta.client.scopes")?,
            private_key: secret("okta.client.privateKey")?,
            private_key_id: given("okta.client.privateKeyId")?,
            max_retries,
        });
        Ok(())
    }
}

/// An array of strings, or one string that holds them all.
#[cfg(any(feature = "api", feature = "sign-in"))]
fn strings(root: &Yaml<'_>, path: &str) -> Result<Option<Vec<String>>, ConfigError> {
    let Some(value) = value(root, path) else {
        return Ok(None);
    };
    let wrong = || wrong_type(path, "a string or an array of strings");
    if let Some(text) = value.as_str() {
        return Ok(Some(split_scopes(text)));
    }
    let elements = value.as_sequence().ok_or_else(wrong)?.iter();
    let element = |element: &Yaml<'_>| element.as_str().map(str::to_owned).ok_or_else(wrong);
    elements.map(element).collect::<Result<_, _>>().map(Some)
}

/// The value at a dotted path. Empty and null are the same as not there.
fn value<'y>(root: &'y Yaml<'y>, path: &str) -> Option<&'y Yaml<'y>> {
    let found = path
        .split('.')
        .try_fold(root, |node, name| node.as_mapping_get(name))?;
    let is_empty = found.is_null() || found.as_str().is_some_and(|text| text.trim().is_empty());
    (!is_empty).then_some(found)
}

fn wrong_type(path: &str, expected: &str) -> ConfigError {
    // The value is not shown: it may be a secret that stands in the wrong place.
    ConfigError::new(
        Kind::Invalid,
        path.to_owned(),
        format!("it must be {expected}"),
    )
}

/// A string. A number without quotes is not taken for one: YAML would have read `0123` as another password.
fn string(root: &Yaml<'_>, path: &str) -> Result<Option<String>, ConfigError> {
    let Some(value) = value(root, path) else {
        return Ok(None);
    };
    match value.as_str() {
        Some(text) => Ok(Some(text.trim().to_owned())),
        None => Err(wrong_type(path, "a string; put it in quotes")),
    }
}

/// A number, with quotes or without.
fn number(root: &Yaml<'_>, path: &str) -> Result<Option<String>, ConfigError> {
    match value(root, path).map(Yaml::as_integer) {
        Some(Some(number)) => Ok(Some(number.to_string())),
        _ => string(root, path),
    }
}

fn seconds(root: &Yaml<'_>, path: &str) -> Result<Option<Duration>, ConfigError> {
    let Some(value) = value(root, path) else {
        return Ok(None);
    };
    let seconds = (value.as_integer())
        .and_then(|seconds| u64::try_from(seconds).ok())
        .ok_or_else(|| wrong_type(path, "a whole number of seconds"))?;
    Ok((seconds > 0).then(|| Duration::from_secs(seconds)))
}

fn boolean(root: &Yaml<'_>, path: &str) -> Result<Option<bool>, ConfigError> {
    let Some(value) = value(root, path) else {
        return Ok(None);
    };
    value
        .as_bool()
        .map(Some)
        .ok_or_else(|| wrong_type(path, "true or false"))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn parse(text: &str) -> Result<OktaBuilder, ConfigError> {
        OktaBuilder::empty().with_yaml(text, Path::new("okta.yaml"))
    }

    #[test]
    fn the_members_of_oktas_file_are_read_and_others_passed_over() {
        let builder = parse(
            "okta:\n  client:\n    orgUrl: https://x.okta.com\n    connectionTimeout: 3\n    requestTimeout: 0\n    rateLimit: { maxRetries: 4 }\n    proxy: { host: p.example.com, port: 3128, username: ada, password: '012' }\n  oauth2:\n    issuer: https://x.okta.com/oauth2/default\n    audience: api://x\n    groupsClaim: roles\n    clientId: 0oa1\n    clientSecret: s3cr3t\n  testing:\n    disableHttpsCheck: true\n",
        );
        let builder = builder.unwrap();
        assert_eq!(
            builder.issuer.as_deref(),
            Some("https://x.okta.com/oauth2/default")
        );
        assert_eq!(builder.audiences, ["api://x"]);
        assert_eq!(builder.groups_claim, "roles");
        assert_eq!(builder.client_id.as_deref(), Some("0oa1"));
        assert_eq!(builder.client_secret.as_ref().unwrap().expose(), "s3cr3t");
        assert_eq!(builder.connect_timeout, Duration::from_secs(3));
        assert_eq!(builder.timeout, Duration::from_secs(5));
        assert_eq!(
            builder.proxy.as_ref().unwrap().expose(),
            "http://ada:012@p.example.com:3128"
        );
        assert!(builder.allows_http_on_loopback);
        assert!(builder.check().is_ok());
    }

    #[cfg(feature = "api")]
    #[test]
    fn the_members_for_the_management_api_are_read() {
        let text = "okta:\n  client:\n    orgUrl: https://x.okta.com\n    token: 00tX\n    authorizationMode: SSWS\n    clientId: 0oa1\n    privateKey: none\n    privateKeyId: k1\n    scopes: [okta.users.read, okta.users.manage]\n    rateLimit: { maxRetries: 4 }\n";
        let ambient = parse(text).unwrap().api_ambient;
        let text = |given: Option<Given>| given.unwrap().text;
        assert_eq!(text(ambient.org_url), "https://x.okta.com");
        assert_eq!(ambient.token.unwrap().0.expose(), "00tX");
        assert_eq!(text(ambient.mode), "SSWS");
        assert_eq!(text(ambient.client_id), "0oa1");
        assert_eq!(ambient.private_key.unwrap().0.expose(), "none");
        assert_eq!(text(ambient.private_key_id), "k1");
        assert_eq!(
            ambient.scopes.unwrap(),
            ["okta.users.read", "okta.users.manage"]
        );
        assert_eq!(text(ambient.max_retries), "4");
    }

    #[test]
    fn a_value_of_the_wrong_type_is_named_and_not_shown() {
        for (text, setting) in [
            (
                "okta: { oauth2: { issuer: [hunter2] } }",
                "okta.oauth2.issuer",
            ),
            (
                "okta: { oauth2: { clientSecret: { a: hunter2 } } }",
                "okta.oauth2.clientSecret",
            ),
            (
                "okta: { client: { requestTimeout: hunter2 } }",
                "okta.client.requestTimeout",
            ),
            (
                "okta: { client: { connectionTimeout: -1 } }",
                "okta.client.connectionTimeout",
            ),
            (
                "okta: { testing: { disableHttpsCheck: hunter2 } }",
                "okta.testing.disableHttpsCheck",
            ),
        ] {
            let error = parse(text).unwrap_err();
            assert_eq!((error.kind(), error.setting()), (Kind::Invalid, setting));
            assert!(!error.to_string().contains("hunter2"));
        }
        let error = parse("okta: { clientSecret: 'hunter2\n").unwrap_err();
        assert_eq!(error.kind(), Kind::File);
        assert!(!error.to_string().contains("hunter2"));
    }

    #[test]
    fn what_says_nothing_changes_nothing() {
        for text in [
            "",
            "# nothing\n",
            "okta:\n",
            "okta: { oauth2: { issuer: '' } }",
            "[1, 2]",
            "other: 1",
        ] {
            assert!(parse(text).unwrap().issuer.is_none(), "{text}");
        }
    }

    #[test]
    fn later_places_win_over_earlier_ones() {
        let root = env::temp_dir().join(format!("okta-tower-yaml-{}", std::process::id()));
        let (home, folder) = (root.join("home"), root.join("folder"));
        fs::create_dir_all(home.join(".okta")).unwrap();
        fs::create_dir_all(&folder).unwrap();
        let none = |_: &str| None;
        let missing = OktaBuilder::from_places(Some(&home), &folder, none).unwrap_err();
        assert_eq!(missing.kind(), Kind::Missing);

        let write = |path: PathBuf, id: &str, audience: &str| {
            let text = format!(
                "okta: {{ oauth2: {{ issuer: 'https://{id}.okta.com/oauth2/default', audience: '{audience}' }} }}"
            );
            fs::write(path, text).unwrap();
        };
        write(home.join(".okta").join("okta.yaml"), "home", "api://home");
        let builder = OktaBuilder::from_places(Some(&home), &folder, none).unwrap();
        assert_eq!(
            builder.issuer.as_deref(),
            Some("https://home.okta.com/oauth2/default")
        );

        write(folder.join("okta.yaml"), "project", "");
        let builder = OktaBuilder::from_places(Some(&home), &folder, none).unwrap();
        assert_eq!(
            builder.issuer.as_deref(),
            Some("https://project.okta.com/oauth2/default")
        );
        assert_eq!(builder.audiences, ["api://home"]);

        let variable = |name: &str| (name == "OKTA_OAUTH2_AUDIENCE").then(|| "api://env".into());
        let builder = OktaBuilder::from_places(Some(&home), &folder, variable).unwrap();
        assert_eq!(builder.audiences, ["api://env"]);
        assert_eq!(builder.audience("api://call").audiences, ["api://call"]);

        let absent = OktaBuilder::from_yaml_file(folder.join("none.yaml")).unwrap_err();
        assert_eq!(absent.kind(), Kind::File);
        fs::write(folder.join("okta.yaml"), "#".repeat(300_000)).unwrap();
        let long = OktaBuilder::from_yaml_file(folder.join("okta.yaml")).unwrap_err();
        assert!(long.to_string().contains("256 KiB"));
        fs::remove_dir_all(root).unwrap();
    }
}
