//! Settings that weaken a check, each named for its risk. A search for `danger` finds every use.

use crate::okta::builder::OktaBuilder;

/// Access to the settings that weaken a check. [`OktaBuilder::danger`] returns it.
#[derive(Clone, Debug)]
#[must_use = "nothing is changed until one of the methods is called"]
pub struct Danger {
    builder: OktaBuilder,
}

impl OktaBuilder {
    /// Returns the settings that weaken a check; see [`danger`](crate::danger).
    pub fn danger(self) -> Danger {
        Danger { builder: self }
    }
}

impl Danger {
    /// Allows an issuer with plain `http` on loopback, for tests and development.
    ///
    /// `OKTA_TESTING_DISABLE_HTTPS_CHECK=true` does the same. An `http` issuer on any other host is
    /// still rejected.
    ///
    /// # Security
    /// A local process that listens on the issuer's port decides which keys are trusted.
    ///
    /// ```
    /// use okta_tower::Okta;
    ///
    /// let local = Okta::builder("http://127.0.0.1:8080/oauth2/default");
    /// assert!(local.clone().check().is_err());
    /// assert!(local.danger().allow_http_on_loopback().check().is_ok());
    ///
    /// let elsewhere = Okta::builder("http://10.0.0.1/oauth2/default");
    /// assert!(elsewhere.danger().allow_http_on_loopback().check().is_err());
    /// ```
    pub fn allow_http_on_loopback(self) -> OktaBuilder {
        self.builder.with_http_on_loopback()
    }

    /// Allows plain `http` on any host, for the issuer and for its
    /// [address](OktaBuilder::issuer_address). No environment variable does.
    ///
    /// For a test issuer in another container, or a service mesh that encrypts the connection.
    ///
    /// # Security
    /// Everything on the network between this process and that host can replace the keys, and then
    /// forge any token. With sign-in, it also reads client secrets and refresh tokens.
    ///
    /// ```
    /// use okta_tower::Okta;
    ///
    /// let container = Okta::builder("http://okta:8080/oauth2/default");
    /// assert!(container.clone().check().is_err());
    /// assert!(container.danger().allow_http_beyond_loopback().check().is_ok());
    /// ```
    pub fn allow_http_beyond_loopback(self) -> OktaBuilder {
        self.builder.with_http_anywhere()
    }

    /// Accepts the session cookie with unsafe requests from any site. Feature `sign-in`.
    ///
    /// By default, unsafe methods and WebSocket upgrades must come from the application's own
    /// origin or an [allowed one](crate::SignIn::allow_origin).
    ///
    /// # Security
    /// Any page that a signed-in user visits can then act as that user (cross-site request
    /// forgery), as far as `SameSite=Lax` permits. The application needs its own defense, such as a
    /// token in each form.
    #[cfg(feature = "sign-in")]
    pub fn without_same_origin_check(self) -> OktaBuilder {
        self.builder.with_origins_unchecked()
    }
}
