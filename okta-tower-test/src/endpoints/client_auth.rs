//! Client authentication (RFC 6749 section 2.3, OpenID Connect Core section 9).

use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderMap, StatusCode, header};

use super::assertion::{self, ASSERTION_TYPE};
use crate::{
    incoming::IncomingRequest,
    parameters::decode,
    response::{self, Response, set},
    state::{
        IssuerState,
        clients::{Client, Credential, SecretIn},
    },
};

/// The credential in a request.
enum Credentials {
    Secret {
        id: String,
        secret: String,
        place: SecretIn,
    },
    Assertion(String),
    /// A client ID without a credential.
    Id(String),
}

/// Why a client is rejected.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The request is malformed: 400.
    Invalid(&'static str),
    /// The credential is invalid: 401.
    Client(&'static str),
}

const WRONG_METHOD: Refusal =
    Refusal::Client("The client is not registered for the authentication method that it used.");

/// Returns the authenticated client. `endpoint` is the requested URL, which an assertion must have
/// as its audience.
pub(crate) fn authenticate(
    state: &IssuerState,
    incoming: &IncomingRequest,
    endpoint: &str,
) -> Result<Client, Refusal> {
    match credentials(incoming)? {
        Credentials::Assertion(assertion) => {
            assertion::check(state, &assertion, endpoint).map_err(Refusal::Client)
        }
        Credentials::Secret { id, secret, place } => {
            let client = find(state, &id)?;
            let Credential::Secret(known, only) = &client.credential else {
                return Err(WRONG_METHOD);
            };
            if only.is_some_and(|only| only != place) {
                return Err(WRONG_METHOD);
            }
            if verify_slices_are_equal(known.as_bytes(), secret.as_bytes()).is_err() {
                return Err(Refusal::Client(
                    "The client secret supplied for a confidential client is invalid.",
                ));
            }
            Ok(client)
        }
        Credentials::Id(id) => {
            let client = find(state, &id)?;
            if client.is_public() {
                Ok(client)
            } else {
                Err(WRONG_METHOD)
            }
        }
    }
}

fn find(state: &IssuerState, id: &str) -> Result<Client, Refusal> {
    let client = state.sign_in().client(id).cloned();
    client.ok_or(Refusal::Client("Invalid value for 'client_id' parameter."))
}

fn credentials(incoming: &IncomingRequest) -> Result<Credentials, Refusal> {
    let form = &incoming.form;
    let header = incoming.headers.get(header::AUTHORIZATION);
    let (secret, assertion) = (form.get("client_secret"), form.get("client_assertion"));
    let present = [header.is_some(), secret.is_some(), assertion.is_some()];
    if present.into_iter().filter(|is| *is).count() > 1 {
        return Err(Refusal::Invalid(
            "Can't supply multiple client credentials. Include credentials in either the \
             Authorization header or in the POST body, but not both.",
        ));
    }
    // A public client sends its ID to `/introspect` in the query.
    let id = form.get("client_id").or(incoming.query.get("client_id"));
    if let Some(header) = header {
        let basic = header.to_str().ok().and_then(basic);
        let (named, secret) = basic.ok_or(Refusal::Client(
            "The authorization header could not be read as Basic credentials.",
        ))?;
        if id.is_some_and(|id| id != named) {
            return Err(Refusal::Client(
                "The client ids in the header and in the form differ.",
            ));
        }
        return Ok(Credentials::Secret {
            id: named,
            secret,
            place: SecretIn::Header,
        });
    }
    if let Some(assertion) = assertion {
        if form.get("client_assertion_type") != Some(ASSERTION_TYPE) {
            return Err(Refusal::Invalid(
                "Invalid value for 'client_assertion_type' parameter.",
            ));
        }
        return Ok(Credentials::Assertion(assertion.to_owned()));
    }
    match (id, secret) {
        (Some(id), Some(secret)) => Ok(Credentials::Secret {
            id: id.to_owned(),
            secret: secret.to_owned(),
            place: SecretIn::Form,
        }),
        (Some(id), None) => Ok(Credentials::Id(id.to_owned())),
        (None, _) => Err(Refusal::Client("No client credentials found.")),
    }
}

/// Returns client ID and secret, each form-decoded (RFC 6749 section 2.3.1).
fn basic(header: &str) -> Option<(String, String)> {
    let (scheme, credentials) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(credentials.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((decode(id), decode(secret)))
}

impl Refusal {
    /// Returns the response for a client that sent these headers.
    pub(crate) fn respond(&self, headers: &HeaderMap) -> Response {
        let description = match self {
            Self::Invalid(description) => {
                return response::oauth_error(
                    StatusCode::BAD_REQUEST,
                    "invalid_request",
                    description,
                );
            }
            Self::Client(description) => description,
        };
        let mut response =
            response::oauth_error(StatusCode::UNAUTHORIZED, "invalid_client", description);
        // "If the client attempted to authenticate via the Authorization request header field" (RFC
        // 6749 section 5.2).
        if headers.contains_key(header::AUTHORIZATION) {
            set(
                &mut response,
                header::WWW_AUTHENTICATE,
                "Basic realm=\"okta\"",
            );
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_credentials_are_split_before_decoding() {
        let header = |text: &str| format!("Basic {}", STANDARD.encode(text));
        let pair = |id: &str, secret: &str| Some((id.to_owned(), secret.to_owned()));
        assert_eq!(basic(&header("id:secret")), pair("id", "secret"));
        assert_eq!(basic(&header("a%3Ab:c+d%2B%25:e")), pair("a:b", "c d+%:e"));
        assert_eq!(basic(&header("no colon")), None);
        assert_eq!(basic("Bearer token"), None);
    }
}
