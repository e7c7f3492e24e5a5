//! Reads one token as the verification does, check by check, and goes on after a failure. Pure: no
//! clock, no network, no lock.
//!
//! The checks are those of `bearer/token`, in their order, so that the first failure found here is
//! the one that the verification reports.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::{
    advice::Topic,
    check::Check,
    claims::{self, Parts, UnverifiedClaims, escaped},
    finding::{Finding, Outcome},
    kind,
};
use crate::{
    base::json,
    bearer::token::{
        CompactJws, Policy, header,
        payload::{self, Payload},
    },
    claims::{MAX_MEMBERS, SpanBuilder},
    error::{KeysUnavailable, TokenError, TokenErrorKind},
    keys::{
        KeyState,
        jwk::{KeySet, Selection},
    },
};

/// Longer texts are not read: no setting accepts them.
const MAX_BYTES: usize = 65_536;

/// How many characters of a claim a message shows.
const MAX_SHOWN: usize = 120;

/// Okta's limit for a groups claim.
const MAX_GROUPS: usize = 100;

/// Everything that a token is held against.
pub(super) struct Known<'k> {
    pub(super) policy: &'k Policy,
    pub(super) keys: Result<&'k KeySet, KeysUnavailable>,
    pub(super) key_state: &'k KeyState,
    /// Why a token with an unknown key is rejected: `unknown_key` or `key_unconfirmed`.
    pub(super) unknown_key: &'static str,
    /// In Unix seconds.
    pub(super) now: i64,
}

/// Returns what is found about a token, in the order of the checks, and its claims for display.
pub(super) fn read(token: &str, known: &Known<'_>) -> (Vec<Finding>, Option<UnverifiedClaims>) {
    let mut reading = Reading {
        known,
        findings: Vec::new(),
        is_signed: false,
        wrong_types: Vec::new(),
    };
    let jws = reading.check_form(token);
    let parts = match &jws {
        Some(jws) => Parts::of(&jws.header, &jws.payload),
        None => Parts::default(),
    };
    reading.check_keys();
    if let Some(jws) = jws {
        reading.check_header(&jws, &parts);
        let before = reading.findings.len();
        reading.check_claims(jws, &parts);
        if !reading.is_signed {
            let of_claims = reading.findings.iter_mut().skip(before);
            of_claims.for_each(Finding::label_as_unverified);
        }
    }
    let claims = UnverifiedClaims::new(&parts, known.policy, known.now);
    (reading.findings, claims)
}

struct Reading<'k> {
    known: &'k Known<'k>,
    findings: Vec<Finding>,
    /// Whether a current key signed the token.
    is_signed: bool,
    /// The claims of the wrong type, which are not missing.
    wrong_types: Vec<&'static str>,
}

