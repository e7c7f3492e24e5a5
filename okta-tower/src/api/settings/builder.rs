//! The builder of the management API: setters that cannot fail. What they were given is checked as a whole in `api_check.rs`.

use std::{fmt, time::Duration};

use crate::base::secret::Secret;
use crate::{config::given::Given, okta::builder::OktaBuilder};

/// Settings for Okta's management API: given to [`OktaBuilder::api`], and checked with everything else when the builder is
/// started. Feature `api`.
///
/// Credentials are all that it must have, here or in the environment: an API token (`OKTA_CLIENT_TOKEN`), or the client id
/// and key of a service (`OKTA_CLIENT_CLIENTID`, `OKTA_CLIENT_PRIVATEKEY`), which Okta recommends: a token has every right of
/// the administrator who made it, a service has scopes.
///
/// ```
/// use okta_tower::{ManagementApi, Okta};
///
/// let builder = Okta::builder("https://dev-1234.okta.com/oauth2/default");
/// let api = ManagementApi::new().token("00tXoPUxgPeyzMQO8zIpBXQwvQZrJCvWiEVAMcmTTbX");
/// assert!(builder.clone().api(api).check().is_ok());
///
/// // Without credentials, and for another host by plain http:
/// assert!(builder.clone().api(ManagementApi::new()).check().is_err());
/// let open = ManagementApi::new().token("00tXoPUx").org_url("http://dev-1234.okta.com");
/// assert!(builder.api(open).check().is_err());
/// ```
///
/// # Security
/// The credentials go to the org's origin and nowhere else: redirects are not followed, and neither is a next page elsewhere.
#[derive(Clone)]
#[must_use = "it does nothing until it is given to `OktaBuilder::api`"]
pub struct ManagementApi {
    pub(crate) org_url: Option<String>,
    pub(crate) token: Option<Secret>,
    pub(crate) service: Option<Service>,
    pub(crate) scopes: Option<Vec<String>>,
    pub(crate) max_retries: Option<u32>,
    pub(crate) max_wait: Duration,
    pub(crate) user_ttl: Duration,
    pub(crate) max_users: usize,
}

/// A service application at Okta.
#[derive(Clone)]
pub(crate) struct Service {
    pub(crate) client_id: String,
    pub(crate) pem: Secret,
    pub(crate) kid: Option<String>,
}

impl Default for ManagementApi {
    fn default() -> Self {
        Self::new()
    }
}

impl ManagementApi {
    /// The defaults, and no credentials but those of the environment.
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

    /// Where the org is: `https://{yourOktaDomain}`. Default: `OKTA_CLIENT_ORGURL`, else the issuer's origin.
    pub fn org_url(mut self, url: impl Into<String>) -> Self {
        self.org_url = Some(url.into());
        self
    }

    /// An API token (`Authorization: SSWS …`). Default: `OKTA_CLIENT_TOKEN`.
    ///
    /// # Security
    /// It may do whatever the administrator may who made it. [`service`](Self::service) is bounded by scopes.
    pub fn token(mut self, token: impl Into<Secret>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// A service application that signs assertions with this key (OAuth for Okta, `private_key_jwt`); PEM as
    /// [`ClientAuth::private_key`](crate::config) takes it. It needs an admin role at Okta, the [scopes](Self::scopes) granted,
    /// and no demand for DPoP. `kid` is the key's id at Okta, needed where the application has several. Default:
    /// `OKTA_CLIENT_CLIENTID`, `OKTA_CLIENT_PRIVATEKEY` and `OKTA_CLIENT_PRIVATEKEYID`.
    pub fn service(
        mut self,
        client_id: impl Into<String>,
        pem: impl Into<Secret>,
        kid: Option<&str>,
    ) -> Self {
        self.service = Some(Service {
            client_id: client_id.into(),
            pem: pem.into(),
            kid: kid.map(Into::into),
        });
        self
    }

    /// The scopes that a [service](Self::service) asks for. One that is not granted to it fails them all. Which call needs
    /// which: see [`api`](crate::api). Default: `OKTA_CLIENT_SCOPES`, else `okta.users.read`, which is enough to read.
    pub fn scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes = Some(scopes.into_iter().map(Into::into).collect());
        self
    }

    /// How often a call may be sent again: after a rate limit, and, where it only reads, after a failure that may pass.
    /// Default: `OKTA_CLIENT_RATELIMIT_MAXRETRIES`, else 1; at most 10.
    pub fn max_retries(mut self, retries: u32) -> Self {
        self.max_retries = Some(retries);
        self
    }

    /// How long a call waits in all for a rate limit to start anew. Where it would take longer, the call fails at once and
    /// says how long. Default: 5 s; 0 to 120 s.
    pub fn max_wait(mut self, wait: Duration) -> Self {
        self.max_wait = wait;
        self
    }

    /// How long [`Api::current_user`](crate::api::Api::current_user) takes what it knows of a person for true. Default: 60 s;
    /// 1 s to 1 h.
    ///
    /// # Security
    /// For as long, somebody whom Okta has suspended is still let in by it.
    pub fn current_user_ttl(mut self, ttl: Duration) -> Self {
        self.user_ttl = ttl;
        self
    }

    /// How many people [`Api::current_user`](crate::api::Api::current_user) remembers at once; the oldest makes room. Default:
    /// 10,000; 1 to 1,000,000.
    pub fn current_user_capacity(mut self, people: usize) -> Self {
        self.max_users = people;
        self
    }
}

impl OktaBuilder {
    /// Turns Okta's management API on. Without this call the feature changes nothing: calls of
    /// [`Okta::api`](crate::Okta::api) fail. Feature `api`.
    pub fn api(mut self, api: ManagementApi) -> Self {
        self.api = Some(api);
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

/// What the environment and files say of it; it counts where [`OktaBuilder::api`] was called.
#[derive(Clone, Default)]
pub(crate) struct ApiAmbient {
    pub(crate) org_url: Option<Given>,
    /// A secret, like the key; with the name that it was given under.
    pub(crate) token: Option<(Secret, &'static str)>,
    pub(crate) mode: Option<Given>,
    pub(crate) client_id: Option<Given>,
    pub(crate) scopes: Option<Vec<String>>,
    pub(crate) private_key: Option<(Secret, &'static str)>,
    pub(crate) private_key_id: Option<Given>,
    pub(crate) max_retries: Option<Given>,
}

impl ApiAmbient {
    /// What is found later wins.
    pub(crate) fn lay_over(&mut self, found: Self) {
        fn lay<T>(place: &mut Option<T>, found: Option<T>) {
            if found.is_some() {
                *place = found;
            }
        }
        lay(&mut self.org_url, found.org_url);
        lay(&mut self.token, found.token);
        lay(&mut self.mode, found.mode);
        lay(&mut self.client_id, found.client_id);
        lay(&mut self.scopes, found.scopes);
        lay(&mut self.private_key, found.private_key);
        lay(&mut self.private_key_id, found.private_key_id);
        lay(&mut self.max_retries, found.max_retries);
    }
}
