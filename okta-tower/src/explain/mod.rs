//! Explains why a token is rejected, for support pages and for operators. Feature `explain`.
//!
//! [`Okta::explain`] makes every check that a token of a request gets, and goes on after a failure.
//! An [`Explanation`] is a list of [`Finding`]s, each with what was found and its remedy, and the
//! [`UnverifiedClaims`] of the token. [`Topic`] has cause and remedy of every code, as on the page
//! "Troubleshooting".
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! use okta_tower::explain::Outcome;
//! use okta_tower_test::Issuer;
//!
//! let issuer = Issuer::start().await;
//! let okta = issuer.okta().await;
//!
//! let accepted = okta.explain(&issuer.token().sign()).await;
//! assert_eq!(accepted.outcome(), Outcome::Ok);
//!
//! let token = issuer.token().audience("api://other").expires_in(-3600);
//! let rejected = okta.explain(&token.sign()).await;
//! assert_eq!(rejected.reason(), Some("wrong_audience")); // as a request's `AuthError::reason`
//! let reasons = rejected.findings().iter().filter_map(|finding| finding.reason());
//! assert!(reasons.eq(["wrong_audience", "expired"])); // and all else that is wrong
//! # }
//! ```
//!
//! # Security
//!
//! - An explanation reveals the configuration: issuers, audiences, clients, the groups of rules.
//!   Guard the page that shows it.
//! - It never becomes a caller: there is no way from here to a [`Verified`].
//! - The token, its signature and its parts are never shown. Which claims are shown, and that they
//!   are not verified: see [`UnverifiedClaims`]. Messages of findings name the claim at fault.
//! - An explanation costs what a verification costs, and the same bounds hold for it.

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
    /// Explains why this token is accepted or rejected. Feature `explain`; see
    /// [`explain`](crate::explain).
    ///
    /// Verifies the token as [`verify`](Self::verify) does. If its key may just have been
    /// published, waits for the key, for the configured time at most. Counts and logs no rejection.
    /// The claim type of a layer is not known here: `claims_unreadable` is never found.
    ///
    /// # Security
    /// For a page that the application guards. The claims of a rejected token are not verified.
    ///
    /// # Panics
    /// As [`verify`](Self::verify).
    pub async fn explain(&self, token: &str) -> Explanation {
        let verified = self.verify(token).await;
        let (findings, claims) = self.read(token, verified.as_ref());
        Explanation::new(findings, claims)
    }

    /// Explains why a request with this token is allowed or rejected by a layer with these rules.
    /// Feature `explain`; otherwise like [`explain`](Self::explain).
    ///
    /// `path` is that of the request's URI, exactly as received: see
    /// [`RouteRules::require_for`]. As in the layer, a table without a rule for the request comes
    /// first, and a public rule ignores tokens that are not valid: their failures are warnings.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use http::Method;
    /// use okta_tower::{Require, RouteRules};
    /// use okta_tower_test::Issuer;
    ///
    /// let issuer = Issuer::start().await;
    /// let okta = issuer.okta().await;
    /// let rules = RouteRules::new().at("/reports", Require::scope("reports:read")).build()?;
    /// for (scope, reason) in [("reports:read", None), ("openid", Some("scope"))] {
    ///     let token = issuer.token().scopes([scope]).sign();
    ///     let request = okta.explain_request(&token, &rules, &Method::GET, "/reports");
    ///     assert_eq!(request.await.reason(), reason);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Security
    /// As [`explain`](Self::explain). The findings name what the rule requires, groups included.
    ///
    /// # Panics
    /// As [`verify`](Self::verify).
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

    /// Reads the token with the keys and the clock as they are now.
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
        let (mut findings, claims) = read::read(token, &known);
        // The keys or the clock may have changed since: the verification decides.
        let has_failed = |finding: &Finding| finding.outcome() == Outcome::Failure;
        if let Err(error) = verified
            && !findings.iter().any(has_failed)
        {
            let found = Finding::new(Check::Claims, Outcome::Failure, error.to_string());
            findings.push(found.with_reason(error.reason()));
        }
        (findings, claims)
    }
}
