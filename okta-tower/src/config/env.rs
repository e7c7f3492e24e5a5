//! Settings from the environment, under the names of Okta's own libraries.

use std::{env, ffi::OsString, time::Duration};

#[cfg(any(feature = "api", feature = "sign-in"))]
use super::given::{Given, split_scopes};
use super::{ConfigError, ConfigErrorKind as Kind};
#[cfg(feature = "api")]
use crate::api::settings::builder::ApiAmbient;
use crate::base::secret::Secret;
#[cfg(feature = "sign-in")]
use crate::browser::settings::builder::Ambient;
use crate::okta::builder::OktaBuilder;

impl OktaBuilder {
    /// Reads the environment variables of the [table](super). For a `.env` file, load it first.
    ///
    /// # Errors
    /// [`Missing`](Kind::Missing) without an issuer; [`Contradiction`](Kind::Contradiction) where two spellings of a
    /// variable disagree; [`Invalid`](Kind::Invalid) where a value is not text, or not a number where one belongs.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::from_variables(|name| env::var_os(name))
    }

    /// The same with another source of variables: for tests, and for settings that come from elsewhere under the same
    /// names.
    ///
    /// ```
    /// use okta_tower::OktaBuilder;
    ///
    /// let set = |name: &str| match name {
    ///     "OKTA_OAUTH2_ISSUER" => Some("https://dev-1234.okta.com/oauth2/default".into()),
    ///     _ => None,
    /// };
    /// assert!(OktaBuilder::from_variables(set).is_ok_and(|builder| builder.check().is_ok()));
    /// assert!(OktaBuilder::from_variables(|_| None).is_err());
    /// ```
    ///
    /// # Errors
    /// As for [`from_env`](Self::from_env).
    pub fn from_variables(lookup: impl Fn(&str) -> Option<OsString>) -> Result<Self, ConfigError> {
        let builder = Self::empty().with_variables(&lookup)?;
        if builder.issuer.is_none() {
            let problem = "it is required: the issuer of your authorization server, such as https://{yourOktaDomain}/oauth2/default";
            return Err(ConfigError::new(
                Kind::Missing,
                "OKTA_OAUTH2_ISSUER",
                problem,
            ));
        }
        Ok(builder)
    }

    /// Lays the variables over what is there.
    pub(crate) fn with_variables(
        mut self,
        lookup: &impl Fn(&str) -> Option<OsString>,
    ) -> Result<Self, ConfigError> {
        let read = |names: &[&'static str]| read(lookup, names);
        if let Some(issuer) = read(&["OKTA_OAUTH2_ISSUER"])? {
            self.issuer = Some(issuer);
            self.issuer_setting = "OKTA_OAUTH2_ISSUER";
        }
        if let Some(audience) = read(&["OKTA_OAUTH2_AUDIENCE"])? {
            self.audiences = vec![audience];
        }
        if let Some(claim) = read(&["OKTA_OAUTH2_GROUPS_CLAIM", "OKTA_OAUTH2_GROUPSCLAIM"])? {
            self.groups_claim = claim;
        }
        if let Some(id) = read(&["OKTA_OAUTH2_CLIENT_ID", "OKTA_OAUTH2_CLIENTID"])? {
            self.client_id = Some(id);
        }
        if let Some(secret) = read(&["OKTA_OAUTH2_CLIENT_SECRET", "OKTA_OAUTH2_CLIENTSECRET"])? {
            self.client_secret = Some(Secret::new(secret));
        }
        #[cfg(feature = "sign-in")]
        self.ambient.lay_variables_over(lookup)?;
        #[cfg(feature = "api")]
        self.api_ambient.lay_variables_over(lookup)?;
        let oauth2 = [
            "OKTA_OAUTH2_PROXY_HOST",
            "OKTA_OAUTH2_PROXY_PORT",
            "OKTA_OAUTH2_PROXY_USERNAME",
            "OKTA_OAUTH2_PROXY_PASSWORD",
        ];
        let client = [
            "OKTA_CLIENT_PROXY_HOST",
            "OKTA_CLIENT_PROXY_PORT",
            "OKTA_CLIENT_PROXY_USERNAME",
            "OKTA_CLIENT_PROXY_PASSWORD",
        ];
        for [host, port, user, password] in [client, oauth2] {
            if let Some(host) = read(&[host])? {
                let (port, user, password) = (read(&[port])?, read(&[user])?, read(&[password])?);
                self.proxy = Some(proxy_url(
                    &host,
                    port.as_deref(),
                    user.as_deref(),
                    password.as_deref(),
                ));
            }
        }
        let connection = &[
            "OKTA_CLIENT_CONNECTIONTIMEOUT",
            "OKTA_CLIENT_CONNECTION_TIMEOUT",
        ];
        if let Some(timeout) = seconds(read(connection)?, connection[0])? {
            self.connect_timeout = timeout;
        }
        let request = &["OKTA_CLIENT_REQUESTTIMEOUT", "OKTA_CLIENT_REQUEST_TIMEOUT"];
        if let Some(timeout) = seconds(read(request)?, request[0])? {
            self.timeout = timeout;
        }
        let check = &[
            "OKTA_TESTING_DISABLEHTTPSCHECK",
            "OKTA_TESTING_DISABLE_HTTPS_CHECK",
        ];
        if let Some(is_disabled) = read(check)? {
            self.allows_http_on_loopback = match is_disabled.to_ascii_lowercase().as_str() {
                "true" | "1" => true,
                "false" | "0" => false,
                _ => {
                    let problem = "it must be true or false";
                    return Err(
                        ConfigError::new(Kind::Invalid, check[1], problem).showing(is_disabled)
                    );
                }
            };
        }
        Ok(self)
    }
}

