//! Sessions for unit tests, and an issuer that does as it is told.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::json;
use tokio::sync::Semaphore;

use super::{
    issuer::{Issuer, IssuerFuture, Refreshed},
    record::{NewSession, Record},
};
use crate::{
    oauth::{TokenFailure, TokenResponse},
    secret::Secret,
};

pub(super) const CLIENT_ID: &str = "0oa1";
pub(super) const ISSUER: &str = "https://example.okta.com/oauth2/default";

pub(super) fn claims() -> String {
    json!({
        "iss": ISSUER, "sub": "00u1", "aud": CLIENT_ID, "exp": 4_000_000_000_i64, "iat": 1,
        "email": "ada@example.com", "groups": ["viewer"],
    })
    .to_string()
}

/// The number says which refresh brought them.
pub(super) fn tokens(number: usize) -> TokenResponse {
    let payload = URL_SAFE_NO_PAD.encode(claims());
    TokenResponse {
        access_token: Secret::new(format!("access-{number}")),
        expires_in: Some(Duration::from_secs(3600)),
        scope: Some("openid email".into()),
        refresh_token: Some(Secret::new(format!("refresh-{number}"))),
        id_token: Some(Secret::new(format!("e30.{payload}.sig{number}"))),
    }
}

pub(super) fn new_session() -> NewSession {
    NewSession {
        claims: claims(),
        scopes: "openid email offline_access".into(),
        tokens: tokens(0),
        sid: Some("sid-1".into()),
        nonce: Some("n-0".into()),
        local: Some(json!({ "id": 7 })),
    }
}

pub(super) fn refreshed(number: usize) -> Refreshed {
    Refreshed {
        tokens: tokens(number),
        claims: Some(claims()),
    }
}

/// Answers each refresh with the next of its answers, and then with tokens for ever. Each answer can be held back.
#[derive(Debug)]
pub(super) struct Scripted {
    answers: Mutex<VecDeque<Result<(), TokenFailure>>>,
    /// The refresh tokens that it was asked with.
    pub(super) asked: Mutex<Vec<String>>,
    pub(super) revoked: Mutex<Vec<String>>,
    gate: Semaphore,
}

impl Scripted {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            answers: Mutex::default(),
            asked: Mutex::default(),
            revoked: Mutex::default(),
            gate: Semaphore::new(Semaphore::MAX_PERMITS),
        })
    }

    pub(super) fn fails_with(&self, failure: TokenFailure) {
        self.answers.lock().unwrap().push_back(Err(failure));
    }

    /// From now on each refresh waits for [`release`](Self::release).
    pub(super) fn hold(&self) {
        self.gate.forget_permits(Semaphore::MAX_PERMITS);
    }

    pub(super) fn release(&self) {
        self.gate.add_permits(1000);
    }

    pub(super) fn refreshes(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

impl Issuer for Scripted {
    fn refresh<'a>(
        &'a self,
        before: &'a Record,
    ) -> IssuerFuture<'a, Result<Refreshed, TokenFailure>> {
        Box::pin(async move {
            let token = before.refresh_token.as_ref().unwrap().expose().to_owned();
            let number = {
                let mut asked = self.asked.lock().unwrap();
                asked.push(token);
                asked.len()
            };
            self.gate.acquire().await.unwrap().forget();
            let answer = self.answers.lock().unwrap().pop_front();
            answer.unwrap_or(Ok(())).map(|()| refreshed(number))
        })
    }

    fn revoke<'a>(&'a self, refresh_token: &'a Secret) -> IssuerFuture<'a, ()> {
        Box::pin(async move {
            let token = refresh_token.expose().to_owned();
            self.revoked.lock().unwrap().push(token);
        })
    }
}
