//! Explains why a token is rejected, for support pages and for operators. Feature `explain`.

mod advice;
mod check;
mod claims;
mod explanation;
mod finding;

pub use self::{
    advice::{Advice, Topic},
    check::Check,
    claims::UnverifiedClaims,
    explanation::Explanation,
    finding::{Finding, Outcome},
};

use http::Method;

use crate::{okta::Okta, rules::RouteRules};

impl Okta {
    /// Explains why this token is accepted or rejected. Feature `explain`.
    pub async fn explain(&self, token: &str) -> Explanation {
        let _ = self.verify(token).await;
        Explanation::new(Vec::new(), None)
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
        let _ = rules.require_for(method, path);
        self.explain(token).await
    }
}