#[cfg(feature = "sign-in")]
impl Ambient {
    fn lay_variables_over(
        &mut self,
        lookup: &impl Fn(&str) -> Option<OsString>,
    ) -> Result<(), ConfigError> {
        let given = |names: &[&'static str]| {
            Ok(read(lookup, names)?.map(|text| Given {
                text,
                setting: names[0],
            }))
        };
        let redirect = ["OKTA_OAUTH2_REDIRECT_URI", "OKTA_OAUTH2_REDIRECTURI"];
        if let Some(uri) = given(&redirect)? {
            self.redirect_uri = Some(uri);
        }
        let post_logout = [
            "OKTA_OAUTH2_POST_LOGOUT_REDIRECT_URI",
            "OKTA_OAUTH2_POSTLOGOUTREDIRECTURI",
        ];
        if let Some(uri) = given(&post_logout)? {
            self.post_logout_redirect_uri = Some(uri);
        }
        if let Some(scopes) = read(lookup, &["OKTA_OAUTH2_SCOPES"])? {
            self.scopes = Some(split_scopes(&scopes));
        }
        if let Some(keys) = read(lookup, &["OKTA_TOWER_COOKIE_KEYS"])? {
            self.cookie_keys = Some(Secret::new(keys));
        }
        Ok(())
    }
}

#[cfg(feature = "api")]
impl ApiAmbient {
    fn lay_variables_over(
        &mut self,
        lookup: &impl Fn(&str) -> Option<OsString>,
    ) -> Result<(), ConfigError> {
        let given = |setting| {
            let text = read(lookup, &[setting])?;
            Ok::<_, ConfigError>(text.map(|text| Given { text, setting }))
        };
        let secret = |setting| {
            let text = read(lookup, &[setting])?;
            Ok::<_, ConfigError>(text.map(Secret::new).map(|secret| (secret, setting)))
        };
        let retries = [
            "OKTA_CLIENT_RATELIMIT_MAXRETRIES",
            "OKTA_CLIENT_RATE_LIMIT_MAX_RETRIES",
        ];
        let max_retries = read(lookup, &retries)?.map(|text| Given {
            text,
            setting: retries[0],
        });
        let found = Self {
            org_url: given("OKTA_CLIENT_ORGURL")?,
            token: secret("OKTA_CLIENT_TOKEN")?,
            mode: given("OKTA_CLIENT_AUTHORIZATIONMODE")?,
            client_id: given("OKTA_CLIENT_CLIENTID")?,
            scopes: read(lookup, &["OKTA_CLIENT_SCOPES"])?.map(|text| split_scopes(&text)),
            private_key: secret("OKTA_CLIENT_PRIVATEKEY")?,
            private_key_id: given("OKTA_CLIENT_PRIVATEKEYID")?,
            max_retries,
        };
        self.lay_over(found);
        Ok(())
    }
}

