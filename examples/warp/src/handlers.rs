//! The handlers of the routes.

#![allow(
    clippy::needless_pass_by_value,
    reason = "Warp passes extracted values by value"
)]

use http::StatusCode;
use okta_tower::{Okta, Require, Verified};
use serde_json::json;
use warp::{
    Rejection, Reply,
    reply::{json, with_status},
};

use crate::refused::Refused;

/// Returns the caller's claims.
pub(crate) fn me(caller: Verified) -> impl Reply {
    json(&json!({
        "subject": caller.subject(),
        "user_id": caller.user_id(),
        "groups": caller.groups().iter().collect::<Vec<_>>(),
        "scopes": caller.scopes().iter().collect::<Vec<_>>(),
    }))
}

/// For the group `admin`.
pub(crate) fn admin(caller: Verified) -> impl Reply {
    json(&json!({ "message": format!("{} is in the group admin.", caller.subject()) }))
}

/// For the scope `reports:read`.
pub(crate) fn reports() -> impl Reply {
    json(&json!([{ "month": "January", "sign_ins": 1815 }]))
}

/// For members of the team: the group with its name.
pub(crate) async fn team(name: String, caller: Verified) -> Result<impl Reply, Rejection> {
    let member = Require::group(name.as_str());
    member.check(&caller).map_err(Refused::because)?;
    Ok(json(&json!({ "team": name })))
}

/// Reports whether tokens can be verified.
pub(crate) fn health(okta: Okta) -> impl Reply {
    let is_ready = okta.is_ready();
    let status = if is_ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    with_status(json(&json!({ "ready": is_ready })), status)
}
