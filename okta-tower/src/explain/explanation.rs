//! All that was found about one token.

use std::fmt;

use serde::Serialize;

use super::{
    claims::UnverifiedClaims,
    finding::{Finding, Outcome},
};

/// Why a token is rejected, or that it is accepted. Returned by
/// [`Okta::explain`](crate::Okta::explain).
///
/// `Display` writes one line per finding, then the unverified claims. `Serialize` writes `outcome`,
/// `findings` and `unverified_claims`.
#[derive(Clone, Debug, Serialize)]
pub struct Explanation {
    outcome: Outcome,
    findings: Vec<Finding>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unverified_claims: Option<UnverifiedClaims>,
}

impl Explanation {
    pub(super) fn new(findings: Vec<Finding>, claims: Option<UnverifiedClaims>) -> Self {
        let outcomes = findings.iter().map(Finding::outcome);
        Self {
            outcome: outcomes.max().unwrap_or(Outcome::Ok),
            findings,
            unverified_claims: claims,
        }
    }

    /// Returns the worst outcome of the findings.
    #[must_use]
    pub const fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// Returns all that was found, in the order of the checks. The first failure is the reason of
    /// the rejection.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Returns the reason of the rejection, as [`AuthError::reason`](crate::AuthError::reason)
    /// returns it. `None`: the token is accepted.
    #[must_use]
    pub fn reason(&self) -> Option<&'static str> {
        let mut findings = self.findings.iter();
        let failure = findings.find(|finding| finding.outcome() == Outcome::Failure);
        failure.and_then(Finding::reason)
    }

    /// Returns claims of the token for display, **not verified**. `None` if it has none that can
    /// be read.
    #[must_use]
    pub const fn unverified_claims(&self) -> Option<&UnverifiedClaims> {
        self.unverified_claims.as_ref()
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, finding) in self.findings.iter().enumerate() {
            let line_break = if index == 0 { "" } else { "\n" };
            write!(f, "{line_break}{finding}")?;
        }
        match &self.unverified_claims {
            Some(claims) => write!(f, "\n{claims}"),
            None => Ok(()),
        }
    }
}
