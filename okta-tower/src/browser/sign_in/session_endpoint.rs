//! `GET /session`: the user, as JSON for front ends. Never a token.

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
    /// In Unix seconds.
    expires_at: u64,
}

impl SignInContext {
    pub(super) async fn session(&self, headers: &HeaderMap) -> PageResponse {
        match self.sessions.current(headers).await {
            Ok(Some(verified)) => {
                let mut response = response::json(StatusCode::OK, json(&verified));
                let now = self.sessions.now();
                self.sessions.finish(&verified, now, response.headers_mut());
                response
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

fn json(verified: &Verified) -> String {
    let expires_at = verified.expires_at().duration_since(UNIX_EPOCH);
    let info = SessionInfo {
        user_id: verified.user_id(),
        name: verified.name(),
        email: verified.email(),
        groups: verified.groups().iter().collect(),
        scopes: verified.scopes().iter().collect(),
        expires_at: expires_at.map_or(0, |since| since.as_secs()),
    };
    // Strings and numbers always serialize.
    serde_json::to_string(&info).unwrap_or_default()
}
