//! Who is calling, as the layer left it in the request's extensions.

use http::Extensions;

#[cfg(feature = "sign-in")]
use crate::browser::session::Session;
use crate::{
    claims::Verified,
    error::{AuthError, Misconfigured},
};

/// Left where a layer let a request through without claims, so that what stands further in can tell "nobody" from
/// "no layer".
#[derive(Clone, Copy, Debug)]
pub(super) struct Anonymous;

/// The caller of a request that has passed an [`AuthLayer`](super::AuthLayer): `None` where the layer lets requests
/// without credentials through and this is one. For extractors and guards of your own.
///
/// # Errors
/// [`Misconfigured`](crate::AuthErrorKind::Misconfigured) where no layer was passed: a mistake of the program, which
/// must not look like a caller without credentials.
pub fn caller(extensions: &Extensions) -> Result<Option<&Verified>, AuthError> {
    match extensions.get::<Verified>() {
        Some(verified) => Ok(Some(verified)),
        None if extensions.get::<Anonymous>().is_some() => Ok(None),
        None => Err(Misconfigured::LayerMissing.into()),
    }
}

/// The caller of a request, where there must be one: [`caller`], with nobody as an error.
///
/// # Errors
/// [`MissingCredentials`](crate::AuthErrorKind::MissingCredentials) where the layer let a request without credentials
/// through, and whatever [`caller`] returns.
pub fn require_caller(extensions: &Extensions) -> Result<&Verified, AuthError> {
    caller(extensions)?.ok_or(AuthError::missing_credentials())
}

/// The session of a request that has passed an [`AuthLayer`](super::AuthLayer): `None` where nobody calls, and where the
/// caller came with a token. For extractors and guards of your own. Feature `sign-in`.
///
/// # Errors
/// [`Misconfigured`](crate::AuthErrorKind::Misconfigured) where no layer was passed, and where the layer was told of
/// another type than `C`: a mistake of the program, which must not look like a person who is not signed in.
#[cfg(feature = "sign-in")]
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

/// The session of a request, where there must be one: [`session`], with nobody and callers by token as an error. Feature
/// `sign-in`.
///
/// # Errors
/// [`MissingCredentials`](crate::AuthErrorKind::MissingCredentials) where there is no session: the layer turns it into the
/// way to the sign-in for a person who opens a page. And whatever [`session`] returns.
#[cfg(feature = "sign-in")]
pub fn require_session<C: Send + Sync + 'static>(
    extensions: &Extensions,
) -> Result<Session<C>, AuthError> {
    session(extensions)?.ok_or(AuthError::missing_credentials())
}

/// Marks the request as nobody's. What an outer layer, perhaps of another issuer, said of the caller is taken away.
pub(super) fn set_anonymous(extensions: &mut Extensions) {
    extensions.remove::<Verified>();
    extensions.insert(Anonymous);
}

pub(super) fn set_verified(extensions: &mut Extensions, verified: Verified) {
    extensions.insert(verified);
}
