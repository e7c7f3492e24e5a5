//! The session of a request, for extractors and guards.

use http::Extensions;

use super::handle::Session;
use crate::{
    auth::caller,
    error::{AuthError, Misconfigured},
};

/// Returns the session of a request that has passed an [`AuthLayer`](crate::auth::AuthLayer):
/// `None` if the caller is anonymous or sent a token. For extractors and guards of your own.
///
/// # Errors
/// [`Misconfigured`](crate::AuthErrorKind::Misconfigured) if the request passed no layer, and if
/// the layer is configured with another claim type than `C`: a misconfiguration must not look like
/// a user who is not signed in.
pub fn session<C: Send + Sync + 'static>(
    extensions: &Extensions,
) -> Result<Option<Session<C>>, AuthError> {
    match caller(extensions)? {
        Some(verified) if verified.typed::<C>().is_none() => {
            Err(Misconfigured::WrongClaimsType.into())
        }
        Some(verified) => Ok(Session::of(verified)),
        None => Ok(None),
    }
}

/// Returns the session of a request, like [`session`], with every other caller as an error.
///
/// # Errors
/// [`MissingCredentials`](crate::AuthErrorKind::MissingCredentials) if there is no session: the
/// layer redirects a user who opens a page to the sign-in. And whatever [`session`] returns.
pub fn require_session<C: Send + Sync + 'static>(
    extensions: &Extensions,
) -> Result<Session<C>, AuthError> {
    session(extensions)?.ok_or(AuthError::missing_credentials())
}
