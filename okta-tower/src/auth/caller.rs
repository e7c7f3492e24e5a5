//! The caller, as the layer leaves it in the request's extensions.

use std::sync::Arc;

use http::{Extensions, HeaderValue};

use super::credentials::CredentialFinder;
use crate::{
    claims::Verified,
    error::{AuthError, Misconfigured},
};

/// Marks a request that a layer forwarded without a caller, so that inner code can tell an
/// anonymous caller from a missing layer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Anonymous;

/// Where the layer has found the token, in the request's extensions: only if the token is not in
/// the `Authorization` header, or no longer.
#[derive(Clone, Default)]
pub(super) struct TokenPlace {
    pub(super) finder: Option<Arc<dyn CredentialFinder>>,
    pub(super) removed: Option<HeaderValue>,
}

/// Returns the caller of a request that has passed an [`AuthLayer`](super::AuthLayer): `None` if
/// the layer forwards requests without credentials and this is one. For extractors and guards of
/// your own.
///
/// # Errors
/// [`Misconfigured`](crate::AuthErrorKind::Misconfigured) if the request passed no layer: a
/// misconfiguration must not look like a caller without credentials.
pub fn caller(extensions: &Extensions) -> Result<Option<&Verified>, AuthError> {
    match extensions.get::<Verified>() {
        Some(verified) => Ok(Some(verified)),
        None if extensions.get::<Anonymous>().is_some() => Ok(None),
        None => Err(Misconfigured::LayerMissing.into()),
    }
}

/// Returns the caller of a request, like [`caller`], with an anonymous caller as an error.
///
/// # Errors
/// [`MissingCredentials`](crate::AuthErrorKind::MissingCredentials) if the layer forwarded a
/// request without credentials, and whatever [`caller`] returns.
pub fn require_caller(extensions: &Extensions) -> Result<&Verified, AuthError> {
    caller(extensions)?.ok_or(AuthError::missing_credentials())
}

/// Marks the request as anonymous. Removes the caller that an outer layer, perhaps of another
/// issuer, has left.
pub(super) fn set_anonymous(extensions: &mut Extensions) {
    extensions.remove::<Verified>();
    extensions.insert(Anonymous);
}

pub(super) fn set_verified(extensions: &mut Extensions, verified: Verified) {
    // What an outer layer has left about its own caller's token is not about this one's.
    if extensions.insert(verified).is_some() {
        extensions.remove::<TokenPlace>();
    }
}