impl Reading<'_> {
    fn add(&mut self, check: Check, outcome: Outcome, message: impl Into<String>) {
        self.findings
            .push(Finding::new(check, outcome, message.into()));
    }

    fn ok(&mut self, check: Check, message: impl Into<String>) {
        self.add(check, Outcome::Ok, message);
    }

    fn warn(&mut self, check: Check, message: impl Into<String>) {
        self.add(check, Outcome::Warning, message);
    }

    /// Adds a failure, with what is configured where the token differs.
    fn fail(&mut self, check: Check, error: impl Into<TokenError>, message: impl Into<String>) {
        let (error, mut message) = (error.into(), message.into());
        let refusal = self.known.policy.refusal(error);
        if let Some(configured) = refusal.configured() {
            message = format!("{message}; configured: {configured}");
        }
        let finding = Finding::new(check, Outcome::Failure, message);
        self.findings
            .push(finding.with_reason(error.kind().as_str()));
    }

    /// Adds a failure of a claim: that it is missing, or `otherwise`.
    fn fail_claim(&mut self, check: Check, error: TokenError, otherwise: impl Into<String>) {
        if error.kind() != TokenErrorKind::MissingClaim {
            self.fail(check, error, otherwise);
        } else if !error
            .claim()
            .is_some_and(|claim| self.wrong_types.contains(&claim))
        {
            self.fail(check, error, error.to_string());
        }
    }

    /// Adds a warning with the advice of a code.
    fn advise(&mut self, check: Check, topic: Topic, code: &'static str, message: String) {
        let finding = Finding::new(check, Outcome::Warning, message);
        self.findings.push(finding.with_advice(topic, code));
    }

    fn has_failed(&self, check: Check) -> bool {
        let mut findings = self.findings.iter();
        findings.any(|finding| finding.check() == check && finding.outcome() == Outcome::Failure)
    }

    /// Checks 1 and 2: the length and the form. Returns the parts if they can be read, if need be
    /// without what was copied along with the token.
    fn check_form<'t>(&mut self, token: &'t str) -> Option<CompactJws<'t>> {
        let policy = self.known.policy;
        if token.len() > policy.max_token_bytes {
            // `fail` adds the limit.
            let message = format!("the token has {} bytes", token.len());
            self.fail(Check::Form, TokenErrorKind::TooLarge, message);
            if token.len() > MAX_BYTES {
                return None;
            }
        }
        match CompactJws::parse(token.as_bytes()) {
            Ok(jws) => {
                if !self.has_failed(Check::Form) {
                    let message = format!("three parts, {} bytes in all", token.len());
                    self.ok(Check::Form, message);
                }
                Some(jws)
            }
            Err(error) => {
                self.fail(Check::Form, error, kind::malformed(token, error.kind()));
                CompactJws::parse(kind::cleaned(token).as_bytes()).ok()
            }
        }
    }

    fn check_keys(&mut self) {
        match self.known.keys {
            Ok(keys) => {
                let kids = keys.kids();
                let message = format!("{} signing keys: {}", kids.len(), kids.join(" "));
                self.ok(Check::Keys, message);
            }
            Err(unavailable) => {
                let finding = Finding::new(Check::Keys, Outcome::Failure, unavailable.to_string());
                self.findings
                    .push(finding.with_reason(unavailable.as_str()));
            }
        }
        let state = self.known.key_state;
        if let Some(failure) = &state.last_failure {
            let message = format!("the last fetch failed: {failure}");
            let code = failure.kind().as_str();
            self.advise(Check::Keys, Topic::KeyRefresh, code, message);
        }
        for key in &state.skipped {
            let code = key.reason.as_str();
            let message = format!("a published key is not used: {key}");
            self.advise(Check::Keys, Topic::SkippedKey, code, message);
        }
    }

    /// Checks 3 to 7: the header, its algorithm and type, the key and the signature.
    fn check_header(&mut self, jws: &CompactJws<'_>, parts: &Parts) {
        let policy = self.known.policy;
        let header = match header::read(&jws.header) {
            Ok(header) => header,
            Err(error) => return self.fail(Check::Header, error, error.to_string()),
        };
        let member = |name| parts.header.get(name).and_then(|value| value.as_str());
        let algorithm = header.algorithm(policy);
        match &algorithm {
            Ok(algorithm) => self.ok(Check::Header, format!("`alg` is {algorithm}")),
            Err(error) => {
                let message = match member("alg") {
                    Some(alg) => format!("`alg` is {}", shown(alg)),
                    None => error.to_string(),
                };
                self.fail(Check::Header, *error, message);
            }
        }
        if let Err(error) = header.check_type(policy) {
            let message = match member("typ") {
                None => "the header has no `typ`".to_owned(),
                Some(typ) => match kind::of_type(typ) {
                    Some(kind) => format!("`typ` is {}: the token is {kind}", shown(typ)),
                    None => format!("`typ` is {}", shown(typ)),
                },
            };
            self.fail(Check::Kind, error, message);
        }
        let kid = match header.key_id() {
            Ok(kid) => kid.to_owned(),
            Err(error) => return self.fail(Check::Signature, error, error.to_string()),
        };
        if let (Ok(keys), Ok(algorithm)) = (self.known.keys, algorithm) {
            self.check_signature(jws, keys.select(&kid, algorithm), &kid, parts);
        }
    }

    fn check_signature(
        &mut self,
        jws: &CompactJws<'_>,
        selection: Selection<'_>,
        kid: &str,
        parts: &Parts,
    ) {
        let kid = shown(kid);
        match selection {
            Selection::Key(key) if key.verifies(jws.signed, &jws.signature) => {
                self.is_signed = true;
                self.ok(Check::Signature, format!("signed with the key {kid}"));
            }
            Selection::Key(_) => {
                let message = format!("the signature is not that of the key {kid}");
                self.fail(Check::Signature, TokenErrorKind::BadSignature, message);
            }
            Selection::OtherAlgorithm => {
                let message = format!("the key {kid} is for another `alg`");
                self.fail(Check::Signature, TokenErrorKind::KeyMismatch, message);
            }
            Selection::Unknown => {
                let mut message = format!("no current key has the `kid` {kid}");
                let iss = parts.claims.get("iss").and_then(|iss| iss.as_str());
                if let Some(iss) = iss.filter(|iss| !self.is_own(iss)) {
                    let difference = kind::of_issuer(iss, self.known.policy);
                    message = format!("{message}; `iss` is {}: {difference}", shown(iss));
                }
                let finding = Finding::new(Check::Signature, Outcome::Failure, message);
                self.findings
                    .push(finding.with_reason(self.known.unknown_key));
            }
        }
    }

    fn is_own(&self, iss: &str) -> bool {
        self.known.policy.check_issuer(Some(iss)).is_ok()
    }

    /// Checks 8 to 12: the claims.
    fn check_claims(&mut self, jws: CompactJws<'_>, parts: &Parts) {
        let text = match jws.into_payload() {
            Ok(text) => text,
            Err(error) => return self.fail(Check::Claims, error, error.to_string()),
        };
        // Groups of the wrong type would be logged. They are a finding here.
        let policy = Policy {
            groups_claim: "".into(),
            ..self.known.policy.clone()
        };
        let Some(text) = self.check_types(text, &policy) else {
            return;
        };
        let Ok(payload) = payload::read(&text, &policy) else {
            return;
        };
        self.check_kind(&payload, parts);
        self.check_issuer(&payload);
        self.check_audience(&payload, parts);
        self.check_lifetime(&payload, parts);
        self.check_client(&payload, parts);
        self.check_completeness(&payload, &text);
        self.check_groups(parts);
    }

    /// Check 8: the types of the claims. Returns the payload without those of the wrong type, to
    /// go on with.
    fn check_types(&mut self, mut text: String, policy: &Policy) -> Option<String> {
        // Each turn removes one claim of a closed list.
        while let Err(error) = payload::read(&text, policy).map(drop) {
            self.fail(Check::Claims, error, error.to_string());
            let claim = error.claim()?;
            json::check(&text, MAX_MEMBERS).ok()?;
            let mut claims: Map<String, Value> = serde_json::from_str(&text).ok()?;
            claims.remove(claim)?;
            self.wrong_types.push(claim);
            text = Value::Object(claims).to_string();
        }
        Some(text)
    }

    /// Check 9: the kind of token, and whether it is bound to a key.
    fn check_kind(&mut self, payload: &Payload<'_>, parts: &Parts) {
        let refusal = payload.check_is_bearer_access_token().err();
        let bound = |error: &TokenError| error.kind() == TokenErrorKind::SenderConstrained;
        match refusal.filter(|error| !bound(error)) {
            Some(error) => {
                let kind = kind::of_claim(error.claim().unwrap_or_default(), &parts.claims);
                self.fail(Check::Kind, error, format!("the token is {kind}"));
            }
            None if !self.has_failed(Check::Kind) => self.ok(Check::Kind, "an access token"),
            None => {}
        }
        if refusal.is_some() && claims::has(&parts.claims, "cnf") {
            let error = TokenErrorKind::SenderConstrained.at("cnf");
            let message = "the token is bound to a key (`cnf`): it was issued for DPoP or mutual \
                           TLS";
            self.fail(Check::Binding, error, message);
        }
    }

    /// Check 10, as the audience.
    fn check_issuer(&mut self, payload: &Payload<'_>) {
        let policy = self.known.policy;
        let iss = payload.iss.as_deref();
        let value = iss.map(shown).unwrap_or_default();
        match policy.check_issuer(iss) {
            Ok(_) => self.ok(Check::Issuer, format!("`iss` is {value}")),
            Err(error) => {
                let difference = kind::of_issuer(iss.unwrap_or_default(), policy);
                let message = format!("`iss` is {value}: {difference}");
                self.fail_claim(Check::Issuer, error, message);
            }
        }
    }

    fn check_audience(&mut self, payload: &Payload<'_>, parts: &Parts) {
        let policy = self.known.policy;
        let aud = parts.claims.get("aud").unwrap_or(&Value::Null);
        let mut message = format!("`aud` is {}", shown(&aud.to_string()));
        match payload.check_audience(policy) {
            Ok(()) => self.ok(Check::Audience, message),
            Err(error) => {
                if let Some(kind) = kind::of_audience(aud, policy) {
                    message = format!("{message}: {kind}");
                }
                self.fail_claim(Check::Audience, error, message);
            }
        }
    }

    /// Check 11: the times, by this machine's clock.
    fn check_lifetime(&mut self, payload: &Payload<'_>, parts: &Parts) {
        let window = match payload.window(self.known.policy) {
            Ok(window) => window,
            Err(error) => return self.fail_claim(Check::Lifetime, error, ""),
        };
        let now = self.known.now;
        let leeway = format!("leeway {} s", self.known.policy.leeway.as_secs());
        let from_now = |name| {
            let at = parts.claims.get(name).and_then(claims::seconds);
            at.unwrap_or(now).saturating_sub(now)
        };
        let left = from_now("exp");
        if now >= window.expires {
            let message = format!(
                "expired {} ago by this machine's clock; {leeway}",
                span(-left)
            );
            self.fail(Check::Lifetime, TokenErrorKind::Expired, message);
        } else if left <= 0 {
            let message = format!("expired {} ago, within the {leeway}", span(-left));
            self.warn(Check::Lifetime, message);
        } else {
            self.ok(Check::Lifetime, format!("expires in {}", span(left)));
        }
        for (name, begins, kind) in [
            ("nbf", window.not_before, TokenErrorKind::NotYetValid),
            ("iat", window.issued, TokenErrorKind::IssuedInFuture),
        ] {
            let ahead = from_now(name);
            let message = format!(
                "`{name}` is {} ahead of this machine's clock; {leeway}",
                span(ahead)
            );
            if now < begins {
                self.fail(Check::Lifetime, kind, message);
            } else if ahead > 0 {
                self.advise(Check::Clock, Topic::Rejection, kind.as_str(), message);
            }
        }
    }

    /// Check 12, as the next.
    fn check_client(&mut self, payload: &Payload<'_>, parts: &Parts) {
        let client = parts.claims.get("cid").or(parts.claims.get("client_id"));
        let message = match client.and_then(Value::as_str) {
            Some(client) => format!("the client is {}", shown(client)),
            None => "the token names no client".to_owned(),
        };
        match payload.check_client(self.known.policy) {
            Ok(()) => self.ok(Check::Client, message),
            Err(error) => self.fail(Check::Client, error, message),
        }
    }

    fn check_completeness(&mut self, payload: &Payload<'_>, text: &str) {
        let policy = self.known.policy;
        if let Err(error) = payload.check_complete(policy) {
            self.fail_claim(Check::Claims, error, "");
        }
        let issuer = Arc::clone(&policy.issuer);
        let core = payload.core(issuer, policy, &mut SpanBuilder::of(text));
        // `exp` is a check of its own.
        if let Some(error) = core.err().filter(|error| error.claim() == Some("sub")) {
            self.fail_claim(Check::Claims, error, "");
        }
        if !self.has_failed(Check::Claims) {
            self.ok(Check::Claims, "every required claim is present");
        }
    }

    /// No check: groups reject no token, but a rule may.
    fn check_groups(&mut self, parts: &Parts) {
        let policy = self.known.policy;
        let name = shown(policy.groups_claim.text());
        let Some(groups) = claims::groups(&parts.claims, policy) else {
            if let Some(nested) = claims::nested_groups(&parts.claims, policy) {
                let message = format!("the claim {name} is nested: write `{nested}`");
                return self.warn(Check::Groups, message);
            }
            let message = format!("no claim {name}: the caller has no groups");
            return self.ok(Check::Groups, message);
        };
        let count = claims::names(groups).len();
        if !claims::has_names_only(groups) {
            let message = format!("the claim {name} is not a list of names alone; names: {count}");
            self.warn(Check::Groups, message);
        } else if count * 10 >= MAX_GROUPS * 9 {
            let message = format!("groups in {name}: {count}; Okta's limit is {MAX_GROUPS}");
            let code = "too_many_groups";
            self.advise(Check::Groups, Topic::ProviderError, code, message);
        } else {
            self.ok(Check::Groups, format!("groups in {name}: {count}"));
        }
    }
}

/// Returns a text of the token for a message: bounded, in backticks, without control characters.
pub(super) fn shown(text: &str) -> String {
    let bounded: String = text.chars().take(MAX_SHOWN).collect();
    let more = if bounded.len() < text.len() {
        "…"
    } else {
        ""
    };
    format!("`{}{more}`", escaped(&bounded))
}

/// Returns a time span in the largest unit that leaves two digits or more.
fn span(seconds: i64) -> String {
    match seconds {
        ..=120 => format!("{seconds} s"),
        121..=7_200 => format!("{} min", seconds / 60),
        7_201..=172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}
