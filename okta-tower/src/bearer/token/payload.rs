//! The claims of a token whose signature is valid.

use std::{borrow::Cow, sync::Arc};

use serde::de::{Error as _, MapAccess};

use super::{
    policy::{Policy, TokenType},
    values::{Date, DateSeed, GroupsSeed, StringsSeed},
    window::Window,
};
use crate::{
    base::json::{self, Member, Members, ReadResult, Unreadable},
    claims::{Core, Lists, MAX_MEMBERS, SpanBuilder, Via},
    error::{TokenError, TokenErrorKind},
};

/// The claims that decide anything, with the types they must have.
#[derive(Default)]
pub(crate) struct Payload<'p> {
    pub(super) iss: Option<Cow<'p, str>>,
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

/// Reads a payload. The error names the claim at fault if there is one.
pub(crate) fn read<'p>(text: &'p str, policy: &Policy) -> Result<Payload<'p>, TokenError> {
    let groups_claim = &policy.groups_claim;
    let mut reader = Reader {
        groups_claim,
        payload: Payload::default(),
    };
    match json::read_object(text, MAX_MEMBERS, &mut reader) {
        Ok(()) => Ok(reader.payload),
        Err(unreadable) => Err(bad_claims(&unreadable, &TYPED, groups_claim)),
    }
}

/// Returns the error for a payload that is not what its claims must be.
pub(crate) fn bad_claims(
    unreadable: &Unreadable,
    typed: &[&'static str],
    groups_claim: &str,
) -> TokenError {
    let at_fault = unreadable.member.as_deref().and_then(|member| {
        if member == groups_claim {
            return Some("groups");
        }
        typed.iter().copied().find(|claim| *claim == member)
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
    groups_claim: &'c str,
    payload: Payload<'p>,
}

impl<'p> Members<'p> for Reader<'p, '_> {
    fn member<A: MapAccess<'p>>(&mut self, name: &str, value: Member<'_, A>) -> ReadResult<'p, A> {
        let payload = &mut self.payload;
        // First, whatever the groups claim is called: what tells the kinds of token apart must not
        // depend on a name that an administrator chose.
        payload.note(name);
        match name {
            name if name == self.groups_claim => {
                let seed = GroupsSeed {
                    groups: &mut payload.groups,
                    checked: value.rules(),
                    is_inside: false,
                };
                value.read(seed)?;
            }
            "iss" => payload.iss = Some(value.text()?),
            "sub" => payload.sub = Some(value.text()?),
            "aud" => payload.aud = Some(value.read(StringsSeed::Element)?),
            "exp" => payload.exp = Some(value.read(DateSeed)?),
            "nbf" => payload.nbf = Some(value.read(DateSeed)?),
            "iat" => payload.iat = Some(value.read(DateSeed)?),
            "auth_time" => payload.auth_time = Some(value.read(DateSeed)?),
            "jti" => payload.jti = Some(value.text()?),
            "uid" => payload.uid = Some(id(value)?),
            "cid" => payload.cid = Some(id(value)?),
            "client_id" => payload.client_id = Some(id(value)?),
            "scp" => payload.scp = Some(value.read(StringsSeed::Spaced)?),
            "scope" => payload.scope = Some(value.read(StringsSeed::Spaced)?),
            "acr" => payload.acr = Some(value.text()?),
            "amr" => payload.amr = value.read(StringsSeed::Element)?,
            _ => value.skip()?,
        }
        Ok(())
    }
}

impl Payload<'_> {
    /// Notes a member whose presence alone tells the kind of token.
    fn note(&mut self, name: &str) {
        self.is_bound |= name == "cnf";
        // `nonce` and the hashes are an ID token's, `events` and `toe` a logout token's or a
        // security event's (RFC 8417).
        let foreign = ["nonce", "at_hash", "c_hash", "s_hash", "events", "toe"];
        if let Some(claim) = foreign.into_iter().find(|claim| *claim == name) {
            self.foreign.get_or_insert(claim);
        }
    }
}

/// Reads an ID, which must not be empty: an empty ID would be everybody's.
fn id<'p, A: MapAccess<'p>>(value: Member<'_, A>) -> Result<Cow<'p, str>, A::Error> {
    let id = value.text()?;
    if id.is_empty() {
        return Err(A::Error::custom("empty"));
    }
    Ok(id)
}
