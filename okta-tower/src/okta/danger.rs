//! What weakens a check, each named for what it risks. A search for `danger` finds every use.

use crate::okta::builder::OktaBuilder;

/// The door to settings that weaken a check. Made by [`OktaBuilder::danger`].
#[derive(Clone, Debug)]
#[must_use = "nothing is changed until one of the methods is called"]
pub struct Danger {
    builder: OktaBuilder,
}

impl Danger {
    pub(crate) fn new(builder: OktaBuilder) -> Self {
        Self { builder }
    }

    /// Allows an issuer with plain `http` where its host is on loopback, for tests and development. The same as
    /// `OKTA_TESTING_DISABLE_HTTPS_CHECK=true`. An `http` issuer anywhere else stays refused.
    ///
    /// # Security
    /// Whoever can listen on the port in the issuer's place decides which keys are trusted.
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

    /// Lets requests that change something be made with the session cookie from any site: without it, unsafe methods and
    /// WebSocket upgrades must come from the application's own origin or an
    /// [allowed one](crate::SignIn::allow_origin). Feature `sign-in`.
    ///
    /// # Security
    /// Any page that a signed-in person visits can then act in their name (cross-site request forgery), as far as `SameSite=Lax`
    /// lets it. The application needs a defence of its own, such as a token in each form.
    #[cfg(feature = "sign-in")]
    pub fn without_same_origin_check(self) -> OktaBuilder {
        self.builder.with_origins_unchecked()
    }
}
