//! The claims of an ID token, and of a session, which add to those of its ID token. Feature
//! `sign-in`.

use std::{borrow::Cow, cell::Cell, fmt, sync::Arc};

use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};

use crate::bearer::token::{
    Policy, Window,
    values::{Date, DateSeed, GroupsSeed, Lone, StringsSeed},
};
use crate::{
    base::json::{self, Budget, Checked, Names, Text},
    claims::MAX_MEMBERS,
    error::{TokenError, TokenErrorKind},
};

/// The claims that decide anything, with the types they must have.
#[derive(Default)]
pub(crate) struct IdPayload<'p> {
    pub(crate) iss: Option<Cow<'p, str>>,
    sub: Option<Cow<'p, str>>,
    pub(crate) aud: Option<Vec<Cow<'p, str>>>,
    pub(crate) azp: Option<Cow<'p, str>>,
    pub(crate) exp: Option<Date>,
    nbf: Option<Date>,
    pub(crate) iat: Option<Date>,
    pub(crate) auth_time: Option<Date>,
    pub(crate) jti: Option<Cow<'p, str>>,
    pub(crate) nonce: Option<Cow<'p, str>>,
    pub(crate) at_hash: Option<Cow<'p, str>>,
    pub(crate) acr: Option<Cow<'p, str>>,
    pub(crate) amr: Vec<Cow<'p, str>>,
    pub(crate) sid: Option<Cow<'p, str>>,
    /// `None` if the claim is absent.
    pub(crate) groups: Option<Vec<Cow<'p, str>>>,
    /// The first member that only other kinds of token have.
    foreign: Option<&'static str>,
    /// Whether `client_id` and `scope` are present: both make an access token of RFC 9068.
    has_client: bool,
    has_scope: bool,
}

/// Reads a payload. The error names the claim at fault where one is.
pub(crate) fn read<'p>(text: &'p str, groups_claim: &str) -> Result<IdPayload<'p>, TokenError> {
    let budget = Budget::new(MAX_MEMBERS);
    let at_fault = Cell::new(None);
    let members = Members {
        groups_claim,
        checked: Checked::new(&budget),
        budget: &budget,
        at_fault: &at_fault,
    };
    json::read(text, members).map_err(|_| match at_fault.get() {
        Some(claim) => TokenError::claim_at_fault(TokenErrorKind::BadClaims, claim),
        None => TokenErrorKind::BadClaims.into(),
    })
}

fn missing(claim: &'static str) -> TokenError {
    TokenError::claim_at_fault(TokenErrorKind::MissingClaim, claim)
}

impl IdPayload<'_> {
    /// Checks that this is an ID token. Okta's tokens have no `typ`: the kinds differ by claims
    /// that only one of them has (RFC 8725 section 3.12).
    pub(crate) fn check_is_id_token(&self) -> Result<(), TokenError> {
        let not_id = |claim| {
            Err(TokenError::claim_at_fault(
                TokenErrorKind::NotAnIdToken,
                claim,
            ))
        };
        if let Some(claim) = self.foreign {
            return not_id(claim);
        }
        if self.has_client && self.has_scope {
            return not_id("scope");
        }
        // Okta numbers its access tokens `AT.…` and its ID tokens `ID.…`.
        if (self.jti.as_deref()).is_some_and(|jti| jti.starts_with("AT.")) {
            return not_id("jti");
        }
        Ok(())
    }

    /// Returns the accepted issuer that the token names, compared as text without normalization.
    pub(crate) fn check_issuer(&self, policy: &Policy) -> Result<Arc<str>, TokenError> {
        let iss = self.iss.as_deref().ok_or(missing("iss"))?;
        std::iter::once(&policy.issuer)
            .chain(&policy.extra_issuers)
            .find(|issuer| &***issuer == iss)
            .map(Arc::clone)
            .ok_or(TokenErrorKind::WrongIssuer.into())
    }

    pub(crate) fn subject(&self) -> Result<&str, TokenError> {
        (self.sub.as_deref())
            .filter(|sub| !sub.is_empty())
            .ok_or(missing("sub"))
    }

    /// Returns when the token is acceptable. Fractions are rounded to the stricter side.
    pub(crate) fn window(&self, policy: &Policy) -> Result<Window, TokenError> {
        let leeway = i64::try_from(policy.leeway.as_secs()).unwrap_or(i64::MAX);
        let exp = self.exp.ok_or(missing("exp"))?;
        let iat = self.iat.ok_or(missing("iat"))?;
        let not_before = (self.nbf).map_or(i64::MIN, |nbf| nbf.rounded_up().saturating_sub(leeway));
        Ok(Window {
            expires: exp.rounded_down().saturating_add(leeway),
            not_before,
            issued: iat.rounded_up().saturating_sub(leeway),
        })
    }

    /// Notes a member whose presence alone indicates the kind of token.
    fn note(&mut self, name: &str) {
        // `cid` and `scp` are claims of Okta's access tokens, `events` and `toe` those of logout
        // tokens and security events.
        let foreign = ["cid", "scp", "events", "toe"];
        if let Some(claim) = foreign.into_iter().find(|claim| *claim == name) {
            self.foreign.get_or_insert(claim);
        }
        self.has_client |= name == "client_id";
        self.has_scope |= name == "scope";
    }
}

