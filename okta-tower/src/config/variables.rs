//! The table of the variables. The readers of the environment and of files go through it row by
//! row, and `docs/configuration.md` lists it.

use super::setting::Setting;

/// One row: a setting that the environment or a file may contain.
#[derive(Debug)]
pub(crate) struct Variable {
    /// The spellings of the environment variable.
    pub(crate) names: &'static [&'static str],
    /// The dotted path in `okta.yaml`.
    #[allow(dead_code, reason = "only the feature `yaml` reads it")]
    pub(crate) yaml: Option<&'static str>,
    /// The method of a builder that sets the same.
    pub(crate) setter: &'static str,
    pub(crate) form: Form,
}

/// What a value consists of. The environment contains text only; a YAML file has types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Text,
    /// Text that no error shows.
    Secret,
    /// An integer, with or without quotes.
    Number,
    /// Whole seconds. 0 stands for the default, as in Okta's management SDKs.
    Seconds,
    /// True or false.
    Flag,
    /// Words separated by spaces or commas. A YAML file may contain an array.
    Words,
}

/// Declares rows, and the table of them.
macro_rules! table {
    (
        $table:ident;
        $($row:ident: $form:ident, $setter:literal, [$($name:literal),+], $yaml:expr;)+
    ) => {
        $(pub(crate) static $row: Variable = Variable {
            names: &[$($name),+],
            yaml: $yaml,
            setter: $setter,
            form: Form::$form,
        };)+

        static $table: &[&Variable] = &[$(&$row),+];
    };
}

table! {
    CORE;
    ISSUER: Text, "issuer", ["OKTA_OAUTH2_ISSUER"], Some("okta.oauth2.issuer");
    AUDIENCE: Text, "audience", ["OKTA_OAUTH2_AUDIENCE"], Some("okta.oauth2.audience");
    GROUPS_CLAIM: Text, "groups_claim",
        ["OKTA_OAUTH2_GROUPS_CLAIM", "OKTA_OAUTH2_GROUPSCLAIM"], Some("okta.oauth2.groupsClaim");
    CLIENT_ID: Text, "client_id",
        ["OKTA_OAUTH2_CLIENT_ID", "OKTA_OAUTH2_CLIENTID"], Some("okta.oauth2.clientId");
    CLIENT_SECRET: Secret, "client_secret",
        ["OKTA_OAUTH2_CLIENT_SECRET", "OKTA_OAUTH2_CLIENTSECRET"], Some("okta.oauth2.clientSecret");
    ISSUER_ADDRESS: Text, "issuer_address", ["OKTA_TOWER_ISSUER_ADDRESS"], None;
    CLIENT_PROXY_HOST: Text, "proxy",
        ["OKTA_CLIENT_PROXY_HOST"], Some("okta.client.proxy.host");
    CLIENT_PROXY_PORT: Number, "proxy",
        ["OKTA_CLIENT_PROXY_PORT"], Some("okta.client.proxy.port");
    CLIENT_PROXY_USERNAME: Text, "proxy",
        ["OKTA_CLIENT_PROXY_USERNAME"], Some("okta.client.proxy.username");
    CLIENT_PROXY_PASSWORD: Secret, "proxy",
        ["OKTA_CLIENT_PROXY_PASSWORD"], Some("okta.client.proxy.password");
    PROXY_HOST: Text, "proxy", ["OKTA_OAUTH2_PROXY_HOST"], Some("okta.oauth2.proxy.host");
    PROXY_PORT: Number, "proxy", ["OKTA_OAUTH2_PROXY_PORT"], Some("okta.oauth2.proxy.port");
    PROXY_USERNAME: Text, "proxy",
        ["OKTA_OAUTH2_PROXY_USERNAME"], Some("okta.oauth2.proxy.username");
    PROXY_PASSWORD: Secret, "proxy",
        ["OKTA_OAUTH2_PROXY_PASSWORD"], Some("okta.oauth2.proxy.password");
    CONNECT_TIMEOUT: Seconds, "connect_timeout",
        ["OKTA_CLIENT_CONNECTIONTIMEOUT", "OKTA_CLIENT_CONNECTION_TIMEOUT"],
        Some("okta.client.connectionTimeout");
    FETCH_TIMEOUT: Seconds, "fetch_timeout",
        ["OKTA_CLIENT_REQUESTTIMEOUT", "OKTA_CLIENT_REQUEST_TIMEOUT"],
        Some("okta.client.requestTimeout");
    DISABLE_HTTPS_CHECK: Flag, "danger().allow_http_on_loopback",
        ["OKTA_TESTING_DISABLEHTTPSCHECK", "OKTA_TESTING_DISABLE_HTTPS_CHECK"],
        Some("okta.testing.disableHttpsCheck");
}

