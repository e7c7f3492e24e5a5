//! What the guarded routes do. Callers are people with a session cookie, or programs with a token: nothing here can tell, and
//! nothing needs to.

use std::time::UNIX_EPOCH;

use axum::Json;
use okta_tower_axum::{Claims, RequireGroup, RequireScope, group, scope};
use serde::Serialize;
use serde_json::Value;

group!(pub(crate) Admins = "admin", pub(crate) Viewers = "viewer");
scope!(pub(crate) ReportsRead = "reports:read");

/// Who is calling, as their claims say.
#[derive(Serialize)]
pub(crate) struct Me {
    /// Often a login. For display: local data about a person is keyed by `user_id`.
    subject: String,
    /// Okta's id of the person; null for a service.
    user_id: Option<String>,
    /// The application that asked for the token.
    client_id: Option<String>,
    groups: Vec<String>,
    scopes: Vec<String>,
    /// In seconds since 1970.
    expires_at: u64,
}

/// For every caller: the argument is the proof.
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

/// For callers, people and services alike, that were granted the scope `reports:read`.
pub(crate) async fn reports(_: RequireScope<ReportsRead>) -> Json<[Report; 2]> {
    let report = |month, sign_ins| Report { month, sign_ins };
    Json([report("January", 1815), report("February", 1852)])
}

/// What was sent, and by whom.
#[derive(Serialize)]
pub(crate) struct Echo {
    /// The id of the person, or what else the caller is called.
    caller: String,
    echo: Value,
}

/// For every caller. It changes nothing, and is asked for as if it did: a browser's cookie counts here only on a page of
/// this application, so that no other page can make the browser call it. Tokens count from anywhere.
pub(crate) async fn echo(caller: Claims, Json(echo): Json<Value>) -> Json<Echo> {
    let caller = caller.user_id().unwrap_or(caller.subject()).to_owned();
    Json(Echo { caller, echo })
}
