//! The claims of a token whose signature is valid.

use std::{borrow::Cow, sync::Arc};

use serde::de::{Error as _, MapAccess};

use super::{
    groups::{Groups, GroupsClaim, GroupsSeed},
    policy::{Policy, TokenType},
    values::{Date, DateSeed, StringsSeed},
    window::Window,
};
use crate::{
    base::json::{self, JsonType, Member, Members, ReadResult, Text, Unreadable},
    claims::{Core, Lists, MAX_MEMBERS, SpanBuilder, Via},
    error::{TokenError, TokenErrorKind},
};

/// The claims that decide anything, with the types they must have.
#[derive(Default)]
pub(crate) struct Payload<'p> {
    pub(crate) iss: Option<Cow<'p, str>>,
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
    pub(crate) groups: Vec<Cow<'p, str>>,
    acr: Option<Cow<'p, str>>,
    amr: Vec<Cow<'p, str>>,
    /// The first member that only ID tokens, logout tokens and security events have.
    foreign: Option<&'static str>,
    /// `cnf` is present: the token is bound to a key.
    is_bound: bool,
}

/// The claims that must have a type: what an error names.
const TYPED: [&str; 15] = [
    "iss",
    "sub",
    "aud",
    "exp",
    "nbf",
    "iat",
    "auth_time",
    "jti",
    "uid",
    "cid",
    "client_id",
    "scp",
    "scope",
    "acr",
    "amr",
];

/// A claim that tells another kind of token apart, and the types with which it does: an
/// application's own claim may have the same name.
pub(crate) type Mark = (&'static str, &'static [JsonType]);

/// Marks of a logout token or a security event: `events` is an object, `toe` a time (RFC 8417
/// sections 2.2 and 2.1). If another crate enables serde_json's `arbitrary_precision`, a number
/// arrives as an object.
pub(crate) const EVENTS: Mark = ("events", &[JsonType::Object]);
pub(crate) const TOE: Mark = ("toe", &[JsonType::Number, JsonType::Object]);

/// The marks of tokens that are no access tokens. `nonce` and the hashes are an ID token's.
const FOREIGN: [Mark; 6] = [
    ("nonce", &[JsonType::String]),
    ("at_hash", &[JsonType::String]),
    ("c_hash", &[JsonType::String]),
    ("s_hash", &[JsonType::String]),
    EVENTS,
    TOE,
];

/// Returns the mark with this name.
pub(crate) fn mark<'m>(marks: &'m [Mark], name: &str) -> Option<&'m Mark> {
    marks.iter().find(|(claim, _)| *claim == name)
}

/// Reads a payload. The error names the claim at fault if there is one.
pub(crate) fn read<'p>(text: &'p str, policy: &Policy) -> Result<Payload<'p>, TokenError> {
    let groups_claim = &policy.groups_claim;
    let mut reader = Reader {
        groups_claim,
        groups: None,
        payload: Payload::default(),
    };
    json::read_object(text, MAX_MEMBERS, &mut reader)
        .map_err(|unreadable| bad_claims(&unreadable, &TYPED, groups_claim))?;
    let groups = groups_claim.groups(text, reader.groups);
    Ok(Payload {
        groups: groups.unwrap_or_default(),
        ..reader.payload
    })
}

