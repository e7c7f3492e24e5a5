//! Explains why a token is rejected, for support pages and for operators. Feature `explain`.

mod advice;
mod check;
mod claims;
mod explanation;
mod finding;
mod kind;
mod read;
mod request;

pub use self::{
    advice::{Advice, Topic},
    check::Check,
    claims::UnverifiedClaims,
    explanation::Explanation,
    finding::{Finding, Outcome},
};

use http::Method;

use self::read::Known;
use crate::{
    claims::Verified,
    error::{AuthError, KeysUnavailable, TokenErrorKind},
    okta::Okta,
    rules::RouteRules,
};

impl Okta {
    /// Explains why this token is accepted or rejected. Feature `explain`.
    pub async fn explain(&self, token: &str) -> Explanation {
        let verified = self.verify(token).await;
        let (findings, claims) = self.read(token, verified.as_ref());
        Explanation::new(findings, claims)
    }

    /// Explains why a request with this token is allowed or rejected by a layer with these rules.
    /// Feature `explain`.
    ///
    /// `path` is that of the request's URI, exactly as received: see
    /// [`RouteRules::require_for`].
    pub async fn explain_request(
        &self,
        token: &str,
        rules: &RouteRules,
        method: &Method,
        path: &str,
    ) -> Explanation {
        let verified = self.verify(token).await;
        let (of_token, claims) = self.read(token, verified.as_ref());
        let findings = request::explain(of_token, verified.as_ref(), rules, method, path);
        Explanation::new(findings, claims)
    }

    fn read(
        &self,
        token: &str,
        verified: Result<&Verified, &AuthError>,
    ) -> (Vec<Finding>, Option<UnverifiedClaims>) {
        let verifier = self.verifier();
        let unconfirmed = KeysUnavailable::Unconfirmed.as_str();
        let unknown_key = match verified {
            Err(error) if error.reason() == unconfirmed => unconfirmed,
            _ => TokenErrorKind::UnknownKey.as_str(),
        };
        let current = verifier.current_keys();
        let known = Known {
            policy: verifier.policy(),
            keys: (current.as_ref())
                .map(|(snapshot, _)| &snapshot.keys)
                .map_err(|unavailable| *unavailable),
            key_state: &verifier.keys().state(),
            unknown_key,
            now: verifier.clock().unix_seconds(),
        };
        read::read(token, &known)
    }
}
