//! What was found, its exit code, and its text or JSON.

use std::fmt::Write;

use okta_tower::explain::{Check, Finding, Outcome, UnverifiedClaims};
use serde_json::{Map, Value, json};

/// A longer message or claim is shortened.
const MOST_CHARACTERS: usize = 1000;

/// The exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Exit {
    /// Every check passed.
    Ok,
    /// Some checks warn, and none failed.
    Warnings,
    /// The command line is wrong.
    Usage,
    /// A setting is missing or wrong.
    Settings,
    /// The issuer's metadata or its keys cannot be used.
    Issuer,
    /// The token is rejected.
    Token,
    /// The rule of the request rejects its caller.
    Rule,
    /// The client gets no usable token for its credentials.
    ClientCredentials,
    /// The resource metadata, the management API or Redis.
    Infrastructure,
}

impl Exit {
    /// Every exit code.
    pub const ALL: &[Self] = &[
        Self::Ok,
        Self::Warnings,
        Self::Usage,
        Self::Settings,
        Self::Issuer,
        Self::Token,
        Self::Rule,
        Self::ClientCredentials,
        Self::Infrastructure,
    ];

    /// Returns the number.
    #[must_use]
    pub fn code(self) -> u8 {
        self as u8
    }

    /// Returns the exit code for a failure of this check.
    fn of(check: Check) -> Self {
        match check {
            Check::Settings => Self::Settings,
            Check::Metadata | Check::Keys | Check::Clock => Self::Issuer,
            Check::Rule | Check::Requirement => Self::Rule,
            Check::ClientCredentials => Self::ClientCredentials,
            Check::ResourceMetadata | Check::SessionStore | Check::ManagementApi => {
                Self::Infrastructure
            }
            _ => Self::Token,
        }
    }
}

/// What was found so far.
#[derive(Default)]
pub(crate) struct Report {
    findings: Vec<Finding>,
    claims: Option<UnverifiedClaims>,
    /// Never printed, whatever a message contains.
    secrets: Vec<String>,
}