// Read by `SignIn`.
table! {
    SIGN_IN;
    REDIRECT_URI: Text, "redirect_uri",
        ["OKTA_OAUTH2_REDIRECT_URI", "OKTA_OAUTH2_REDIRECTURI"], Some("okta.oauth2.redirectUri");
    POST_LOGOUT_REDIRECT_URI: Text, "post_logout_redirect_uri",
        ["OKTA_OAUTH2_POST_LOGOUT_REDIRECT_URI", "OKTA_OAUTH2_POSTLOGOUTREDIRECTURI"],
        Some("okta.oauth2.postLogoutRedirectUri");
    PUBLIC_PREFIX: Text, "public_prefix", ["OKTA_TOWER_PUBLIC_PREFIX"], None;
    SCOPES: Words, "scopes", ["OKTA_OAUTH2_SCOPES"], Some("okta.oauth2.scopes");
    COOKIE_KEYS: Secret, "cookie_keys", ["OKTA_TOWER_COOKIE_KEYS"], None;
}

// Read by `ManagementApi`.
table! {
    API;
    ORG_URL: Text, "org_url", ["OKTA_CLIENT_ORGURL"], Some("okta.client.orgUrl");
    API_TOKEN: Secret, "token", ["OKTA_CLIENT_TOKEN"], Some("okta.client.token");
    API_MODE: Text, "token or service",
        ["OKTA_CLIENT_AUTHORIZATIONMODE"], Some("okta.client.authorizationMode");
    API_CLIENT_ID: Text, "service", ["OKTA_CLIENT_CLIENTID"], Some("okta.client.clientId");
    API_PRIVATE_KEY: Secret, "service",
        ["OKTA_CLIENT_PRIVATEKEY"], Some("okta.client.privateKey");
    API_PRIVATE_KEY_ID: Text, "service",
        ["OKTA_CLIENT_PRIVATEKEYID"], Some("okta.client.privateKeyId");
    API_SCOPES: Words, "scopes", ["OKTA_CLIENT_SCOPES"], Some("okta.client.scopes");
    MAX_RETRIES: Number, "max_retries",
        ["OKTA_CLIENT_RATELIMIT_MAXRETRIES", "OKTA_CLIENT_RATE_LIMIT_MAX_RETRIES"],
        Some("okta.client.rateLimit.maxRetries");
}

/// Returns the rows whose feature is on: a setting that nothing uses must not make a start fail.
pub(crate) fn in_use() -> impl Iterator<Item = &'static Variable> {
    let sign_in = SIGN_IN.iter().filter(|_| cfg!(feature = "sign-in"));
    let api = API.iter().filter(|_| cfg!(feature = "api"));
    CORE.iter().chain(sign_in).chain(api).copied()
}

/// Returns every row, whether its feature is on or not.
pub(crate) fn rows() -> impl Iterator<Item = &'static Variable> {
    CORE.iter().chain(SIGN_IN).chain(API).copied()
}

/// What the readers found, by row. Contains secrets, and therefore has no `Debug`.
#[derive(Clone, Default)]
pub(crate) struct Found(Vec<(&'static Variable, Setting<String>)>);

impl Found {
    pub(crate) fn put(&mut self, row: &'static Variable, setting: Setting<String>) {
        self.0.push((row, setting));
    }

    /// Adds what another reader found.
    pub(crate) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Returns the setting with the highest origin, the last one among equal origins.
    pub(crate) fn get(&self, row: &'static Variable) -> Option<Setting<String>> {
        let of_row = self.0.iter().filter(|(found, _)| std::ptr::eq(*found, row));
        of_row.fold(None, |best, (_, setting)| {
            Setting::higher(best, Some(setting.clone()))
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_name_and_path_is_in_one_row() {
        let mut names = BTreeSet::new();
        for row in in_use() {
            for name in row.names.iter().chain(&row.yaml) {
                assert!(names.insert(*name), "{name}");
            }
        }
    }
}
