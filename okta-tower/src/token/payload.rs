//! The claims of a token whose signature was found right.

use std::{borrow::Cow, cell::Cell, fmt, sync::Arc};

use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};

use super::{
    Policy, TokenType, Window,
    values::{Date, DateSeed, GroupsSeed, Lone, StringsSeed},
};
use crate::{
    claims::{Core, Lists, MAX_MEMBERS, Pieces, Via},
    error::{TokenError, TokenErrorKind},
    json::{self, Budget, Checked, Names, Text},
};

/// The claims that decide anything, with the types they must have.
#[derive(Default)]
pub(super) struct Payload<'p> {
    iss: Option<Cow<'p, str>>,
    sub: Option<Cow<'p, str>>,
    aud: Option<Vec<Cow<'p, str>>>,
    exp: Option<Date>,
    nbf: Option<Date>,
    iat: Option<Date>,
    auth_time: Option<Date>,
    jti: Option<Cow<'p, str>>,
    uid: Option<Cow<'p, str>>,
    cid: Option<Cow<'p, str>>,
    client_id: Option<Cow<'p, str>>,
    scp: Option<Vec<Cow<'p, str>>>,
    scope: Option<Vec<Cow<'p, str>>>,
    groups: Vec<Cow<'p, str>>,
    acr: Option<Cow<'p, str>>,
    amr: Vec<Cow<'p, str>>,
    /// The first member seen that only ID tokens, logout tokens and security events have.
    foreign: Option<&'static str>,
    /// `cnf` is there: the token is bound to a key.
    is_bound: bool,
}

/// Reads a payload. The error names the claim at fault where one is.
pub(super) fn read<'p>(text: &'p str, policy: &Policy) -> Result<Payload<'p>, TokenError> {
    let budget = Budget::new(MAX_MEMBERS);
    let at_fault = Cell::new(None);
    let members = Members {
        groups_claim: &policy.groups_claim,
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

impl Payload<'_> {
    /// Takes down a member whose presence alone says what sort of token this is.
    fn note(&mut self, name: &str) {
        // `nonce`, `at_hash` and `c_hash` are an ID token's, `events` and `toe` a logout token's or a security
        // event's (RFC 8417).
        let claim = match name {
            "cnf" => {
                self.is_bound = true;
                return;
            }
            "nonce" => "nonce",
            "at_hash" => "at_hash",
            "c_hash" => "c_hash",
            "s_hash" => "s_hash",
            "events" => "events",
            "toe" => "toe",
            _ => return,
        };
        self.foreign.get_or_insert(claim);
    }

    /// Okta's ID tokens carry no `typ`, and with the client id configured as audience one would pass for an
    /// access token. What tells them apart: claims that only one of the two has (RFC 8725 section 3.12).
    pub(super) fn check_is_bearer_access_token(&self) -> Result<(), TokenError> {
        let not_access = |claim| {
            Err(TokenError::claim_at_fault(
                TokenErrorKind::NotAnAccessToken,
                claim,
            ))
        };
        if let Some(claim) = self.foreign {
            return not_access(claim);
        }
        // Okta numbers its access tokens `AT.…` and its ID tokens `ID.…`.
        if self
            .jti
            .as_deref()
            .is_some_and(|jti| jti.starts_with("ID."))
        {
            return not_access("jti");
        }
        let names_client = self.cid.is_some() || self.client_id.is_some();
        let names_scopes = self.scp.is_some() || self.scope.is_some();
        if !names_client && !names_scopes {
            return not_access("cid");
        }
        // RFC 9449 section 7.2, RFC 8705 section 3: without the proof, a bound token is a stolen one.
        if self.is_bound {
            return Err(TokenError::claim_at_fault(
                TokenErrorKind::SenderConstrained,
                "cnf",
            ));
        }
        Ok(())
    }

    /// The accepted issuer that the token names, compared as text without any normalisation.
    pub(super) fn check_issuer(&self, policy: &Policy) -> Result<Arc<str>, TokenError> {
        let iss = self.iss.as_deref().ok_or(missing("iss"))?;
        std::iter::once(&policy.issuer)
            .chain(&policy.extra_issuers)
            .find(|issuer| &***issuer == iss)
            .map(Arc::clone)
            .ok_or(TokenErrorKind::WrongIssuer.into())
    }

    pub(super) fn check_audience(&self, policy: &Policy) -> Result<(), TokenError> {
        let aud = self.aud.as_deref().ok_or(missing("aud"))?;
        if aud
            .iter()
            .any(|audience| policy.audiences.iter().any(|own| **own == **audience))
        {
            Ok(())
        } else {
            Err(TokenErrorKind::WrongAudience.into())
        }
    }

    /// When the token is acceptable. Fractions are rounded to the stricter side.
    pub(super) fn window(&self, policy: &Policy) -> Result<Window, TokenError> {
        let leeway = i64::try_from(policy.leeway.as_secs()).unwrap_or(i64::MAX);
        let from = |date: Option<Date>| {
            date.map_or(i64::MIN, |date| date.rounded_up().saturating_sub(leeway))
        };
        let exp = self.exp.ok_or(missing("exp"))?;
        Ok(Window {
            expires: exp.rounded_down().saturating_add(leeway),
            not_before: from(self.nbf),
            issued: from(self.iat),
        })
    }

    pub(super) fn check_client(&self, policy: &Policy) -> Result<(), TokenError> {
        if policy.client_ids.is_empty() {
            return Ok(());
        }
        match self.client() {
            Some(client) if policy.client_ids.contains(client) => Ok(()),
            _ => Err(TokenErrorKind::ClientNotAllowed.into()),
        }
    }

    /// RFC 9068 section 2.2: the claims that its access tokens must have. The others were asked for above.
    pub(super) fn check_complete(&self, policy: &Policy) -> Result<(), TokenError> {
        if policy.token_type == TokenType::Rfc9068 {
            self.client_id.as_ref().ok_or(missing("client_id"))?;
            self.iat.ok_or(missing("iat"))?;
            self.jti.as_ref().ok_or(missing("jti"))?;
        }
        Ok(())
    }

    fn client(&self) -> Option<&str> {
        self.cid.as_deref().or(self.client_id.as_deref())
    }

    /// The claims as the rest of the crate knows them. `sub` is asked for here, as [`Core`] needs it.
    pub(super) fn into_core(
        self,
        issuer: Arc<str>,
        policy: &Policy,
        pieces: &mut Pieces<'_>,
    ) -> Result<Core, TokenError> {
        let exp = self.exp.ok_or(missing("exp"))?;
        let sub = self
            .sub
            .filter(|sub| !sub.is_empty())
            .ok_or(missing("sub"))?;
        let scopes = self.scp.or(self.scope).unwrap_or_default();
        let lists = [
            self.aud.as_deref().unwrap_or_default(),
            &scopes,
            &self.groups,
            &self.amr,
        ];
        let lists = Lists::new(lists, |string| pieces.take(string));
        let mut place = |string: Option<Cow<'_, str>>| string.map(|string| pieces.take(&string));
        Ok(Core {
            via: Via::Bearer,
            issuer,
            identity_issuer: Arc::clone(&policy.issuer),
            subject: place(Some(sub)).unwrap_or_default(),
            user_id: place(self.uid),
            client_id: place(self.cid.or(self.client_id)),
            token_id: place(self.jti),
            acr: place(self.acr),
            lists,
            expires_at: exp.rounded_down(),
            not_before: self.nbf.map(Date::rounded_up),
            issued_at: self.iat.map(Date::rounded_up),
            auth_time: self.auth_time.map(Date::rounded_down),
        })
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
    type Value = Payload<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Members<'_> {
    type Value = Payload<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("claims")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut names = Names::new(self.budget);
        let mut payload = Payload::default();
        while let Some(name) = names.next(&mut map)? {
            self.member(&name, &mut map, &mut payload)?;
            self.at_fault.set(None);
        }
        Ok(payload)
    }
}

