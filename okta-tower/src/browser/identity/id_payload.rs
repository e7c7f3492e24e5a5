//! The claims of an ID token, and of a session, which add to those of its ID token. Feature
//! `sign-in`.

use std::borrow::Cow;

use serde::de::MapAccess;

use crate::bearer::token::{
    Policy, Window,
    groups::{Groups, GroupsClaim, GroupsSeed},
    payload::{self, Mark, mark},
    values::{Date, DateSeed, StringsSeed},
};
use crate::{
    base::json::{self, JsonType, Member, Members, ReadResult, Text},
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

/// The marks of tokens that are no ID tokens: `cid` and `scp` are claims of Okta's access tokens.
const FOREIGN: [Mark; 4] = [
    ("cid", &[JsonType::String]),
    ("scp", &[JsonType::String, JsonType::Array]),
    payload::EVENTS,
    payload::TOE,
];

/// Reads a payload. The error names the claim at fault if there is one.
pub(crate) fn read<'p>(
    text: &'p str,
    groups_claim: &GroupsClaim,
) -> Result<IdPayload<'p>, TokenError> {
    let mut reader = Reader {
        groups_claim,
        groups: None,
        payload: IdPayload::default(),
    };
    json::read_object(text, MAX_MEMBERS, &mut reader)
        .map_err(|unreadable| payload::bad_claims(&unreadable, &TYPED, groups_claim))?;
    Ok(IdPayload {
        groups: groups_claim.groups(text, reader.groups),
        ..reader.payload
    })
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
}

struct Reader<'p, 'c> {
    groups_claim: &'c GroupsClaim,
    groups: Option<Groups<'p>>,
    payload: IdPayload<'p>,
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
            "azp" => payload.azp = value.optional(Text)?,
            "exp" => payload.exp = Some(value.read(DateSeed)?),
            "nbf" => payload.nbf = value.optional(DateSeed)?,
            "iat" => payload.iat = Some(value.read(DateSeed)?),
            "auth_time" => payload.auth_time = value.optional(DateSeed)?,
            "jti" => payload.jti = value.optional(Text)?,
            "nonce" => payload.nonce = value.optional(Text)?,
            "at_hash" => payload.at_hash = value.optional(Text)?,
            "acr" => payload.acr = value.optional(Text)?,
            "amr" => payload.amr = value.optional(StringsSeed::Element)?.unwrap_or_default(),
            "sid" => payload.sid = value.optional(Text)?,
            "client_id" => payload.has_client = value.json_type()? != JsonType::Null,
            "scope" => payload.has_scope = value.json_type()? != JsonType::Null,
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

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, time::Duration};

    use super::*;
    use crate::bearer::token::TokenType;

    /// A session has the groups that an access token with the same claims has.
    #[test]
    fn groups_claim_with_a_standard_name_is_read_alike() {
        for (claim, groups) in [
            ("groups", vec!["admin"]),
            ("/nested/groups", vec!["admin"]),
            ("amr", vec![]),
            ("aud", vec![]),
            ("acr", vec![]),
            ("jti", vec![]),
            ("nonce", vec![]),
        ] {
            let policy = Policy {
                issuer: "https://example.okta.com/oauth2/default".into(),
                extra_issuers: Vec::new(),
                audiences: Vec::new(),
                client_ids: BTreeSet::new(),
                algorithms: BTreeSet::new(),
                leeway: Duration::ZERO,
                token_type: TokenType::default(),
                groups_claim: claim.into(),
                max_token_bytes: 1024,
            };
            let text = r#"{"groups":["admin"],"nested":{"groups":["admin"]},"amr":["admin"],
                "aud":["admin"],"acr":"admin","jti":"admin","nonce":"admin"}"#;
            let access = payload::read(text, &policy).unwrap();
            let id = read(text, &policy.groups_claim).unwrap();
            assert_eq!(access.groups, groups, "{claim}");
            assert_eq!(id.groups.unwrap_or_default(), groups, "{claim}");
        }
    }

    #[test]
    fn mark_of_another_kind_counts_with_its_type_only() {
        let claim = "groups".into();
        let is_id = |member: &str| read(member, &claim).unwrap().check_is_id_token().is_ok();
        for (mark, custom) in [
            (r#"{"events":{}}"#, r#"{"events":["created"]}"#),
            (r#"{"toe":1}"#, r#"{"toe":"big"}"#),
            (r#"{"cid":"0oa1"}"#, r#"{"cid":null}"#),
            (r#"{"scp":["a"]}"#, r#"{"scp":null}"#),
            (
                r#"{"client_id":"0oa1","scope":"a"}"#,
                r#"{"client_id":"0oa1","scope":null}"#,
            ),
        ] {
            assert!(!is_id(mark), "{mark}");
            assert!(is_id(custom), "{custom}");
        }
        let absent = read(r#"{"nonce":null,"at_hash":null,"groups":null}"#, &claim).unwrap();
        assert!(absent.nonce.is_none() && absent.at_hash.is_none() && absent.groups.is_none());
    }
}
