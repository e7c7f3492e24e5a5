//! Which client is asking, and can it prove it? (RFC 6749 section 2.3, OpenID Connect Core section 9)

use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderMap, StatusCode, header};

use super::{
    assertion::{self, ASSERTION_TYPE},
    client::{Client, Credential, SecretIn},
};
use crate::{
    answer::{self, Answer, set},
    incoming::Asked,
    parameters::decode,
    shared::Shared,
};

/// What a request shows of its client.
enum Shown {
    Secret {
        id: String,
        secret: String,
        place: SecretIn,
    },
    Assertion(String),
    /// The client id alone.
    Id(String),
}

/// The client that asked, or the answer that refuses it. `endpoint` is the URL that was called: assertions are made out
/// to it.
pub(crate) fn authenticate(
    shared: &Shared,
    asked: &Asked,
    endpoint: &str,
) -> Result<Client, Answer> {
    match credentials(asked)? {
        Shown::Assertion(assertion) => assertion::check(shared, &assertion, endpoint)
            .map_err(|description| invalid_client(&asked.headers, description)),
        Shown::Secret { id, secret, place } => {
            let client = find(shared, asked, &id)?;
            let Credential::Secret(known, only) = &client.credential else {
                return Err(wrong_method(asked));
            };
            if only.is_some_and(|only| only != place) {
                return Err(wrong_method(asked));
            }
            if verify_slices_are_equal(known.as_bytes(), secret.as_bytes()).is_err() {
                return Err(invalid_client(
                    &asked.headers,
                    "The client secret supplied for a confidential client is invalid.",
                ));
            }
            Ok(client)
        }
        Shown::Id(id) => {
            let client = find(shared, asked, &id)?;
            match client.credential {
                Credential::None => Ok(client),
                Credential::Secret(..) | Credential::Key(_) => Err(wrong_method(asked)),
            }
        }
    }
}

fn find(shared: &Shared, asked: &Asked, id: &str) -> Result<Client, Answer> {
    shared
        .sign_in()
        .client(id)
        .cloned()
        .ok_or_else(|| invalid_client(&asked.headers, "Invalid value for 'client_id' parameter."))
}

fn credentials(asked: &Asked) -> Result<Shown, Answer> {
    let form = &asked.form;
    let header = asked.headers.get(header::AUTHORIZATION);
    let (secret, assertion) = (form.get("client_secret"), form.get("client_assertion"));
    let shown = [header.is_some(), secret.is_some(), assertion.is_some()];
    if shown.into_iter().filter(|is| *is).count() > 1 {
        return Err(answer::oauth_error(
            StatusCode::BAD_REQUEST,
            "invalid_request",
            "Can't supply multiple client credentials. Include credentials in either the Authorization header or in \
             the POST body, but not both.",
        ));
    }
    // A public client names itself to `/introspect` in the URL.
    let id = form.get("client_id").or(asked.query.get("client_id"));
    if let Some(header) = header {
        let basic = header.to_str().ok().and_then(basic);
        let (named, secret) = basic.ok_or_else(|| {
            invalid_client(
                &asked.headers,
                "The authorization header could not be read as Basic credentials.",
            )
        })?;
        if id.is_some_and(|id| id != named) {
            return Err(invalid_client(
                &asked.headers,
                "The client ids in the header and in the form differ.",
            ));
        }
        return Ok(Shown::Secret {
            id: named,
            secret,
            place: SecretIn::Header,
        });
    }
    if let Some(assertion) = assertion {
        if form.get("client_assertion_type") != Some(ASSERTION_TYPE) {
            return Err(answer::oauth_error(
                StatusCode::BAD_REQUEST,
                "invalid_request",
                "Invalid value for 'client_assertion_type' parameter.",
            ));
        }
        return Ok(Shown::Assertion(assertion.to_owned()));
    }
    match (id, secret) {
        (Some(id), Some(secret)) => Ok(Shown::Secret {
            id: id.to_owned(),
            secret: secret.to_owned(),
            place: SecretIn::Form,
        }),
        (Some(id), None) => Ok(Shown::Id(id.to_owned())),
        (None, _) => Err(invalid_client(
            &asked.headers,
            "No client credentials found.",
        )),
    }
}

/// Client id and secret, each form-encoded before they were joined (RFC 6749 section 2.3.1).
fn basic(header: &str) -> Option<(String, String)> {
    let (scheme, credentials) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(credentials.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((decode(id), decode(secret)))
}

fn wrong_method(asked: &Asked) -> Answer {
    invalid_client(
        &asked.headers,
        "The client is not registered for the authentication method that it used.",
    )
}

fn invalid_client(headers: &HeaderMap, description: &str) -> Answer {
    let mut answer = answer::oauth_error(StatusCode::UNAUTHORIZED, "invalid_client", description);
    // "If the client attempted to authenticate via the Authorization request header field" (RFC 6749 section 5.2).
    if headers.contains_key(header::AUTHORIZATION) {
        set(
            &mut answer,
            header::WWW_AUTHENTICATE,
            "Basic realm=\"okta\"",
        );
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_credentials_are_decoded_after_they_are_taken_apart() {
        let header = |text: &str| format!("Basic {}", STANDARD.encode(text));
        let pair = |id: &str, secret: &str| Some((id.to_owned(), secret.to_owned()));
        assert_eq!(basic(&header("id:secret")), pair("id", "secret"));
        assert_eq!(basic(&header("a%3Ab:c+d%2B%25:e")), pair("a:b", "c d+%:e"));
        assert_eq!(basic(&header("no colon")), None);
        assert_eq!(basic("Bearer token"), None);
    }
}
