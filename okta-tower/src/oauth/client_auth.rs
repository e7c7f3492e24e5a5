//! How the application proves to the token endpoint that it is the client (RFC 6749 section 2.3, OIDC Core section 9).

use std::{fmt, sync::Arc};

use super::private_key::PrivateKey;
use crate::base::secret::Secret;
use crate::config::{ConfigError, ConfigErrorKind as Kind};

/// How the application proves to the token endpoint that it is the client. Feature `sign-in`.
#[derive(Clone)]
pub struct ClientAuth(Chosen);

/// What was chosen, not checked yet.
#[derive(Clone)]
enum Chosen {
    Basic(Secret),
    Post(Secret),
    PrivateKey { pem: Secret, kid: Option<Box<str>> },
    Public,
}

/// The ways there are, checked.
#[derive(Clone, Debug)]
pub(crate) enum Method {
    /// `client_secret_basic`.
    Basic(Secret),
    /// `client_secret_post`.
    Post(Secret),
    /// `private_key_jwt` (RFC 7523).
    PrivateKey(Arc<PrivateKey>),
    /// A public client: PKCE alone.
    Public,
}

impl ClientAuth {
    /// `client_secret_basic`: the secret in the `Authorization` header, form-encoded as RFC 6749 section 2.3.1 asks. The
    /// default where there is a secret, as at Okta.
    pub fn basic(secret: impl Into<Secret>) -> Self {
        Self(Chosen::Basic(secret.into()))
    }

    /// `client_secret_post`: the secret in the form.
    pub fn post(secret: impl Into<Secret>) -> Self {
        Self(Chosen::Post(secret.into()))
    }

    /// `private_key_jwt` (RFC 7523, OpenID Connect Core section 9): each request carries a new assertion, good for two minutes
    /// and signed with this key. An RSA key of 2048 bits or more signs with RS256, one on P-256 with ES256; as PEM: PKCS#8
    /// (`BEGIN PRIVATE KEY`), PKCS#1 (`BEGIN RSA PRIVATE KEY`) or SEC 1 (`BEGIN EC PRIVATE KEY`). `kid` is the key's id at Okta,
    /// needed where the application has several.
    pub fn private_key(pem: impl Into<Secret>, kid: Option<&str>) -> Self {
        Self(Chosen::PrivateKey {
            pem: pem.into(),
            kid: kid.map(Into::into),
        })
    }

    /// No secret: a public client, which PKCE alone protects. The default where there is none.
    #[must_use]
    pub fn public() -> Self {
        Self(Chosen::Public)
    }

    pub(crate) fn checked(self) -> Result<Method, ConfigError> {
        // No value is shown: all but the key's id are secrets.
        match self.0 {
            Chosen::Basic(secret) => checked_secret(secret).map(Method::Basic),
            Chosen::Post(secret) => checked_secret(secret).map(Method::Post),
            Chosen::Public => Ok(Method::Public),
            Chosen::PrivateKey { pem, kid } => {
                let key = PrivateKey::checked("client_auth", pem.expose(), kid.as_deref())?;
                Ok(Method::PrivateKey(Arc::new(key)))
            }
        }
    }
}

fn checked_secret(secret: Secret) -> Result<Secret, ConfigError> {
    if secret.expose().trim().is_empty() {
        let problem = "the client secret is empty; set it, or use `ClientAuth::public()`";
        return Err(ConfigError::new(Kind::Missing, "client_auth", problem));
    }
    if secret.expose().starts_with('{') {
        let problem = "a placeholder was left in; replace it";
        return Err(ConfigError::new(Kind::Placeholder, "client_auth", problem));
    }
    Ok(secret)
}

/// Prints no secret.
impl fmt::Debug for ClientAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.0 {
            Chosen::Basic(_) => "ClientAuth::basic(..)",
            Chosen::Post(_) => "ClientAuth::post(..)",
            Chosen::PrivateKey { .. } => "ClientAuth::private_key(..)",
            Chosen::Public => "ClientAuth::public()",
        })
    }
}
