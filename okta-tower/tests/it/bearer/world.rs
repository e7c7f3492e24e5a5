//! What is expected of a token, and tokens written by hand.

use std::{panic::Location, time::Duration};

use okta_tower::{Okta, TokenError, TokenErrorKind, Verified};
use serde_json::Value;

pub(crate) use crate::world::{World, issuer, okta};

impl World {
    pub(crate) async fn accepts(&self, token: &str) -> Verified {
        match self.okta.verify(token).await {
            Ok(verified) => verified,
            Err(error) => panic!("rejected: {:?}", error.token_error()),
        }
    }

    /// The check that rejects this token.
    pub(crate) async fn rejection(&self, token: &str) -> TokenError {
        match self.okta.verify(token).await {
            Ok(_) => panic!("accepted: {token}"),
            Err(error) => *error.token_error().unwrap(),
        }
    }

    #[track_caller]
    pub(crate) fn rejects(&self, token: &str, kind: TokenErrorKind) -> impl Future<Output = ()> {
        let caller = Location::caller();
        async move {
            let refusal = self.rejection(token).await;
            assert_eq!(refusal.kind(), kind, "at {caller}: {token}");
        }
    }

    /// Rejected because of this claim.
    #[track_caller]
    pub(crate) fn blames(
        &self,
        token: &str,
        kind: TokenErrorKind,
        claim: &'static str,
    ) -> impl Future<Output = ()> {
        let caller = Location::caller();
        async move {
            let refusal = self.rejection(token).await;
            assert_eq!(
                (refusal.kind(), refusal.claim()),
                (kind, Some(claim)),
                "at {caller}"
            );
        }
    }

    /// A token with this claim.
    pub(crate) fn claim(&self, name: &str, value: impl Into<Value>) -> String {
        self.issuer.token().claim(name, value).sign()
    }

    /// A token whose claims begin with these members, exactly as they are written.
    pub(crate) fn claims_text(&self, members: &str) -> String {
        let token = self.issuer.token();
        let claims = prefixed(&token.claims_json(), members);
        token.sign_raw(&token.header_json(), &claims)
    }

    /// A token whose header begins with these members, exactly as they are written.
    pub(crate) fn header_text(&self, members: &str) -> String {
        let token = self.issuer.token();
        let header = prefixed(&token.header_json(), members);
        token.sign_raw(&header, &token.claims_json())
    }
}

/// Waits until none of these has an attempt to make at this moment.
pub(crate) async fn settle(oktas: &[&Okta]) {
    let settled = |okta: &&Okta| {
        let state = okta.key_state();
        !state.is_refreshing && state.next_attempt.is_some_and(|wait| wait > Duration::ZERO)
    };
    let all = async {
        while !oktas.iter().all(settled) {
            tokio::task::yield_now().await;
        }
    };
    // Real time, and only so that a fault ends the test.
    tokio::time::timeout(Duration::from_secs(30), all)
        .await
        .expect("the refresher does not come to rest");
}

/// The JSON text of an object, with more members in front.
pub(crate) fn prefixed(object: &str, members: &str) -> String {
    format!("{{{members},{}", &object[1..])
}

/// `count` members, as they are written.
pub(crate) fn members(count: usize) -> String {
    let members: Vec<String> = (0..count).map(|n| format!(r#""m{n}":1"#)).collect();
    members.join(",")
}