/// One variable under any of its spellings. Empty is the same as not set.
fn read(
    lookup: &impl Fn(&str) -> Option<OsString>,
    spellings: &[&'static str],
) -> Result<Option<String>, ConfigError> {
    let mut found: Option<(&str, String)> = None;
    for name in spellings.iter().copied() {
        let Some(value) = lookup(name) else {
            continue;
        };
        // The value is not shown: which variables hold secrets is for their readers to know.
        let value = value
            .into_string()
            .map_err(|_| ConfigError::new(Kind::Invalid, name, "its value is not UTF-8 text"))?;
        let value = value.trim();
        if value.is_empty() {
            continue;
        }
        match &found {
            Some((other, before)) if before != value => {
                let problem = format!(
                    "it and {other} are two spellings of one setting and disagree; remove one"
                );
                return Err(ConfigError::new(Kind::Contradiction, name, problem));
            }
            Some(_) => {}
            None => found = Some((name, value.to_owned())),
        }
    }
    Ok(found.map(|(_, value)| value))
}

/// Okta's management SDKs count in whole seconds, and 0 is their word for "as usual".
fn seconds(value: Option<String>, name: &'static str) -> Result<Option<Duration>, ConfigError> {
    let Some(value) = value else {
        return Ok(None);
    };
    let seconds: u64 = value.parse().map_err(|_| {
        ConfigError::new(Kind::Invalid, name, "it must be a whole number of seconds")
            .showing(&value)
    })?;
    Ok((seconds > 0).then(|| Duration::from_secs(seconds)))
}

/// The parts of a proxy as one URL, each part encoded.
pub(crate) fn proxy_url(
    host: &str,
    port: Option<&str>,
    user: Option<&str>,
    password: Option<&str>,
) -> Secret {
    let encode = |text: &str| {
        percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
    };
    let mut url = String::from("http://");
    if let Some(user) = user {
        url += &encode(user);
        if let Some(password) = password {
            url += ":";
            url += &encode(password);
        }
        url += "@";
    }
    url += host;
    if let Some(port) = port {
        url += ":";
        url += port;
    }
    Secret::new(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISSUER: &str = "https://dev-1234.okta.com/oauth2/default";

    fn with(variables: &[(&str, &str)]) -> Result<OktaBuilder, ConfigError> {
        OktaBuilder::from_variables(|name| {
            let issuer = ("OKTA_OAUTH2_ISSUER", ISSUER);
            let mut all = variables.iter().copied().chain([issuer]);
            all.find(|(other, _)| *other == name)
                .map(|(_, value)| value.into())
        })
    }

    #[test]
    fn the_issuer_is_required_and_errors_name_the_variable() {
        let error = OktaBuilder::from_variables(|_| None).unwrap_err();
        assert_eq!(
            (error.kind(), error.setting()),
            (Kind::Missing, "OKTA_OAUTH2_ISSUER")
        );
        let error = with(&[(
            "OKTA_OAUTH2_ISSUER",
            "https://{yourOktaDomain}/oauth2/default",
        )])
        .unwrap();
        assert_eq!(error.check().unwrap_err().setting(), "OKTA_OAUTH2_ISSUER");
        assert!(with(&[]).unwrap().check().is_ok());
    }

    #[test]
    fn both_spellings_are_read() {
        for id in ["OKTA_OAUTH2_CLIENT_ID", "OKTA_OAUTH2_CLIENTID"] {
            assert_eq!(
                with(&[(id, "0oa1")]).unwrap().client_id.as_deref(),
                Some("0oa1")
            );
        }
        for secret in ["OKTA_OAUTH2_CLIENT_SECRET", "OKTA_OAUTH2_CLIENTSECRET"] {
            let builder = with(&[(secret, "s3cr3t")]).unwrap();
            assert_eq!(builder.client_secret.unwrap().expose(), "s3cr3t");
        }
        for claim in ["OKTA_OAUTH2_GROUPS_CLAIM", "OKTA_OAUTH2_GROUPSCLAIM"] {
            assert_eq!(with(&[(claim, "roles")]).unwrap().groups_claim, "roles");
        }
        for check in [
            "OKTA_TESTING_DISABLE_HTTPS_CHECK",
            "OKTA_TESTING_DISABLEHTTPSCHECK",
        ] {
            assert!(with(&[(check, "true")]).unwrap().allows_http_on_loopback);
            assert!(with(&[(check, "TRUE")]).unwrap().allows_http_on_loopback);
            assert!(!with(&[(check, "false")]).unwrap().allows_http_on_loopback);
            assert_eq!(
                with(&[(check, "yes please")]).unwrap_err().kind(),
                Kind::Invalid
            );
        }
        for timeout in ["OKTA_CLIENT_REQUESTTIMEOUT", "OKTA_CLIENT_REQUEST_TIMEOUT"] {
            assert_eq!(
                with(&[(timeout, "9")]).unwrap().timeout,
                Duration::from_secs(9)
            );
            assert_eq!(
                with(&[(timeout, "0")]).unwrap().timeout,
                Duration::from_secs(5)
            );
            assert_eq!(
                with(&[(timeout, "soon")]).unwrap_err().kind(),
                Kind::Invalid
            );
        }
        for timeout in [
            "OKTA_CLIENT_CONNECTIONTIMEOUT",
            "OKTA_CLIENT_CONNECTION_TIMEOUT",
        ] {
            assert_eq!(
                with(&[(timeout, "3")]).unwrap().connect_timeout,
                Duration::from_secs(3)
            );
        }
    }

    #[test]
    fn two_spellings_that_agree_are_one_and_two_that_disagree_are_an_error() {
        let both = |second| {
            with(&[
                ("OKTA_OAUTH2_CLIENT_SECRET", "s3cr3t"),
                ("OKTA_OAUTH2_CLIENTSECRET", second),
            ])
        };
        assert!(both("s3cr3t").is_ok());
        assert!(both("").is_ok());
        let error = both("hunter2").unwrap_err();
        assert_eq!(error.kind(), Kind::Contradiction);
        assert!(error.to_string().contains("OKTA_OAUTH2_CLIENT_SECRET"));
        assert!(!error.to_string().contains("hunter2") && !error.to_string().contains("s3cr3t"));
    }

    #[test]
    fn the_audience_defaults_to_oktas_own() {
        assert_eq!(with(&[]).unwrap().audiences, ["api://default"]);
        assert_eq!(
            with(&[("OKTA_OAUTH2_AUDIENCE", "")]).unwrap().audiences,
            ["api://default"]
        );
        assert_eq!(
            with(&[("OKTA_OAUTH2_AUDIENCE", "api://x")])
                .unwrap()
                .audiences,
            ["api://x"]
        );
        let builder = with(&[("OKTA_OAUTH2_AUDIENCE", "api://x")])
            .unwrap()
            .audience("api://y");
        assert_eq!(builder.audiences, ["api://y"]);
    }

    #[test]
    fn a_proxy_is_put_together_from_its_parts() {
        let builder = with(&[
            ("OKTA_OAUTH2_PROXY_HOST", "egress.example.com"),
            ("OKTA_OAUTH2_PROXY_PORT", "3128"),
            ("OKTA_OAUTH2_PROXY_USERNAME", "a:da"),
            ("OKTA_OAUTH2_PROXY_PASSWORD", "p@ss/word"),
        ]);
        let proxy = builder.unwrap().build().unwrap().fetch.proxy.unwrap();
        assert_eq!(proxy.url.as_str(), "http://egress.example.com:3128/");
        let (user, password) = proxy.credentials.unwrap();
        assert_eq!((user.as_str(), password.expose()), ("a:da", "p@ss/word"));
    }

    #[test]
    fn the_proxy_of_oktas_management_libraries_is_read_where_there_is_no_other() {
        let proxy = |variables: &[(&str, &str)]| {
            let proxy = with(variables).unwrap().build().unwrap().fetch.proxy;
            proxy.unwrap().url.to_string()
        };
        let client = ("OKTA_CLIENT_PROXY_HOST", "client.example.com");
        assert_eq!(proxy(&[client]), "http://client.example.com/");
        let oauth2 = ("OKTA_OAUTH2_PROXY_HOST", "oauth2.example.com");
        assert_eq!(proxy(&[client, oauth2]), "http://oauth2.example.com/");
    }

    #[cfg(unix)]
    #[test]
    fn a_value_that_is_no_text_is_an_error() {
        use std::os::unix::ffi::OsStringExt;
        let lookup =
            |name: &str| (name == "OKTA_OAUTH2_ISSUER").then(|| OsString::from_vec(vec![0xff]));
        let error = OktaBuilder::from_variables(lookup).unwrap_err();
        assert_eq!(
            (error.kind(), error.setting()),
            (Kind::Invalid, "OKTA_OAUTH2_ISSUER")
        );
    }
}