/// Returns the error for a payload that is not what its claims must be.
pub(crate) fn bad_claims(
    unreadable: &Unreadable,
    typed: &[&'static str],
    groups_claim: &GroupsClaim,
) -> TokenError {
    let at_fault = unreadable.member.as_deref().and_then(|member| {
        let is_groups = || groups_claim.is(member).then_some("groups");
        let found = typed.iter().copied().find(|claim| *claim == member);
        found.or_else(is_groups)
    });
    match at_fault {
        Some(claim) => TokenErrorKind::BadClaims.at(claim),
        None => TokenErrorKind::BadClaims.into(),
    }
}

/// Returns the error for a payload without a required claim.
pub(crate) fn missing(claim: &'static str) -> TokenError {
    TokenErrorKind::MissingClaim.at(claim)
}

impl Payload<'_> {
    /// Checks the claims that only one kind of token has (RFC 8725 section 3.12).
    ///
    /// Okta's ID tokens have no `typ`: with the client ID configured as audience, one would pass
    /// for an access token.
    pub(crate) fn check_is_bearer_access_token(&self) -> Result<(), TokenError> {
        let not_access = |claim| Err(TokenErrorKind::NotAnAccessToken.at(claim));
        if let Some(claim) = self.foreign {
            return not_access(claim);
        }
        // Okta numbers its access tokens `AT.…` and its ID tokens `ID.…`.
        if (self.jti.as_deref()).is_some_and(|jti| jti.starts_with("ID.")) {
            return not_access("jti");
        }
        let names_client = self.cid.is_some() || self.client_id.is_some();
        let names_scopes = self.scp.is_some() || self.scope.is_some();
        if !names_client && !names_scopes {
            return not_access("cid");
        }
        // RFC 9449 section 7.2, RFC 8705 section 3: a bound token without its proof may be stolen.
        if self.is_bound {
            return Err(TokenErrorKind::SenderConstrained.at("cnf"));
        }
        Ok(())
    }

    pub(crate) fn check_audience(&self, policy: &Policy) -> Result<(), TokenError> {
        let aud = self.aud.as_ref().ok_or(missing("aud"))?;
        if aud
            .iter()
            .any(|audience| policy.audiences.iter().any(|own| **own == **audience))
        {
            Ok(())
        } else {
            Err(TokenErrorKind::WrongAudience.into())
        }
    }

    /// Returns when the token is valid. Requires `exp`.
    pub(crate) fn window(&self, policy: &Policy) -> Result<Window, TokenError> {
        let exp = self.exp.ok_or(missing("exp"))?;
        Ok(Window::new(exp, self.nbf, self.iat, policy.leeway))
    }

    pub(crate) fn check_client(&self, policy: &Policy) -> Result<(), TokenError> {
        if policy.client_ids.is_empty() {
            return Ok(());
        }
        match self.client() {
            Some(client) if policy.client_ids.contains(client) => Ok(()),
            _ => Err(TokenErrorKind::ClientNotAllowed.into()),
        }
    }

    /// Checks the claims that RFC 9068 section 2.2 requires beyond those that are always required.
    pub(crate) fn check_complete(&self, policy: &Policy) -> Result<(), TokenError> {
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

    /// Returns the claims for the rest of the crate. Requires `sub`.
    pub(crate) fn core(
        &self,
        issuer: Arc<str>,
        policy: &Policy,
        spans: &mut SpanBuilder<'_>,
    ) -> Result<Core, TokenError> {
        let exp = self.exp.ok_or(missing("exp"))?;
        let sub = (self.sub.as_deref())
            .filter(|sub| !sub.is_empty())
            .ok_or(missing("sub"))?;
        let scopes = self.scp.as_deref().or(self.scope.as_deref());
        let lists = [
            self.aud.as_deref().unwrap_or_default(),
            scopes.unwrap_or_default(),
            &self.groups,
            &self.amr,
        ];
        let lists = Lists::new(lists, |string| spans.take(string));
        let subject = spans.take(sub);
        let mut place = |string: Option<&str>| string.map(|string| spans.take(string));
        Ok(Core {
            via: Via::Bearer,
            issuer,
            identity_issuer: Arc::clone(&policy.issuer),
            subject,
            user_id: place(self.uid.as_deref()),
            client_id: place(self.client()),
            token_id: place(self.jti.as_deref()),
            acr: place(self.acr.as_deref()),
            lists,
            expires_at: exp.rounded_down(),
            not_before: self.nbf.map(Date::rounded_up),
            issued_at: self.iat.map(Date::rounded_up),
            auth_time: self.auth_time.map(Date::rounded_down),
        })
    }
}

struct Reader<'p, 'c> {
    groups_claim: &'c GroupsClaim,
    groups: Option<Groups<'p>>,
    payload: Payload<'p>,
}

impl<'p> Members<'p> for Reader<'p, '_> {
    fn member<A: MapAccess<'p>>(&mut self, name: &str, value: Member<'_, A>) -> ReadResult<'p, A> {
        let payload = &mut self.payload;
        // The claims with a meaning come first: an administrator's choice of a name for the groups
        // changes none of them.
        match name {
            "iss" => payload.iss = Some(value.text()?),
            "sub" => payload.sub = Some(value.text()?),
            "aud" => payload.aud = Some(value.read(StringsSeed::Element)?),
            "exp" => payload.exp = Some(value.read(DateSeed)?),
            "nbf" => payload.nbf = value.optional(DateSeed)?,
            "iat" => payload.iat = value.optional(DateSeed)?,
            "auth_time" => payload.auth_time = value.optional(DateSeed)?,
            "jti" => payload.jti = value.optional(Text)?,
            "uid" => payload.uid = id(value)?,
            "cid" => payload.cid = id(value)?,
            "client_id" => payload.client_id = id(value)?,
            "scp" => payload.scp = value.optional(StringsSeed::Spaced)?,
            "scope" => payload.scope = value.optional(StringsSeed::Spaced)?,
            "acr" => payload.acr = value.optional(Text)?,
            "amr" => payload.amr = value.optional(StringsSeed::Element)?.unwrap_or_default(),
            // Of whatever type: a binding that this crate cannot read is a binding.
            "cnf" => payload.is_bound = value.json_type()? != JsonType::Null,
            _ => match mark(&FOREIGN, name) {
                Some((claim, types)) => {
                    if types.contains(&value.json_type()?) {
                        payload.foreign.get_or_insert(claim);
                    }
                }
                None if self.groups_claim.is(name) => {
                    let seed = GroupsSeed(value.rules());
                    self.groups = value.read(seed)?;
                }
                None => value.skip()?,
            },
        }
        Ok(())
    }
}

/// Reads an ID, which must not be empty: an empty ID would be everybody's.
fn id<'p, A: MapAccess<'p>>(value: Member<'_, A>) -> Result<Option<Cow<'p, str>>, A::Error> {
    let id = value.optional(Text)?;
    if id.as_deref() == Some("") {
        return Err(A::Error::custom("empty"));
    }
    Ok(id)
}
