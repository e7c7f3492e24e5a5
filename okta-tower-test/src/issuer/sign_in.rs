//! Sign-in without a page, and its settings.

use std::time::Duration;

use super::Issuer;
use crate::{
    callback::Callback, endpoints::authorize::authorize_directly, fault::Endpoint,
    state::sign_in::Automatic,
};

/// # Signing in
impl Issuer {
    /// Returns the URL of `/v1/authorize`, to which applications redirect the browser.
    #[must_use]
    pub fn authorize_url(&self) -> String {
        self.endpoint_url("authorize")
    }

    /// Returns the URL of `/v1/token`.
    #[must_use]
    pub fn token_url(&self) -> String {
        self.endpoint_url("token")
    }

    fn endpoint_url(&self, name: &str) -> String {
        format!("{}/v1/{name}", self.url())
    }

    /// Signs this user in without a page, in every browser without its own session, from now on.
    ///
    /// The login can be its part before the `@`. The time of the sign-in is now.
    ///
    /// - `prompt=none` succeeds.
    /// - `prompt=login` and `max_age` renew the sign-in at once.
    /// - Consent is never requested.
    /// - Sign-out at the issuer has no effect on the automatic sign-in.
    ///
    /// # Panics
    ///
    /// Panics if there is no such user.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// use okta_tower_test::{Client, Issuer};
    ///
    /// let issuer = Issuer::start().await;
    /// let client = Client::with_secret("0oaApp", "secret");
    /// issuer.register(client.redirect_uri("http://localhost:3000/callback"));
    /// issuer.sign_in_automatically_as("admin");
    ///
    /// // The application under test redirects `/login` to a URL like this:
    /// let url = format!(
    ///     "{}?client_id=0oaApp&redirect_uri=http%3A%2F%2Flocalhost%3A3000%2Fcallback\
    ///      &response_type=code&scope=openid&state=af0ifjsldkj\
    ///      &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM\
    ///      &code_challenge_method=S256",
    ///     issuer.authorize_url(),
    /// );
    /// // The issuer redirects the browser here. Over HTTP, the response is a redirect to this URL.
    /// let callback = issuer.authorize(&url);
    /// assert!(callback.url().starts_with("http://localhost:3000/callback?code="));
    /// assert_eq!(callback.get("state"), Some("af0ifjsldkj"));
    /// # }
    /// ```
    pub fn sign_in_automatically_as(&self, login: &str) {
        let user = self.known_user(login);
        self.state.sign_in().automatic = Some(Automatic::Grant {
            login: user.login,
            auth_time: self.state.now(),
        });
    }

    /// Answers every valid request to `/v1/authorize` with this error, from now on.
    pub fn refuse_automatically(&self, error: impl Into<String>, description: impl Into<String>) {
        self.state.sign_in().automatic = Some(Automatic::Refuse {
            error: error.into(),
            description: description.into(),
        });
    }

    /// Shows the sign-in page again.
    ///
    /// Reverts [`sign_in_automatically_as`](Self::sign_in_automatically_as) and
    /// [`refuse_automatically`](Self::refuse_automatically).
    pub fn ask_people_to_sign_in(&self) {
        self.state.sign_in().automatic = None;
    }

    /// Ends the issuer's own sessions in all browsers, so that `prompt=none` fails. Tokens stay
    /// valid.
    pub fn end_browser_sessions(&self) {
        self.state.sign_in().end_browser_sessions();
    }

    /// Answers an authorization request without a browser: with a code for the user who is [signed
    /// in automatically](Self::sign_in_automatically_as), or with an error.
    ///
    /// `url` is the URL to which the application redirects the browser. The call is not counted as
    /// a request and has no fault.
    ///
    /// # Panics
    ///
    /// Panics if a browser would get a page: no user is signed in, client or redirect URI is not
    /// registered, or the URL is not this issuer's `/v1/authorize`. The message contains the
    /// reason.
    #[must_use]
    pub fn authorize(&self, url: &str) -> Callback {
        self.answer_directly(url, None)
    }

    /// Answers an authorization request as [`authorize`](Self::authorize) does, for a user who has
    /// just signed in.
    ///
    /// # Panics
    ///
    /// Panics under the conditions of [`authorize`](Self::authorize), and if this user cannot sign
    /// in.
    #[must_use]
    pub fn authorize_as(&self, login: &str, url: &str) -> Callback {
        self.answer_directly(url, Some(login))
    }

    fn answer_directly(&self, url: &str, login: Option<&str>) -> Callback {
        let (endpoint, query) = url.split_once('?').unwrap_or((url, ""));
        assert!(
            endpoint == self.authorize_url(),
            "{endpoint} is not the authorization endpoint {}",
            self.authorize_url()
        );
        match authorize_directly(&self.state, query, login) {
            Ok(callback) => callback,
            Err(message) => panic!("the test issuer would show a page: {message}"),
        }
    }

    /// Returns how many requests to [`Endpoint::Token`] had this grant type: `authorization_code`,
    /// `refresh_token` or `client_credentials`.
    ///
    /// Requests that met a fault are included.
    #[must_use]
    pub fn token_requests(&self, grant_type: &str) -> u64 {
        self.state.sign_in().token_requests(grant_type)
    }

    /// Returns how many refreshes succeeded. [`token_requests`](Self::token_requests) counts
    /// attempts.
    #[must_use]
    pub fn refreshes(&self) -> u64 {
        self.state.sign_in().refreshes
    }

    /// Waits until at least `count` requests to [`Endpoint::Token`] have arrived since the issuer
    /// started.
    pub async fn wait_for_token_requests(&self, count: u64) {
        self.wait_for_requests(Endpoint::Token, count).await;
    }

    /// Sets [`IssuerBuilder::access_token_lifetime`](crate::IssuerBuilder::access_token_lifetime)
    /// for new tokens.
    pub fn set_access_token_lifetime(&self, lifetime: Duration) {
        self.state.sign_in().access_token_lifetime = lifetime;
    }

    /// Sets whether new ID tokens omit groups, as with
    /// [`IssuerBuilder::thin_id_tokens`](crate::IssuerBuilder::thin_id_tokens).
    pub fn set_thin_id_tokens(&self, thin: bool) {
        self.state.sign_in().has_thin_id_tokens = thin;
    }
}
