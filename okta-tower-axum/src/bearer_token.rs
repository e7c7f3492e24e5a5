//! The caller's access token as an extractor.

use std::{
    any::type_name,
    fmt,
    future::{Future, ready},
};

use axum_core::extract::{FromRequestParts, OptionalFromRequestParts};
use http::request::Parts;
use okta_tower::{
    AuthError, Secret,
    auth::{self, Rejected, RequestHead},
};

use crate::Rejection;

/// The access token that the layer has verified, for calls to other services on behalf of the
/// caller. It is available with [`AuthLayer::remove_authorization`] too.
///
/// | outcome of the layer | `BearerToken` | `Option<BearerToken>` |
/// |---|---|---|
/// | authenticated caller, by token | the token | `Some` |
/// | session | 401: `Session::access_token` returns the session's | `None` |
/// | anonymous caller, admitted | 401 with a challenge | `None` |
/// | no layer | 500 | 500 |
///
/// ```
/// use okta_tower_axum::BearerToken;
///
/// async fn orders(token: BearerToken) -> String {
///     let authorization = format!("Bearer {}", token.expose());
///     // Send it with a request to another service.
///     # drop(authorization);
///     "ordered".to_owned()
/// }
/// # let _: axum::Router = axum::Router::new().route("/", axum::routing::post(orders));
/// ```
///
/// # Security
/// The token grants the caller's access until it expires. Send it only to services that the caller
/// trusts as much as this one, and keep it out of logs.
///
/// [`AuthLayer::remove_authorization`]: okta_tower::auth::AuthLayer::remove_authorization
#[derive(Clone)]
pub struct BearerToken(Secret);

impl BearerToken {
    /// Returns the token's text.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// Returns the token as a value that prints nothing of it.
    #[must_use]
    pub fn into_inner(self) -> Secret {
        self.0
    }

    fn find(parts: &Parts) -> Result<Option<Self>, AuthError> {
        let token = auth::bearer_token(RequestHead::of_parts(parts), &parts.extensions)?;
        Ok(token.map(Self))
    }
}

impl<S> FromRequestParts<S> for BearerToken {
    type Rejection = Rejection;

    fn from_request_parts(
        parts: &mut Parts,
        _: &S,
    ) -> impl Future<Output = Result<Self, Rejection>> + Send {
        let token = Self::find(parts);
        let token = token.and_then(|token| token.ok_or(AuthError::missing_credentials()));
        ready(token.map_err(|error| refuse(error, parts)))
    }
}

/// `None` means a caller without a token. Errors are still rejections, never `None`.
impl<S> OptionalFromRequestParts<S> for BearerToken {
    type Rejection = Rejection;

    fn from_request_parts(
        parts: &mut Parts,
        _: &S,
    ) -> impl Future<Output = Result<Option<Self>, Rejection>> + Send {
        ready(Self::find(parts).map_err(|error| refuse(error, parts)))
    }
}

fn refuse(error: AuthError, parts: &Parts) -> Rejection {
    Rejection::by(type_name::<BearerToken>(), Rejected::new(error), parts)
}

/// Prints nothing of the token.
impl fmt::Debug for BearerToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BearerToken(..)")
    }
}