fn non_empty<E: serde::de::Error>(text: Cow<'_, str>) -> Result<Cow<'_, str>, E> {
    if text.is_empty() {
        return Err(E::custom("empty"));
    }
    Ok(text)
}

impl Members<'_> {
    fn member<'de, A: MapAccess<'de>>(
        self,
        name: &str,
        map: &mut A,
        payload: &mut Payload<'de>,
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
        const SPACED: StringsSeed = StringsSeed { lone: Lone::Spaced };
        // Asked of every member, before the name that an administrator chose for the groups is looked at: what tells
        // the kinds of token apart must not depend on that choice.
        payload.note(name);
        if name == self.groups_claim {
            let groups = GroupsSeed {
                groups: &mut payload.groups,
                checked: self.checked,
                is_inside: false,
            };
            take!("groups", groups);
            return Ok(());
        }
        match name {
            "iss" => payload.iss = Some(take!("iss", Text)),
            "sub" => payload.sub = Some(take!("sub", Text)),
            "aud" => payload.aud = Some(take!("aud", ELEMENT)),
            "exp" => payload.exp = Some(take!("exp", DateSeed)),
            "nbf" => payload.nbf = Some(take!("nbf", DateSeed)),
            "iat" => payload.iat = Some(take!("iat", DateSeed)),
            "auth_time" => payload.auth_time = Some(take!("auth_time", DateSeed)),
            "jti" => payload.jti = Some(take!("jti", Text)),
            // An empty id would be everybody's.
            "uid" => payload.uid = Some(non_empty(take!("uid", Text))?),
            "cid" => payload.cid = Some(non_empty(take!("cid", Text))?),
            "client_id" => payload.client_id = Some(non_empty(take!("client_id", Text))?),
            "scp" => payload.scp = Some(take!("scp", SPACED)),
            "scope" => payload.scope = Some(take!("scope", SPACED)),
            "acr" => payload.acr = Some(take!("acr", Text)),
            "amr" => payload.amr = take!("amr", ELEMENT),
            _ => map.next_value_seed(self.checked)?,
        }
        Ok(())
    }
}
