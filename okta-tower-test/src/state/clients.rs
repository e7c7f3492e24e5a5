//! Applications that are registered with the issuer.

use std::{fmt, time::Duration};

use crate::key::Key;

/// What Okta calls the grace period of a rotated refresh token, unless told otherwise.
const GRACE: Duration = Duration::from_secs(30);

/// An application, as it is registered at an authorization server. Given to
/// [`IssuerBuilder::client`](crate::IssuerBuilder::client) or [`Issuer::register`](crate::Issuer::register).
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
#[must_use = "a client is known once it is registered"]
pub struct Client {
    pub(crate) id: String,
    pub(crate) credential: Credential,
    pub(crate) redirect_uris: Vec<String>,
    pub(crate) post_logout_redirect_uris: Vec<String>,
    pub(crate) rotation: Rotation,
    /// `None` allows every scope.
    pub(crate) scopes: Option<Vec<String>>,
    pub(crate) needs_pkce: bool,
}

#[derive(Clone)]
pub(crate) enum Credential {
    /// `None` takes it in the header and in the form.
    Secret(String, Option<SecretIn>),
    Key(Key),
    None,
}

/// Where a client puts its secret (OpenID Connect Core, section 9).
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
    /// Each use makes a new refresh token. The old one works for the grace period longer; used after that, everything
    /// that was issued since the person signed in is revoked. Okta allows 0 to 60 s.
    Rotate {
        /// How long a refresh token that has been used still works.
        grace: Duration,
    },
    /// The refresh token stays the same.
    Static,
}

impl Client {
    /// A confidential client with a secret, in the header or in the form (`client_secret_basic`, `client_secret_post`).
    pub fn with_secret(id: impl Into<String>, secret: impl Into<String>) -> Self {
        Self::new(id.into(), Credential::Secret(secret.into(), None))
    }

    /// A confidential client that signs assertions with this key (`private_key_jwt`), and does nothing else. The
    /// application is given [`Key::private_pem`].
    pub fn with_key(id: impl Into<String>, key: &Key) -> Self {
        Self::new(id.into(), Credential::Key(key.clone()))
    }

    /// A public client: it has no credential (`none`), and PKCE.
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
        }
    }

    /// Adds a URL to which the browser may be sent back after signing in. Compared character by character.
    pub fn redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.redirect_uris.push(uri.into());
        self
    }

    /// Adds a URL to which the browser may be sent after signing out. Compared character by character.
    pub fn post_logout_redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.post_logout_redirect_uris.push(uri.into());
        self
    }

    /// Takes the secret in one place only. Has no effect on a client without a secret. Default: both places.
    pub fn secret_only_in(mut self, place: SecretIn) -> Self {
        if let Credential::Secret(_, only) = &mut self.credential {
            *only = Some(place);
        }
        self
    }

    /// What happens to refresh tokens. Default: they rotate, with 30 s of grace. (Okta's own default for web
    /// applications is [`Static`](Rotation::Static); rotation is where applications go wrong.)
    pub fn rotation(mut self, rotation: Rotation) -> Self {
        self.rotation = rotation;
        self
    }

    /// Allows these scopes alone; others are answered with `invalid_scope`. Default: every scope.
    pub fn scopes<I>(mut self, scopes: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.scopes = Some(scopes.into_iter().map(Into::into).collect());
        self
    }

    /// Lets the client ask for a code without PKCE. Default: it must not, as Okta can be told to demand.
    pub fn without_pkce(mut self) -> Self {
        self.needs_pkce = false;
        self
    }

    /// The client id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn is_public(&self) -> bool {
        matches!(self.credential, Credential::None)
    }

    /// Whether there was a secret to replace.
    pub(crate) fn set_secret(&mut self, new: String) -> bool {
        match &mut self.credential {
            Credential::Secret(secret, _) => *secret = new,
            Credential::Key(_) | Credential::None => return false,
        }
        true
    }

    /// Whether there was a key to replace.
    pub(crate) fn set_key(&mut self, new: Key) -> bool {
        match &mut self.credential {
            Credential::Key(key) => *key = new,
            Credential::Secret(..) | Credential::None => return false,
        }
        true
    }

    /// The first of these scopes that the client must not have.
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
