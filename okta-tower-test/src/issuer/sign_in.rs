//! Signing in at the issuer: who does it, and without a page.

use std::time::Duration;

use super::Issuer;
use crate::{
    callback::Callback, endpoints::authorize::authorize_directly, fault::Endpoint,
    state::sign_in::Automatic,
};

/// # Signing in
impl Issuer {
    /// The URL of `/v1/authorize`, where applications send the browser.
    #[must_use]
    pub fn authorize_url(&self) -> String {
        self.endpoint_url("authorize")
    }

    /// The URL of `/v1/token`.
    #[must_use]
    pub fn token_url(&self) -> String {
        self.endpoint_url("token")
    }

    fn endpoint_url(&self, name: &str) -> String {
        format!("{}/v1/{name}", self.url())
    }

    /// From now on `/v1/authorize` shows no page: this person (a login, or the part of it before the `@`) is signed in,
    /// since this moment, in every browser that has no session of its own. `prompt=none` finds them signed in;
    /// `prompt=login` and `max_age` make them sign in again, which happens at once; nobody is asked for consent. Signing
    /// out at the issuer changes nothing about it.
    ///
    /// # Panics
    ///
    /// When there is no such person.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// use okta_tower_test::{Client, Issuer};
    ///
    /// let issuer = Issuer::start().await;
    /// issuer.register(Client::with_secret("0oaApp", "secret").redirect_uri("http://localhost:3000/callback"));
    /// issuer.sign_in_automatically_as("admin");
    ///
    /// // What the application under test answers to `/login`, most likely:
    /// let url = format!(
    ///     "{}?client_id=0oaApp&redirect_uri=http%3A%2F%2Flocalhost%3A3000%2Fcallback&response_type=code&scope=openid\
    ///      &state=af0ifjsldkj&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256",
    ///     issuer.authorize_url(),
    /// );
    /// // Where its browser is sent then. Over HTTP the answer is the same, as a redirect.
    /// let callback = issuer.authorize(&url);
    /// assert!(callback.url().starts_with("http://localhost:3000/callback?code="));
    /// assert_eq!(callback.get("state"), Some("af0ifjsldkj"));
    /// # }
    /// ```
    pub fn sign_in_automatically_as(&self, login: &str) {
        let auth_time = self.state.now();
        let mut sign_in = self.state.sign_in();
        let login = sign_in.users.find(login).map(|user| user.login.clone());
        if login.is_some() {
            sign_in.automatic = login.map(|login| Automatic::Grant { login, auth_time });
            return;
        }
        drop(sign_in);
        panic!("the test issuer knows nobody of this login: add a `User` first");
    }

    /// From now on `/v1/authorize` answers every request in which nothing is wrong with this error.
    pub fn refuse_automatically(&self, error: impl Into<String>, description: impl Into<String>) {
        self.state.sign_in().automatic = Some(Automatic::Refuse {
            error: error.into(),
            description: description.into(),
        });
    }

    /// Shows the sign-in page again, after [`sign_in_automatically_as`](Self::sign_in_automatically_as) or
    /// [`refuse_automatically`](Self::refuse_automatically).
    pub fn ask_people_to_sign_in(&self) {
        self.state.sign_in().automatic = None;
    }

    /// Ends the issuer's own sessions in all browsers, so that `prompt=none` finds nobody signed in. The tokens of
    /// applications live on.
    pub fn end_browser_sessions(&self) {
        self.state.sign_in().end_browser_sessions();
    }

    /// The answer to an authorization request, given to the test instead of a browser: a code for whoever is
    /// [signed in automatically](Self::sign_in_automatically_as), or an error. `url` is what the application sent the
    /// browser to. This is no request of anybody's: it is not counted and meets no fault.
    ///
    /// # Panics
    ///
    /// Where a browser would get a page instead: nobody is signed in, the client or its redirect URI is not registered, or
    /// the URL is not this issuer's `/v1/authorize`. The message says which.
    #[must_use]
    pub fn authorize(&self, url: &str) -> Callback {
        self.answer_directly(url, None)
    }

    /// As [`authorize`](Self::authorize), from a browser in which this person has signed in just now.
    ///
    /// # Panics
    ///
    /// As [`authorize`](Self::authorize), and when this is nobody who can sign in.
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

    /// How many requests to [`Endpoint::Token`] asked for this grant: `authorization_code`, `refresh_token` or
    /// `client_credentials`. Those that met a fault count too.
    #[must_use]
    pub fn token_requests(&self, grant_type: &str) -> u64 {
        self.state.sign_in().token_requests(grant_type)
    }

    /// How many refresh tokens were used with success. [`token_requests`](Self::token_requests) counts attempts.
    #[must_use]
    pub fn refreshes(&self) -> u64 {
        self.state.sign_in().refreshes
    }

    /// Waits until at least `count` requests to [`Endpoint::Token`] have arrived since the issuer was started.
    pub async fn wait_for_token_requests(&self, count: u64) {
        self.wait_for_requests(Endpoint::Token, count).await;
    }

    /// How long access tokens from `/v1/token` live from now on: [`IssuerBuilder::access_token_lifetime`](crate::IssuerBuilder::access_token_lifetime).
    pub fn set_access_token_lifetime(&self, lifetime: Duration) {
        self.state.sign_in().access_token_lifetime = lifetime;
    }

    /// Leaves groups out of ID tokens from now on, or puts them in again:
    /// [`IssuerBuilder::thin_id_tokens`](crate::IssuerBuilder::thin_id_tokens).
    pub fn set_thin_id_tokens(&self, thin: bool) {
        self.state.sign_in().has_thin_id_tokens = thin;
    }
}