impl Report {
    pub(crate) fn add(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// Sets the claims that the report shows, which are not verified.
    pub(crate) fn show_claims(&mut self, claims: Option<&UnverifiedClaims>) {
        self.claims = claims.cloned();
    }

    pub(crate) fn ok(&mut self, check: Check, message: impl Into<String>) {
        self.add(Finding::new(check, Outcome::Ok, message.into()));
    }

    pub(crate) fn has_failed(&self, checks: &[Check]) -> bool {
        let mut findings = self.findings.iter();
        findings.any(|found| found.outcome() == Outcome::Failure && checks.contains(&found.check()))
    }

    /// Hides a text wherever it is printed. Short texts, such as `true`, are not secrets.
    pub(crate) fn hide(&mut self, secret: &str) {
        if secret.len() >= 6 {
            self.secrets.push(secret.to_owned());
        }
    }

    /// Hides a token and each of its parts except the header, which has no secret.
    pub(crate) fn hide_token(&mut self, token: &str) {
        self.hide(token);
        // Shorter parts are words of the report, too.
        for part in token.split('.').skip(1).filter(|part| part.len() >= 16) {
            self.hide(part);
        }
    }

    pub(crate) fn exit(&self) -> Exit {
        let of = |outcome| {
            self.findings
                .iter()
                .filter(move |found| found.outcome() == outcome)
        };
        let failures = of(Outcome::Failure).map(|found| Exit::of(found.check()));
        match failures.min_by_key(|exit| exit.code()) {
            Some(exit) => exit,
            None if of(Outcome::Warning).next().is_some() => Exit::Warnings,
            None => Exit::Ok,
        }
    }

    /// Returns one line per finding, and the remedy on the next.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        for found in &self.findings {
            let (outcome, check) = (found.outcome().as_str(), found.check().as_str());
            let code = found
                .reason()
                .map_or_else(String::new, |code| format!(" [{code}]"));
            let message = self.clean(found.message());
            // Writing to a `String` cannot fail.
            let _ = writeln!(text, "{outcome:<8}{check}: {message}{code}");
            if let Some(remedy) = found.remedy() {
                let _ = writeln!(text, "{:8}remedy: {}", "", self.clean(remedy));
            }
        }
        // `Display` begins with the words that the claims are unverified.
        let claims = self.claims.as_ref().map(ToString::to_string);
        for line in claims.iter().flat_map(|claims| claims.lines()) {
            let _ = writeln!(text, "{}", self.clean(line));
        }
        let _ = writeln!(text, "{}", self.summary());
        text
    }

    fn summary(&self) -> String {
        let count = |outcome| {
            self.findings
                .iter()
                .filter(|found| found.outcome() == outcome)
                .count()
        };
        format!(
            "{} ok, {} warnings, {} failures",
            count(Outcome::Ok),
            count(Outcome::Warning),
            count(Outcome::Failure)
        )
    }

    /// Returns one document: `outcome`, `exit_code`, `findings`, `unverified_claims`.
    pub(crate) fn json(&self) -> String {
        let worst = self.findings.iter().map(Finding::outcome).max();
        let claims = self.claims.iter().flat_map(UnverifiedClaims::iter);
        // What identifies a person does not belong into the log of a build.
        let claims = claims.filter(|(name, _)| !matches!(*name, "uid" | "groups"));
        let claims = claims.map(|(name, value)| (name.to_owned(), value.clone()));
        let mut document = json!({
            "outcome": worst.unwrap_or(Outcome::Ok),
            "exit_code": self.exit().code(),
            "findings": self.findings,
            "unverified_claims": claims.collect::<Map<_, _>>(),
        });
        self.clean_all(&mut document);
        format!("{document:#}\n")
    }

    fn clean_all(&self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.clean(text),
            Value::Array(values) => values.iter_mut().for_each(|value| self.clean_all(value)),
            Value::Object(members) => members.values_mut().for_each(|value| self.clean_all(value)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// Removes secrets, and what a terminal would interpret.
    fn clean(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for secret in &self.secrets {
            text = text.replace(secret.as_str(), "(hidden)");
        }
        let text = text.replace(char::is_control, " ");
        // Shortened last: a part of a secret would not be found.
        match text.char_indices().nth(MOST_CHARACTERS) {
            Some((end, _)) => format!("{}…", &text[..end]),
            None => text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(check: Check, outcome: Outcome, message: &str) -> Finding {
        Finding::new(check, outcome, message.to_owned())
    }

    #[test]
    fn first_class_of_the_failures_is_the_exit_code() {
        for check in Check::ALL {
            let mut report = Report::default();
            assert_eq!(report.exit(), Exit::Ok);
            report.add(found(*check, Outcome::Warning, "slow"));
            assert_eq!(report.exit(), Exit::Warnings);
            report.add(found(Check::SessionStore, Outcome::Failure, "down"));
            assert_eq!(report.exit(), Exit::Infrastructure);
            report.add(found(*check, Outcome::Failure, "wrong"));
            assert_eq!(report.exit(), Exit::of(*check));
        }
    }

    #[test]
    fn secrets_and_control_characters_are_not_printed() {
        let mut report = Report::default();
        report.hide("hunter2");
        report.hide_token("header.payload-of-a-token.signature-of-a-token");
        // A word of the report stays.
        report.hide_token("x.failure.warning");
        let message = "hunter2 header payload-of-a-token signature-of-a-token \u{1b}[31mred";
        let finding = found(Check::Form, Outcome::Failure, message).with_remedy("not hunter2");
        report.add(finding);
        for printed in [report.text(), report.json()] {
            assert!(printed.contains("header") && printed.contains("failure"));
            for hidden in ["hunter2", "payload", "signature", "\u{1b}", "\\u001b"] {
                assert!(!printed.contains(hidden), "{printed}");
            }
        }
    }
}
