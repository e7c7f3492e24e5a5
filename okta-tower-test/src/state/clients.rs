//! Applications that are registered with the issuer.

use std::{fmt, time::Duration};

use crate::key::Key;

/// The default grace period of a rotated refresh token, as at Okta.
const GRACE: Duration = Duration::from_secs(30);

/// An application that is registered with the issuer.
///
/// Register it with [`IssuerBuilder::client`](crate::IssuerBuilder::client) or
/// [`Issuer::register`](crate::Issuer::register).
///
/// ```
/// use std::time::Duration;
/// use okta_tower_test::{Client, Rotation};
///
/// let client = Client::with_secret("0oaLedger", "a secret")
///     .redirect_uri("http://localhost:3000/authorization-code/callback")
///     .post_logout_redirect_uri("http://localhost:3000/")
///     .rotation(Rotation::Rotate { grace: Duration::from_secs(10) });
/// # let _ = client;
/// ```
#[derive(Clone)]
#[must_use = "a client has no effect until it is registered"]
pub struct Client {
    pub(crate) id: String,
    pub(crate) credential: Credential,
    pub(crate) redirect_uris: Vec<String>,
    pub(crate) post_logout_redirect_uris: Vec<String>,
    pub(crate) rotation: Rotation,
    /// The permitted scopes. `None` permits every scope.
    pub(crate) scopes: Option<Vec<String>>,
    pub(crate) needs_pkce: bool,
    /// Whether every redirect URI is accepted, for sign-in and for sign-out.
    is_any_redirect_uri_accepted: bool,
}

#[derive(Clone)]
pub(crate) enum Credential {
    /// The secret, and the only place for it. `None` permits header and form.
    Secret(String, Option<SecretIn>),
    Key(Key),
    None,
}

/// Where a client sends its secret (OpenID Connect Core section 9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SecretIn {
    /// In `Authorization: Basic`: `client_secret_basic`.
    Header,
    /// In the form: `client_secret_post`.
    Form,
}

/// What happens to a refresh token when it is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rotation {
    /// Each use returns a new refresh token.
    ///
    /// The old token stays valid for the grace period. Using it later revokes everything that was
    /// issued since the user signed in.
    Rotate {
        /// How long a used refresh token stays valid. Okta allows 0 to 60 s.
        grace: Duration,
    },
    /// The refresh token stays the same.
    Static,
}

impl Client {
    /// Returns a confidential client with a secret, sent in the header (`client_secret_basic`) or
    /// in the form (`client_secret_post`).
    pub fn with_secret(id: impl Into<String>, secret: impl Into<String>) -> Self {
        Self::new(id.into(), Credential::Secret(secret.into(), None))
    }

    /// Returns a confidential client that authenticates only with assertions signed by this key
    /// (`private_key_jwt`).
    ///
    /// Give the application [`Key::private_pem`].
    pub fn with_key(id: impl Into<String>, key: &Key) -> Self {
        Self::new(id.into(), Credential::Key(key.clone()))
    }

    /// Returns a public client, without a credential (`none`).
    pub fn public(id: impl Into<String>) -> Self {
        Self::new(id.into(), Credential::None)
    }

    fn new(id: String, credential: Credential) -> Self {
        Self {
            id,
            credential,
            redirect_uris: Vec::new(),
            post_logout_redirect_uris: Vec::new(),
            rotation: Rotation::Rotate { grace: GRACE },
            scopes: None,
            needs_pkce: true,
            is_any_redirect_uri_accepted: false,
        }
    }

    /// Adds a redirect URI for sign-in. URIs are compared exactly.
    pub fn redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.redirect_uris.push(uri.into());
        self
    }

    /// Adds a redirect URI for sign-out. URIs are compared exactly.
    pub fn post_logout_redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.post_logout_redirect_uris.push(uri.into());
        self
    }

    /// Accepts the secret in one place only. Default: both places.
    ///
    /// Has no effect on a client without a secret.
    pub fn secret_only_in(mut self, place: SecretIn) -> Self {
        if let Credential::Secret(_, only) = &mut self.credential {
            *only = Some(place);
        }
        self
    }

    /// Sets what happens to refresh tokens. Default: rotation with 30 s of grace.
    ///
    /// Okta's default for web applications is [`Static`](Rotation::Static). This issuer rotates by
    /// default, because rotation exposes more errors in applications.
    pub fn rotation(mut self, rotation: Rotation) -> Self {
        self.rotation = rotation;
        self
    }

    /// Permits only these scopes. Default: every scope. Other scopes get `invalid_scope`.
    pub fn scopes<I>(mut self, scopes: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.scopes = Some(scopes.into_iter().map(Into::into).collect());
        self
    }

    /// Permits authorization requests without PKCE. Default: PKCE is required.
    pub fn without_pkce(mut self) -> Self {
        self.needs_pkce = false;
        self
    }

    /// Accepts every redirect URI: the application under test chooses its own.
    pub(crate) fn any_redirect_uri(mut self) -> Self {
        self.is_any_redirect_uri_accepted = true;
        self
    }

    pub(crate) fn accepts_redirect_uri(&self, uri: &str) -> bool {
        self.is_any_redirect_uri_accepted || self.redirect_uris.iter().any(|known| known == uri)
    }

    pub(crate) fn accepts_post_logout_redirect_uri(&self, uri: &str) -> bool {
        let mut known = self.post_logout_redirect_uris.iter();
        self.is_any_redirect_uri_accepted || known.any(|known| known == uri)
    }

    /// Returns the client ID.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn is_public(&self) -> bool {
        matches!(self.credential, Credential::None)
    }

    /// Replaces the secret. Returns whether the client has one.
    pub(crate) fn set_secret(&mut self, new: String) -> bool {
        match &mut self.credential {
            Credential::Secret(secret, _) => *secret = new,
            Credential::Key(_) | Credential::None => return false,
        }
        true
    }

    /// Replaces the key. Returns whether the client has one.
    pub(crate) fn set_key(&mut self, new: Key) -> bool {
        match &mut self.credential {
            Credential::Key(key) => *key = new,
            Credential::Secret(..) | Credential::None => return false,
        }
        true
    }

    /// Returns the first of these scopes that the client is not permitted.
    pub(crate) fn forbidden<'s>(&self, scopes: &'s [String]) -> Option<&'s str> {
        let allowed = self.scopes.as_ref()?;
        let forbidden = scopes.iter().find(|scope| !allowed.contains(scope));
        forbidden.map(String::as_str)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("id", &self.id)
            .field("redirect_uris", &self.redirect_uris)
            .finish_non_exhaustive()
    }
}
