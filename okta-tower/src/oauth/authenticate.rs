//! The proof that we are the client, in exactly one of the ways there are (RFC 6749 section 2.3: never two in one request, which
//! Okta refuses).

use base64::{Engine, engine::general_purpose::STANDARD};
use http::HeaderValue;
use url::{Url, form_urlencoded};

use super::{assertion, failure::Failed};
use crate::oauth::client_auth::Method;

/// What one request carries.
pub(crate) enum Credentials {
    /// In the `Authorization` header.
    Header(HeaderValue),
    /// In the form.
    Form(Vec<(&'static str, String)>),
}

impl Credentials {
    /// For one request to `endpoint` at `now`, in Unix seconds.
    pub(crate) fn new(
        auth: &Method,
        client_id: &str,
        endpoint: &Url,
        now: i64,
    ) -> Result<Self, Failed> {
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

    pub(crate) fn authorization(&self) -> Option<&HeaderValue> {
        match self {
            Self::Header(value) => Some(value),
            Self::Form(_) => None,
        }
    }

    pub(crate) fn parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        let parameters = match self {
            Self::Header(_) => &[][..],
            Self::Form(parameters) => parameters,
        };
        parameters
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
    }
}

/// Both halves are form-encoded first (RFC 6749 section 2.3.1): a colon in the id would otherwise end it. What Okta itself makes
/// needs no encoding.
fn basic(client_id: &str, secret: &str) -> Result<HeaderValue, Failed> {
    // A space as `%20`: every decoder of forms knows that too, and those who take this for URL encoding know nothing else.
    let encode = |text: &str| {
        let form: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
        form.replace('+', "%20")
    };
    let pair = format!("{}:{}", encode(client_id), encode(secret));
    let mut value = HeaderValue::try_from(format!("Basic {}", STANDARD.encode(pair)))
        .map_err(|_| Failed::refused("credentials_not_sendable"))?;
    value.set_sensitive(true);
    Ok(value)
}
