//! What is expected of an explanation.

use okta_tower::{
    Okta,
    explain::{Check, Explanation, Finding, Outcome, Topic},
};

pub(crate) use crate::world::{World, issuer, wait::within};

/// A token with one fault, and what the explanation says about it.
pub(crate) struct Fault {
    pub(crate) name: &'static str,
    pub(crate) token: String,
    /// The reason and the check of the first failure.
    pub(crate) reason: &'static str,
    pub(crate) check: Check,
    /// A part of the message, which tells faults with the same reason apart.
    pub(crate) says: &'static str,
    /// A part of the remedy.
    pub(crate) remedy: &'static str,
}

/// The first failure, if there is one.
pub(crate) fn first_failure(explanation: &Explanation) -> Option<&Finding> {
    failures(explanation).next()
}

pub(crate) fn failures(explanation: &Explanation) -> impl Iterator<Item = &Finding> {
    let findings = explanation.findings().iter();
    findings.filter(|finding| finding.outcome() == Outcome::Failure)
}

/// The findings of one check.
pub(crate) fn of(explanation: &Explanation, check: Check) -> Vec<&Finding> {
    let findings = explanation.findings().iter();
    findings
        .filter(|finding| finding.check() == check)
        .collect()
}

/// Asserts that the verification rejects the token and that the explanation agrees.
pub(crate) async fn assert_explains(okta: &Okta, fault: &Fault) -> Explanation {
    let name = fault.name;
    let rejected = okta.verify(&fault.token).await.expect_err(name);
    assert_eq!(rejected.reason(), fault.reason, "{name}");
    let explanation = okta.explain(&fault.token).await;
    assert_eq!(explanation.reason(), Some(fault.reason), "{name}");
    assert_eq!(explanation.outcome(), Outcome::Failure, "{name}");

    let failure = first_failure(&explanation).expect(name);
    assert_eq!(failure.check(), fault.check, "{name}");
    let message = failure.message();
    assert!(message.contains(fault.says), "{name}: {message}");
    let remedy = failure.remedy().expect(name);
    assert!(remedy.contains(fault.remedy), "{name}: {remedy}");
    let advice = Topic::Rejection.advice(fault.reason).expect(name);
    assert_eq!(remedy, advice.remedy(), "{name}");
    assert_hides(&explanation, &fault.token);
    explanation
}

/// Asserts that the token is accepted and that the explanation agrees.
pub(crate) async fn assert_accepts(okta: &Okta, name: &str, token: &str) -> Explanation {
    assert!(okta.verify(token).await.is_ok(), "{name}");
    let explanation = okta.explain(token).await;
    assert_eq!(explanation.reason(), None, "{name}");
    assert!(explanation.outcome() < Outcome::Failure, "{name}");
    assert_hides(&explanation, token);
    explanation
}

/// Asserts that no form of the explanation contains the token, its signature or another part.
pub(crate) fn assert_hides(explanation: &Explanation, token: &str) {
    let texts = [
        explanation.to_string(),
        format!("{explanation:?}"),
        serde_json::to_string(explanation).unwrap(),
    ];
    // A part of fewer characters may be a word.
    let parts = token.split(['.', ' ']).filter(|part| part.len() >= 12);
    for part in parts {
        for text in &texts {
            assert!(!text.contains(part), "{part}: {text}");
        }
    }
}
