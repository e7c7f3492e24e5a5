//! `GET /session`: the user, as JSON for front ends. Never a token.
//!
//! The request is no use of the session: a front end that asks every minute must not keep the
//! session of a user who is away.

use std::time::UNIX_EPOCH;

use http::{HeaderMap, StatusCode};
use serde::Serialize;

use super::{
    context::SignInContext,
    response::{self, PageResponse},
};
use crate::{browser::pages::SignInProblem, claims::Verified, error::AuthErrorKind};

/// The JSON object that a front end gets.
#[derive(Serialize)]
struct SessionInfo<'s> {
    user_id: Option<&'s str>,
    name: Option<&'s str>,
    email: Option<&'s str>,
    groups: Vec<&'s str>,
    scopes: Vec<&'s str>,
    /// When the session ends, even in use, in Unix seconds.
    expires_at: u64,
    /// When the session ends if it is not used anymore, in Unix seconds.
    idle_expires_at: Option<i64>,
}

impl SignInContext {
    pub(super) async fn session(&self, headers: &HeaderMap) -> PageResponse {
        match self.sessions.peek(headers).await {
            Ok(Some(verified)) => {
                let idle_end = self.sessions.idle_end(&verified);
                response::json(StatusCode::OK, json(&verified, idle_end))
            }
            Err(error) if error.outcome() == AuthErrorKind::Unavailable => {
                let error = r#"{"error":"unavailable"}"#;
                let mut response = response::json(StatusCode::SERVICE_UNAVAILABLE, error);
                response::hint_retry(&SignInProblem::StoreUnavailable, &mut response);
                response
            }
            Ok(None) | Err(_) => {
                response::json(StatusCode::UNAUTHORIZED, r#"{"error":"not_signed_in"}"#)
            }
        }
    }
}

fn json(verified: &Verified, idle_expires_at: Option<i64>) -> String {
    let expires_at = verified.expires_at().duration_since(UNIX_EPOCH);
    let info = SessionInfo {
        user_id: verified.user_id(),
        name: verified.name(),
        email: verified.email(),
        groups: verified.groups().iter().collect(),
        scopes: verified.scopes().iter().collect(),
        expires_at: expires_at.map_or(0, |since| since.as_secs()),
        idle_expires_at,
    };
    // Strings and numbers always serialize.
    serde_json::to_string(&info).unwrap_or_default()
}