#[derive(Clone, Copy)]
struct Members<'a> {
    groups_claim: &'a str,
    checked: Checked<'a>,
    budget: &'a Budget,
    /// Which claim was being read when reading stopped.
    at_fault: &'a Cell<Option<&'static str>>,
}

impl<'de> DeserializeSeed<'de> for Members<'_> {
    type Value = IdPayload<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Members<'_> {
    type Value = IdPayload<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("claims")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut names = Names::new(self.budget);
        let mut payload = IdPayload::default();
        while let Some(name) = names.next(&mut map)? {
            self.member(&name, &mut map, &mut payload)?;
            self.at_fault.set(None);
        }
        Ok(payload)
    }
}

impl Members<'_> {
    fn member<'de, A: MapAccess<'de>>(
        self,
        name: &str,
        map: &mut A,
        payload: &mut IdPayload<'de>,
    ) -> Result<(), A::Error> {
        // Names the claim before its value is read, so that an error is blamed on it.
        macro_rules! take {
            ($claim:literal, $seed:expr) => {{
                self.at_fault.set(Some($claim));
                map.next_value_seed($seed)?
            }};
        }
        const ELEMENT: StringsSeed = StringsSeed {
            lone: Lone::Element,
        };
        payload.note(name);
        // The claims with a meaning come first: an administrator's choice of a name for the groups changes none of them.
        match name {
            "iss" => payload.iss = Some(take!("iss", Text)),
            "sub" => payload.sub = Some(take!("sub", Text)),
            "aud" => payload.aud = Some(take!("aud", ELEMENT)),
            "azp" => payload.azp = Some(take!("azp", Text)),
            "exp" => payload.exp = Some(take!("exp", DateSeed)),
            "nbf" => payload.nbf = Some(take!("nbf", DateSeed)),
            "iat" => payload.iat = Some(take!("iat", DateSeed)),
            "auth_time" => payload.auth_time = Some(take!("auth_time", DateSeed)),
            "jti" => payload.jti = Some(take!("jti", Text)),
            "nonce" => payload.nonce = Some(take!("nonce", Text)),
            "at_hash" => payload.at_hash = Some(take!("at_hash", Text)),
            "acr" => payload.acr = Some(take!("acr", Text)),
            "amr" => payload.amr = take!("amr", ELEMENT),
            "sid" => payload.sid = Some(take!("sid", Text)),
            name if name == self.groups_claim => {
                let mut groups = Vec::new();
                let seed = GroupsSeed {
                    groups: &mut groups,
                    checked: self.checked,
                    is_inside: false,
                };
                take!("groups", seed);
                payload.groups = Some(groups);
            }
            _ => map.next_value_seed(self.checked)?,
        }
        Ok(())
    }
}
