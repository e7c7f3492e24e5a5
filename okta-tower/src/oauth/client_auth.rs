//! Client authentication (RFC 6749 section 2.3, OpenID Connect Core section 9). A request contains
//! one method only: Okta rejects two.

use std::{fmt, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD};
use http::HeaderValue;
use url::{Url, form_urlencoded};

use super::{assertion, failure::RequestError, private_key::PrivateKey};
use crate::{
    base::secret::Secret,
    config::{ConfigError, setting::Setting},
};

/// How the application authenticates to the token endpoint. Feature `sign-in`.
#[derive(Clone)]
pub struct ClientAuth(Chosen);

/// The chosen method, unchecked.
#[derive(Clone)]
enum Chosen {
    Basic(Secret),
    Post(Secret),
    PrivateKey { pem: Secret, kid: Option<Box<str>> },
    Public,
}

/// The checked method.
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
    /// Returns `client_secret_basic`: the secret in the `Authorization` header, form-encoded (RFC
    /// 6749 section 2.3.1). The default with a client secret, as at Okta.
    pub fn basic(secret: impl Into<Secret>) -> Self {
        Self(Chosen::Basic(secret.into()))
    }

    /// Returns `client_secret_post`: the secret in the form.
    pub fn post(secret: impl Into<Secret>) -> Self {
        Self(Chosen::Post(secret.into()))
    }

    /// Returns `private_key_jwt` (RFC 7523, OpenID Connect Core section 9): each request contains a
    /// new assertion, valid for two minutes and signed with this key.
    ///
    /// An RSA key of 2048 bits or more signs with RS256, a key on P-256 with ES256. `pem` is PKCS#8
    /// (`BEGIN PRIVATE KEY`), PKCS#1 (`BEGIN RSA PRIVATE KEY`) or SEC 1 (`BEGIN EC PRIVATE KEY`).
    /// `kid` is the key's ID at Okta, which an application with several keys needs.
    pub fn private_key(pem: impl Into<Secret>, kid: Option<&str>) -> Self {
        Self(Chosen::PrivateKey {
            pem: pem.into(),
            kid: kid.map(Into::into),
        })
    }

    /// Returns the method of a public client without a secret: PKCE alone. The default without a
    /// client secret.
    #[must_use]
    pub fn public() -> Self {
        Self(Chosen::Public)
    }

    pub(crate) fn checked(self) -> Result<Method, ConfigError> {
        let secret = |secret: Secret| {
            let setting = Setting::built("client_auth", secret);
            setting.filled().map(|()| setting.value)
        };
        match self.0 {
            Chosen::Basic(text) => secret(text).map(Method::Basic),
            Chosen::Post(text) => secret(text).map(Method::Post),
            Chosen::Public => Ok(Method::Public),
            Chosen::PrivateKey { pem, kid } => {
                let pem = Setting::built("client_auth", pem);
                let key = PrivateKey::checked(&pem, kid.as_deref())?;
                Ok(Method::PrivateKey(Arc::new(key)))
            }
        }
    }
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

/// The client authentication of one request.
pub(super) enum Credentials {
    /// In the `Authorization` header.
    Header(HeaderValue),
    /// In the form.
    Form(Vec<(&'static str, String)>),
}

impl Credentials {
    /// Returns the credentials for one request to `endpoint` at `now`, in Unix seconds.
    pub(super) fn new(
        auth: &Method,
        client_id: &str,
        endpoint: &Url,
        now: i64,
    ) -> Result<Self, RequestError> {
        Ok(match auth {
            Method::Basic(secret) => Self::Header(basic(client_id, secret.expose())?),
            Method::Post(secret) => Self::Form(vec![
                ("client_id", client_id.into()),
                ("client_secret", secret.expose().into()),
            ]),
            Method::PrivateKey(key) => {
                Self::Form(assertion::form(key, client_id, endpoint, now)?.into())
            }
            Method::Public => Self::Form(vec![("client_id", client_id.into())]),
        })
    }

    pub(super) fn authorization(&self) -> Option<&HeaderValue> {
        match self {
            Self::Header(value) => Some(value),
            Self::Form(_) => None,
        }
    }

    pub(super) fn parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        let parameters = match self {
            Self::Header(_) => &[][..],
            Self::Form(parameters) => parameters,
        };
        parameters
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
    }
}

/// Returns the value of `Authorization`. Both parts are form-encoded (RFC 6749 section 2.3.1): a
/// colon in the client ID would otherwise end it.
fn basic(client_id: &str, secret: &str) -> Result<HeaderValue, RequestError> {
    // A space as `%20`: decoders of forms and of URLs both read it.
    let encode = |text: &str| {
        let form: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
        form.replace('+', "%20")
    };
    let pair = format!("{}:{}", encode(client_id), encode(secret));
    let mut value = HeaderValue::try_from(format!("Basic {}", STANDARD.encode(pair)))
        .map_err(|_| RequestError::refused("credentials_not_sendable"))?;
    value.set_sensitive(true);
    Ok(value)
}
