//! The builder of the management API: setters that cannot fail. `check.rs` checks what they set.

use std::{fmt, time::Duration};

use crate::{
    base::secret::Secret,
    config::{
        setting::Setting,
        variables::{API_CLIENT_ID, API_PRIVATE_KEY, API_SCOPES, API_TOKEN, MAX_RETRIES, ORG_URL},
    },
};

/// Settings for Okta's management API. Feature `api`.
///
/// [`OktaBuilder::api`](crate::OktaBuilder::api) takes them; the start of the builder checks them.
/// The API requires credentials, here or in the environment: an API token (`OKTA_CLIENT_TOKEN`), or
/// the client ID and key of a service (`OKTA_CLIENT_CLIENTID`, `OKTA_CLIENT_PRIVATEKEY`). Okta
/// recommends a service, which is limited to scopes. A token has every right of the administrator
/// who made it.
///
/// ```
/// use okta_tower::{ManagementApi, Okta};
///
/// let builder = Okta::builder("https://dev-1234.okta.com/oauth2/default");
/// let api = ManagementApi::new().token("00tXoPUxgPeyzMQO8zIpBXQwvQZrJCvWiEVAMcmTTbX");
/// assert!(builder.clone().api(api).check().is_ok());
///
/// // Without credentials, and with plain `http`:
/// assert!(builder.clone().api(ManagementApi::new()).check().is_err());
/// let open = ManagementApi::new().token("00tXoPUx").org_url("http://dev-1234.okta.com");
/// assert!(builder.api(open).check().is_err());
/// ```
///
/// # Security
/// The credentials go only to the org's origin. Redirects and next pages on other origins are not
/// followed.
#[derive(Clone)]
#[must_use = "API settings do nothing until `OktaBuilder::api` takes them"]
pub struct ManagementApi {
    pub(super) org_url: Option<Setting<String>>,
    pub(super) token: Option<Setting<Secret>>,
    pub(super) service: Option<Service>,
    pub(super) scopes: Option<Setting<Vec<String>>>,
    pub(super) max_retries: Option<Setting<u32>>,
    pub(super) max_wait: Duration,
    pub(super) user_ttl: Duration,
    pub(super) max_users: usize,
}

/// A service application at Okta.
#[derive(Clone)]
pub(super) struct Service {
    pub(super) client_id: Setting<String>,
    pub(super) pem: Setting<Secret>,
    pub(super) kid: Option<String>,
}

impl Default for ManagementApi {
    fn default() -> Self {
        Self::new()
    }
}

impl ManagementApi {
    /// Returns the defaults, with the credentials of the environment.
    pub fn new() -> Self {
        Self {
            org_url: None,
            token: None,
            service: None,
            scopes: None,
            max_retries: None,
            max_wait: Duration::from_secs(5),
            user_ttl: Duration::from_secs(60),
            max_users: 10_000,
        }
    }

    /// Sets the URL of the org: `https://{yourOktaDomain}`. Default: `OKTA_CLIENT_ORGURL`, else the
    /// issuer's origin.
    pub fn org_url(mut self, url: impl Into<String>) -> Self {
        self.org_url = Some(Setting::built(ORG_URL.setter, url.into()));
        self
    }

    /// Sets an API token (`Authorization: SSWS …`). Default: `OKTA_CLIENT_TOKEN`.
    ///
    /// # Security
    /// The token has every right of the administrator who made it. Scopes limit a
    /// [`service`](Self::service).
    pub fn token(mut self, token: impl Into<Secret>) -> Self {
        self.token = Some(Setting::built(API_TOKEN.setter, token.into()));
        self
    }

    /// Sets a service application, which signs assertions with a key (OAuth for Okta,
    /// `private_key_jwt`). Default: `OKTA_CLIENT_CLIENTID`, `OKTA_CLIENT_PRIVATEKEY` and
    /// `OKTA_CLIENT_PRIVATEKEYID`.
    ///
    /// `pem` is an RSA key of 2048 bits or more, or a key on P-256. `kid` is the key's ID at Okta,
    /// which a service with several keys needs. At Okta, the service needs an admin role and the
    /// [scopes](Self::scopes), and must not require DPoP.
    pub fn service(
        mut self,
        client_id: impl Into<String>,
        pem: impl Into<Secret>,
        kid: Option<&str>,
    ) -> Self {
        self.service = Some(Service {
            client_id: Setting::built(API_CLIENT_ID.setter, client_id.into()),
            pem: Setting::built(API_PRIVATE_KEY.setter, pem.into()),
            kid: kid.map(Into::into),
        });
        self
    }

    /// Sets the scopes that a [service](Self::service) requests. Default: `OKTA_CLIENT_SCOPES`,
    /// else `okta.users.read`, which permits reading.
    ///
    /// If one of them is not granted to the service, Okta rejects the request. The module
    /// [`api`](crate::api) lists the scope of each call.
    pub fn scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        let scopes = scopes.into_iter().map(Into::into).collect();
        self.scopes = Some(Setting::built(API_SCOPES.setter, scopes));
        self
    }

    /// Sets how often a call may be retried. Default: `OKTA_CLIENT_RATELIMIT_MAXRETRIES`, else 1;
    /// at most 10.
    ///
    /// A call is retried after a rate limit, and a call that only reads after a transient failure.
    pub fn max_retries(mut self, retries: u32) -> Self {
        self.max_retries = Some(Setting::built(MAX_RETRIES.setter, retries));
        self
    }

    /// Sets how long a call waits in total for rate limits to reset. Default: 5 s; 0 to 120 s. If a
    /// reset takes longer, the call fails at once with the time of the reset.
    pub fn max_wait(mut self, wait: Duration) -> Self {
        self.max_wait = wait;
        self
    }

    /// Sets how long [`Api::current_user`](crate::api::Api::current_user) caches a user. Default:
    /// 60 s; 1 s to 1 h.
    ///
    /// # Security
    /// A user is still accepted for that long after Okta suspends them.
    pub fn current_user_ttl(mut self, ttl: Duration) -> Self {
        self.user_ttl = ttl;
        self
    }

    /// Sets how many users [`Api::current_user`](crate::api::Api::current_user) caches. Default:
    /// 10,000; 1 to 1,000,000. The oldest entry is evicted first.
    pub fn current_user_capacity(mut self, users: usize) -> Self {
        self.max_users = users;
        self
    }
}

/// Prints no secret.
impl fmt::Debug for ManagementApi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ManagementApi")
            .field("org_url", &self.org_url)
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}
