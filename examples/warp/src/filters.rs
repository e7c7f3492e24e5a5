//! Filters of ours: a caller, a requirement.

use std::convert::Infallible;

use okta_tower::{AuthError, Okta, Require, Verified};
use warp::{Filter, Rejection};

use crate::refused::Refused;

/// The caller, as the layer left it in the request's extensions. Nobody is a rejection, which `recover` answers with 401.
pub(crate) fn caller() -> impl Filter<Extract = (Verified,), Error = Rejection> + Clone {
    warp::ext::optional::<Verified>().and_then(async |caller: Option<Verified>| {
        caller.ok_or_else(|| Refused::because(AuthError::missing_credentials()))
    })
}

/// A caller who meets a requirement.
pub(crate) fn require(
    require: Require,
) -> impl Filter<Extract = (Verified,), Error = Rejection> + Clone {
    caller().and_then(move |caller: Verified| {
        let denied = require.check(&caller).map_err(Refused::because);
        async { denied.map(|()| caller) }
    })
}

/// `GET`, after a path has matched: another method there is 405 then, and another path is 404.
pub(crate) fn get(
    path: impl Filter<Extract = (), Error = Rejection> + Clone,
) -> impl Filter<Extract = (), Error = Rejection> + Clone {
    path.and(warp::get())
}

/// Something of the application's own.
pub(crate) fn with(
    okta: &Okta,
) -> impl Filter<Extract = (Okta,), Error = Infallible> + Clone + use<> {
    let okta = okta.clone();
    warp::any().map(move || okta.clone())
}
