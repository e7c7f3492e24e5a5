//! Handlers of the guarded routes. They treat users with a session cookie and API clients with a
//! token alike.

use std::time::UNIX_EPOCH;

use axum::Json;
use okta_tower_axum::{Claims, RequireGroup, RequireScope, group, scope};
use serde::Serialize;
use serde_json::Value;

group!(pub(crate) Admins = "admin", pub(crate) Viewers = "viewer");
scope!(pub(crate) ReportsRead = "reports:read");

/// The caller's claims.
#[derive(Serialize)]
pub(crate) struct Me {
    /// Often a login, for display only. Key local data about a user by `user_id`.
    subject: String,
    /// Okta's ID of the user; null for a service.
    user_id: Option<String>,
    /// The application that requested the token.
    client_id: Option<String>,
    groups: Vec<String>,
    scopes: Vec<String>,
    /// Seconds since 1970.
    expires_at: u64,
}

/// For every authenticated caller. The extractor rejects anonymous callers.
pub(crate) async fn me(caller: Claims) -> Json<Me> {
    let expires_at = caller.expires_at().duration_since(UNIX_EPOCH);
    Json(Me {
        subject: caller.subject().to_owned(),
        user_id: caller.user_id().map(str::to_owned),
        client_id: caller.client_id().map(str::to_owned),
        groups: caller.groups().iter().map(str::to_owned).collect(),
        scopes: caller.scopes().iter().map(str::to_owned).collect(),
        expires_at: expires_at.map_or(0, |since| since.as_secs()),
    })
}

#[derive(Serialize)]
pub(crate) struct Message {
    message: String,
}

/// For members of the group `admin`.
pub(crate) async fn admin(caller: RequireGroup<Admins>) -> Json<Message> {
    let message = format!("{} is in the group admin.", caller.subject());
    Json(Message { message })
}

#[derive(Serialize)]
pub(crate) struct Report {
    month: &'static str,
    sign_ins: u32,
}

/// For users and services with the scope `reports:read`.
pub(crate) async fn reports(_: RequireScope<ReportsRead>) -> Json<[Report; 2]> {
    let report = |month, sign_ins| Report { month, sign_ins };
    Json([report("January", 1815), report("February", 1852)])
}

/// The request's body and its sender.
#[derive(Serialize)]
pub(crate) struct Echo {
    /// The user ID, or the subject if the caller has none.
    caller: String,
    echo: Value,
}

/// For every authenticated caller.
///
/// A `POST` with a session cookie is only accepted from pages of this application, so that a page
/// of another origin cannot forge the call. Tokens are accepted from any origin.
pub(crate) async fn echo(caller: Claims, Json(echo): Json<Value>) -> Json<Echo> {
    let caller = caller.user_id().unwrap_or(caller.subject()).to_owned();
    Json(Echo { caller, echo })
}
