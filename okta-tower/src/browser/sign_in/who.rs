//! `GET /session`: who is signed in, for front ends. Never a token.

use std::time::UNIX_EPOCH;

use http::{HeaderMap, StatusCode};
use serde::Serialize;

use super::{
    answer::{self, Answer},
    parts::Parts,
    problem::Problem,
};
use crate::{claims::Verified, error::AuthErrorKind};

/// What a front end is told.
#[derive(Serialize)]
struct Who<'w> {
    user_id: Option<&'w str>,
    name: Option<&'w str>,
    email: Option<&'w str>,
    groups: Vec<&'w str>,
    scopes: Vec<&'w str>,
    /// In seconds since 1970.
    expires_at: u64,
}

impl Parts {
    pub(super) async fn who(&self, headers: &HeaderMap) -> Answer {
        match self.sessions.current(headers).await {
            Ok(Some(verified)) => {
                let mut answer = answer::json(StatusCode::OK, json(&verified));
                let now = self.sessions.now();
                self.sessions.finish(&verified, now, answer.headers_mut());
                answer
            }
            Err(error) if error.outcome() == AuthErrorKind::Unavailable => {
                let error = r#"{"error":"unavailable"}"#;
                let mut answer = answer::json(StatusCode::SERVICE_UNAVAILABLE, error.into());
                answer::hint_retry(&Problem::StoreUnavailable, &mut answer);
                answer
            }
            Ok(None) | Err(_) => nobody(),
        }
    }
}

fn nobody() -> Answer {
    answer::json(
        StatusCode::UNAUTHORIZED,
        r#"{"error":"not_signed_in"}"#.into(),
    )
}

fn json(verified: &Verified) -> String {
    let expires_at = verified.expires_at().duration_since(UNIX_EPOCH);
    let who = Who {
        user_id: verified.user_id(),
        name: verified.name(),
        email: verified.email(),
        groups: verified.groups().iter().collect(),
        scopes: verified.scopes().iter().collect(),
        expires_at: expires_at.map_or(0, |since| since.as_secs()),
    };
    // Strings and numbers alone: there is nothing that could not be written.
    serde_json::to_string(&who).unwrap_or_default()
}
