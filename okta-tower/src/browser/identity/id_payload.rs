//! The claims of an ID token, and of a session, which add to those of its ID token. Feature
//! `sign-in`.

use std::borrow::Cow;

use serde::de::MapAccess;

use crate::bearer::token::{
    Policy, Window, payload,
    values::{Date, DateSeed, GroupsSeed, StringsSeed},
};
use crate::{
    base::json::{self, Member, Members, ReadResult},
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

/// The claims that must have a type: what an error names.
const TYPED: [&str; 14] = [
    "iss",
    "sub",
    "aud",
    "azp",
    "exp",
    "nbf",
    "iat",
    "auth_time",
    "jti",
    "nonce",
    "at_hash",
    "acr",
    "amr",
    "sid",
];

/// Reads a payload. The error names the claim at fault if there is one.
pub(crate) fn read<'p>(text: &'p str, groups_claim: &str) -> Result<IdPayload<'p>, TokenError> {
    let mut reader = Reader {
        groups_claim,
        payload: IdPayload::default(),
    };
    match json::read_object(text, MAX_MEMBERS, &mut reader) {
        Ok(()) => Ok(reader.payload),
        Err(unreadable) => Err(payload::bad_claims(&unreadable, &TYPED, groups_claim)),
    }
}

impl IdPayload<'_> {
    /// Checks that this is an ID token. Okta's tokens have no `typ`: the kinds differ by claims
    /// that only one of them has (RFC 8725 section 3.12).
    pub(crate) fn check_is_id_token(&self) -> Result<(), TokenError> {
        let not_id = |claim| Err(TokenErrorKind::NotAnIdToken.at(claim));
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

    pub(crate) fn subject(&self) -> Result<&str, TokenError> {
        (self.sub.as_deref())
            .filter(|sub| !sub.is_empty())
            .ok_or(payload::missing("sub"))
    }

    /// Returns when the token is valid. Requires `exp` and `iat`.
    pub(crate) fn window(&self, policy: &Policy) -> Result<Window, TokenError> {
        let exp = self.exp.ok_or(payload::missing("exp"))?;
        let iat = self.iat.ok_or(payload::missing("iat"))?;
        Ok(Window::new(exp, self.nbf, Some(iat), policy.leeway))
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

struct Reader<'p, 'c> {
    groups_claim: &'c str,
    payload: IdPayload<'p>,
}

impl<'p> Members<'p> for Reader<'p, '_> {
    fn member<A: MapAccess<'p>>(&mut self, name: &str, value: Member<'_, A>) -> ReadResult<'p, A> {
        let payload = &mut self.payload;
        payload.note(name);
        // The claims with a meaning come first: an administrator's choice of a name for the groups
        // changes none of them.
        match name {
            "iss" => payload.iss = Some(value.text()?),
            "sub" => payload.sub = Some(value.text()?),
            "aud" => payload.aud = Some(value.read(StringsSeed::Element)?),
            "azp" => payload.azp = Some(value.text()?),
            "exp" => payload.exp = Some(value.read(DateSeed)?),
            "nbf" => payload.nbf = Some(value.read(DateSeed)?),
            "iat" => payload.iat = Some(value.read(DateSeed)?),
            "auth_time" => payload.auth_time = Some(value.read(DateSeed)?),
            "jti" => payload.jti = Some(value.text()?),
            "nonce" => payload.nonce = Some(value.text()?),
            "at_hash" => payload.at_hash = Some(value.text()?),
            "acr" => payload.acr = Some(value.text()?),
            "amr" => payload.amr = value.read(StringsSeed::Element)?,
            "sid" => payload.sid = Some(value.text()?),
            name if name == self.groups_claim => {
                let seed = GroupsSeed {
                    groups: payload.groups.insert(Vec::new()),
                    checked: value.rules(),
                    is_inside: false,
                };
                value.read(seed)?;
            }
            _ => value.skip()?,
        }
        Ok(())
    }
}
