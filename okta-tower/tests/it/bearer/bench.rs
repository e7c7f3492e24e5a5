//! An issuer, an `Okta` that trusts it, and one clock for both.

use std::time::Duration;

use okta_tower::{Okta, OktaBuilder, TokenError, TokenErrorKind, Verified};
use okta_tower_test::{Issuer, ManualClock};
use serde_json::Value;

pub(crate) struct Bench {
    pub(crate) issuer: Issuer,
    pub(crate) okta: Okta,
    pub(crate) clock: ManualClock,
}

impl Bench {
    /// With Okta's defaults on both sides.
    pub(crate) async fn start() -> Self {
        Self::with(|okta| okta).await
    }

    /// With the verifying side set up differently.
    pub(crate) async fn with(settings: impl FnOnce(OktaBuilder) -> OktaBuilder) -> Self {
        let clock = ManualClock::new();
        let issuer = Issuer::builder()
            .clock(clock.clone())
            .start()
            .await
            .unwrap();
        let okta = okta(&issuer, &clock, settings).await;
        Self {
            issuer,
            okta,
            clock,
        }
    }

    pub(crate) async fn accepts(&self, token: &str) -> Verified {
        match self.okta.verify(token).await {
            Ok(verified) => verified,
            Err(error) => panic!("refused: {:?}", error.token_error()),
        }
    }

    /// The check that refuses this token.
    pub(crate) async fn refusal(&self, token: &str) -> TokenError {
        match self.okta.verify(token).await {
            Ok(_) => panic!("accepted: {token}"),
            Err(error) => *error.token_error().unwrap(),
        }
    }

    #[track_caller]
    pub(crate) fn refuses(&self, token: &str, kind: TokenErrorKind) -> impl Future<Output = ()> {
        let caller = std::panic::Location::caller();
        async move {
            let refusal = self.refusal(token).await;
            assert_eq!(refusal.kind(), kind, "at {caller}: {token}");
        }
    }

    /// Refused because of this claim.
    #[track_caller]
    pub(crate) fn blames(
        &self,
        token: &str,
        kind: TokenErrorKind,
        claim: &'static str,
    ) -> impl Future<Output = ()> {
        let caller = std::panic::Location::caller();
        async move {
            let refusal = self.refusal(token).await;
            assert_eq!(
                (refusal.kind(), refusal.claim()),
                (kind, Some(claim)),
                "at {caller}"
            );
        }
    }

    /// A token whose claims have this one set.
    pub(crate) fn claim(&self, name: &str, value: impl Into<Value>) -> String {
        self.issuer.token().claim(name, value).sign()
    }

    /// A token whose claims have these members in front, as they are written.
    pub(crate) fn claims_text(&self, members: &str) -> String {
        let token = self.issuer.token();
        token.sign_raw(
            &token.header_json(),
            &prefixed(&token.claims_json(), members),
        )
    }

    /// A token whose header has these members in front, as they are written.
    pub(crate) fn header_text(&self, members: &str) -> String {
        let token = self.issuer.token();
        token.sign_raw(
            &prefixed(&token.header_json(), members),
            &token.claims_json(),
        )
    }
}

/// An `Okta` that trusts this issuer and goes by this clock.
pub(crate) async fn okta(
    issuer: &Issuer,
    clock: &ManualClock,
    settings: impl FnOnce(OktaBuilder) -> OktaBuilder,
) -> Okta {
    let builder = Okta::builder(issuer.url())
        .clock(clock.clone())
        .danger()
        .allow_http_on_loopback();
    settings(builder).start().await.unwrap()
}

/// Waits until every one of these has no attempt to make at this moment.
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

pub(crate) fn prefixed(object: &str, members: &str) -> String {
    format!("{{{members},{}", &object[1..])
}

/// `count` members, as they are written.
pub(crate) fn members(count: usize) -> String {
    let members: Vec<String> = (0..count).map(|n| format!(r#""m{n}":1"#)).collect();
    members.join(",")
}
