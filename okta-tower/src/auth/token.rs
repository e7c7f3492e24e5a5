//! The access token of an authenticated request, for calls to other services.

use std::borrow::Cow;

use http::{Extensions, header::AUTHORIZATION};

use super::{
    caller::{TokenPlace, caller},
    credentials::{BearerHeader, Credential, CredentialFinder, RequestHead},
};
use crate::{base::secret::Secret, claims::Via, error::AuthError};

/// Returns the access token of a request that has passed an [`AuthLayer`](super::AuthLayer), for
/// calls to other services on behalf of the caller. `None` for an anonymous caller and for a
/// session, whose token `Session::access_token` returns, and if another layer has removed the
/// header.
///
/// ```
/// use http::Request;
/// use okta_tower::auth::{RequestHead, bearer_token};
///
/// fn authorization<B>(request: &Request<B>) -> Option<String> {
///     let token = bearer_token(RequestHead::of(request), request.extensions());
///     Some(format!("Bearer {}", token.ok()??.expose()))
/// }
/// // Without the layer, there is no verified token.
/// let unverified = Request::get("/").header("authorization", "Bearer a.b.c").body(());
/// assert_eq!(authorization(&unverified.unwrap()), None);
/// ```
///
/// # Errors
/// [`Misconfigured`](crate::AuthErrorKind::Misconfigured) if the request passed no layer, and
/// whatever the layer's [`CredentialFinder`] returns.
///
/// # Security
/// The token grants the caller's access until it expires. Send it only to services that the caller
/// trusts as much as this one, and keep it out of logs.
pub fn bearer_token(
    request: RequestHead<'_>,
    extensions: &Extensions,
) -> Result<Option<Secret>, AuthError> {
    if caller(extensions)?.is_none_or(|caller| caller.via() != Via::Bearer) {
        return Ok(None);
    }
    let place = extensions.get::<TokenPlace>().cloned().unwrap_or_default();
    let mut headers = Cow::Borrowed(request.headers);
    if let Some(removed) = place.removed {
        headers.to_mut().insert(AUTHORIZATION, removed);
    }
    let request = RequestHead {
        headers: &headers,
        ..request
    };
    let found = match &place.finder {
        Some(finder) => finder.find(request)?,
        None => BearerHeader.find(request)?,
    };
    Ok(match found {
        Credential::Bearer(token) | Credential::Cookie(token) => {
            String::from_utf8(token.into_owned()).ok().map(Secret::new)
        }
        Credential::Absent | Credential::OtherScheme | Credential::NoScheme => None,
    })
}
