//! Filters that extract the caller.

use std::convert::Infallible;

use okta_tower::{AuthError, Okta, Require, Verified};
use warp::{Filter, Rejection};

use crate::refused::Refused;

/// Extracts the caller that the layer inserted into the request's extensions. For anonymous callers
/// it rejects, which `recover` turns into 401.
pub(crate) fn caller() -> impl Filter<Extract = (Verified,), Error = Rejection> + Clone {
    warp::ext::optional::<Verified>().and_then(async |caller: Option<Verified>| {
        caller.ok_or_else(|| Refused::because(AuthError::missing_credentials()))
    })
}

/// Extracts a caller who meets a requirement.
pub(crate) fn require(
    require: Require,
) -> impl Filter<Extract = (Verified,), Error = Rejection> + Clone {
    caller().and_then(move |caller: Verified| {
        let denied = require.check(&caller).map_err(Refused::because);
        async { denied.map(|()| caller) }
    })
}

/// Matches the path, then `GET`. An unknown path is then 404, and another method is 405.
pub(crate) fn get(
    path: impl Filter<Extract = (), Error = Rejection> + Clone,
) -> impl Filter<Extract = (), Error = Rejection> + Clone {
    path.and(warp::get())
}

/// Passes the handle to a handler.
pub(crate) fn with(
    okta: &Okta,
) -> impl Filter<Extract = (Okta,), Error = Infallible> + Clone + use<> {
    let okta = okta.clone();
    warp::any().map(move || okta.clone())
}
