//! How the application proves to the token endpoint that it is the client (RFC 6749 section 2.3, OIDC Core section 9).

use std::{fmt, sync::Arc};

use aws_lc_rs::{rsa::KeyPair as RsaKeyPair, signature::EcdsaKeyPair};

use crate::secret::Secret;

/// How the application proves to the token endpoint that it is the client. Feature `sign-in`.
#[derive(Clone)]
pub struct ClientAuth(pub(crate) Method);

/// The ways there are.
#[derive(Clone)]
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

/// A key that signs assertions.
pub(crate) struct PrivateKey {
    pub(crate) kid: Option<Box<str>>,
    pub(crate) pair: KeyPair,
}

/// By the algorithm that it signs with.
pub(crate) enum KeyPair {
    Rs256(RsaKeyPair),
    Es256(EcdsaKeyPair),
}

impl ClientAuth {
    /// `client_secret_basic`: the secret in the `Authorization` header, form-encoded as RFC 6749 section 2.3.1 asks. The
    /// default where there is a secret, as at Okta.
    pub fn basic(secret: impl Into<Secret>) -> Self {
        Self(Method::Basic(secret.into()))
    }

    /// `client_secret_post`: the secret in the form.
    pub fn post(secret: impl Into<Secret>) -> Self {
        Self(Method::Post(secret.into()))
    }

    /// No secret: a public client, which PKCE alone protects. The default where there is none.
    #[must_use]
    pub fn public() -> Self {
        Self(Method::Public)
    }
}

/// Prints no secret.
impl fmt::Debug for ClientAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.0 {
            Method::Basic(_) => "ClientAuth::basic(..)",
            Method::Post(_) => "ClientAuth::post(..)",
            Method::PrivateKey(_) => "ClientAuth::private_key(..)",
            Method::Public => "ClientAuth::public()",
        })
    }
}
