//! Settings: gathered by a builder, from the environment, or from Okta's own `okta.yaml`; checked as a whole when the
//! builder is started.
//!
//! What is gathered later wins: `~/.okta/okta.yaml`, then the project's `okta.yaml`, then the environment, then the calls
//! on the builder. Every mistake is a [`ConfigError`] that names the setting and says what to do.
//!
//! | variable | builder | default |
//! |---|---|---|
//! | `OKTA_OAUTH2_ISSUER` | [`Okta::builder`](crate::Okta::builder) | required |
//! | `OKTA_OAUTH2_AUDIENCE` | [`audience`](OktaBuilder::audience) | `api://default` |
//! | `OKTA_OAUTH2_GROUPS_CLAIM`, `…_GROUPSCLAIM` | [`groups_claim`](OktaBuilder::groups_claim) | `groups` |
//! | `OKTA_OAUTH2_CLIENT_ID`, `…_CLIENTID` | [`client_id`](OktaBuilder::client_id) | none |
//! | `OKTA_OAUTH2_CLIENT_SECRET`, `…_CLIENTSECRET` | [`client_secret`](OktaBuilder::client_secret) | none |
//! | `OKTA_OAUTH2_REDIRECT_URI`, `…_REDIRECTURI` | `SignIn::redirect_uri` (feature `sign-in`, like the next three) | required to sign in |
//! | `OKTA_OAUTH2_POST_LOGOUT_REDIRECT_URI`, `…_POSTLOGOUTREDIRECTURI` | `SignIn::post_logout_redirect_uri` | the redirect URI's origin and `/` |
//! | `OKTA_OAUTH2_SCOPES` (separated by spaces or commas) | `SignIn::scopes` | `openid profile email` |
//! | `OKTA_TOWER_COOKIE_KEYS` (base64url, 32 bytes each; separated by spaces or commas) | `SignIn::cookie_keys` | required to sign in away from loopback |
//! | `OKTA_CLIENT_ORGURL` | `ManagementApi::org_url` (feature `api`, like the next seven) | the issuer's origin |
//! | `OKTA_CLIENT_TOKEN` | `ManagementApi::token` | this, or a service, is required for the management API |
//! | `OKTA_CLIENT_CLIENTID` | `ManagementApi::service` | none |
//! | `OKTA_CLIENT_PRIVATEKEY` (PEM, with line breaks or `\n`) | `ManagementApi::service` | none |
//! | `OKTA_CLIENT_PRIVATEKEYID` | `ManagementApi::service` | none |
//! | `OKTA_CLIENT_SCOPES` (separated by spaces or commas) | `ManagementApi::scopes` | `okta.users.read` |
//! | `OKTA_CLIENT_AUTHORIZATIONMODE` (`SSWS` or `PrivateKey`) | by `token` or `service` | by what is there |
//! | `OKTA_CLIENT_RATELIMIT_MAXRETRIES`, `…_RATE_LIMIT_MAX_RETRIES` | `ManagementApi::max_retries` | 1 |
//! | `OKTA_OAUTH2_PROXY_HOST`, `…_PORT`, `…_USERNAME`, `…_PASSWORD`; else `OKTA_CLIENT_PROXY_…` | [`proxy`](OktaBuilder::proxy) | the system's; port 80 where none is named |
//! | `OKTA_CLIENT_CONNECTIONTIMEOUT`, `…_CONNECTION_TIMEOUT` (seconds; 0 means the default) | [`connect_timeout`](OktaBuilder::connect_timeout) | 2 s |
//! | `OKTA_CLIENT_REQUESTTIMEOUT`, `…_REQUEST_TIMEOUT` (seconds; 0 means the default) | [`fetch_timeout`](OktaBuilder::fetch_timeout) | 5 s |
//! | `OKTA_TESTING_DISABLEHTTPSCHECK`, `…_DISABLE_HTTPS_CHECK` (`true`, `1`, `false`, `0`) | [`danger().allow_http_on_loopback()`](crate::danger) | `false` |
//!
//! An empty variable counts as one that is not set, as `.env` templates are full of them. Two spellings of one variable
//! that disagree are an error.

#[cfg(feature = "sign-in")]
mod client_secrets;
mod env;
mod error;
#[cfg(any(feature = "sign-in", feature = "yaml"))]
mod file;
#[cfg(any(feature = "api", feature = "sign-in"))]
pub(crate) mod given;
pub(crate) mod issuer;
#[cfg(feature = "yaml")]
mod yaml;

pub use self::error::{ConfigError, ConfigErrorKind};
