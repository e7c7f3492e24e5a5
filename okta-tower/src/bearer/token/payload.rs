//! The claims of a token whose signature was found right.

mod name;
mod plain;

use std::{borrow::Cow, cell::Cell, fmt, sync::Arc};

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, Visitor};

use self::name::Name;
use super::{
    Policy, TokenType, Window,
    values::{Date, DateSeed, GroupsSeed, Lone, StringsSeed},
};
use crate::{
    base::json::{self, Budget, Checked, Names, Text},
    claims::{Core, Lists, MAX_MEMBERS, Pieces, Via},
    error::{TokenError, TokenErrorKind},
};

/// The claims that decide anything, with the types they must have.
#[derive(Default)]
#[cfg_attr(test, derive(Debug, PartialEq))]
pub(crate) struct Payload<'p> {
    iss: Option<Cow<'p, str>>,
    sub: Option<Cow<'p, str>>,
    aud: Option<List>,
    exp: Option<Date>,
    nbf: Option<Date>,
    iat: Option<Date>,
    auth_time: Option<Date>,
    jti: Option<Cow<'p, str>>,
    uid: Option<Cow<'p, str>>,
    cid: Option<Cow<'p, str>>,
    client_id: Option<Cow<'p, str>>,
    scp: Option<List>,
    scope: Option<List>,
    groups: List,
    acr: Option<Cow<'p, str>>,
    amr: List,
    /// What is in the lists.
    strings: Vec<Cow<'p, str>>,
    /// The first member seen that only ID tokens, logout tokens and security events have.
    foreign: Option<&'static str>,
    /// `cnf` is there: the token is bound to a key.
    is_bound: bool,
}

/// A claim that is a list: its place among a payload's strings. In one piece of memory for all lists, as for a token that is new
/// each piece costs as much as reading a few claims.
#[derive(Clone, Copy, Default)]
#[cfg_attr(test, derive(Debug, PartialEq))]
struct List {
    start: usize,
    end: usize,
}

impl List {
    fn of<'s, 'p>(self, strings: &'s [Cow<'p, str>]) -> &'s [Cow<'p, str>] {
        strings.get(self.start..self.end).unwrap_or_default()
    }
}

/// Reads a payload. The error names the claim at fault where one is.
// Into a place of the caller's: it is half a kilobyte.
pub(crate) fn read<'p>(
    text: &'p str,
    policy: &Policy,
    payload: &mut Payload<'p>,
) -> Result<(), TokenError> {
    if !plain::read(text, &policy.groups_claim, payload) {
        *payload = read_any(text, &policy.groups_claim)?;
    }
    Ok(())
}

/// The same of a payload however it is written.
fn read_any<'p>(text: &'p str, groups_claim: &str) -> Result<Payload<'p>, TokenError> {
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

impl Payload<'_> {
    /// Takes down a member whose presence alone says what sort of token this is.
    #[inline(always)]
    fn note(&mut self, name: Name) {
        match name {
            Name::Cnf => self.is_bound = true,
            // `nonce`, `at_hash` and `c_hash` are an ID token's, `events` and `toe` a logout token's or a security
            // event's (RFC 8417).
            Name::Nonce | Name::AtHash | Name::CHash | Name::SHash | Name::Events | Name::Toe => {
                self.foreign.get_or_insert(name.as_str());
            }
            _ => {}
        }
    }

    /// Okta's ID tokens carry no `typ`, and with the client id configured as audience one would pass for an
    /// access token. What tells them apart: claims that only one of the two has (RFC 8725 section 3.12).
    pub(crate) fn check_is_bearer_access_token(&self) -> Result<(), TokenError> {
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
    pub(crate) fn check_issuer(&self, policy: &Policy) -> Result<Arc<str>, TokenError> {
        let iss = self.iss.as_deref().ok_or(missing("iss"))?;
        std::iter::once(&policy.issuer)
            .chain(&policy.extra_issuers)
            .find(|issuer| &***issuer == iss)
            .map(Arc::clone)
            .ok_or(TokenErrorKind::WrongIssuer.into())
    }

    pub(crate) fn check_audience(&self, policy: &Policy) -> Result<(), TokenError> {
        let aud = self.aud.ok_or(missing("aud"))?.of(&self.strings);
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
    pub(crate) fn window(&self, policy: &Policy) -> Result<Window, TokenError> {
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

    pub(crate) fn check_client(&self, policy: &Policy) -> Result<(), TokenError> {
        if policy.client_ids.is_empty() {
            return Ok(());
        }
        match self.client() {
            Some(client) if policy.client_ids.contains(client) => Ok(()),
            _ => Err(TokenErrorKind::ClientNotAllowed.into()),
        }
    }

    /// RFC 9068 section 2.2: the claims that its access tokens must have. The others were asked for above.
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

    /// The claims as the rest of the crate knows them. `sub` is asked for here, as [`Core`] needs it.
    pub(crate) fn core(
        &self,
        issuer: Arc<str>,
        policy: &Policy,
        pieces: &mut Pieces<'_>,
    ) -> Result<Core, TokenError> {
        let exp = self.exp.ok_or(missing("exp"))?;
        let sub = (self.sub.as_deref())
            .filter(|sub| !sub.is_empty())
            .ok_or(missing("sub"))?;
        let lists = [
            self.aud.unwrap_or_default(),
            self.scp.or(self.scope).unwrap_or_default(),
            self.groups,
            self.amr,
        ];
        let lists = lists.map(|list| list.of(&self.strings));
        let lists = Lists::new(lists, |string| pieces.take(string));
        let subject = pieces.take(sub);
        let mut place =
            |string: &Option<Cow<'_, str>>| string.as_deref().map(|string| pieces.take(string));
        Ok(Core {
            via: Via::Bearer,
            issuer,
            identity_issuer: Arc::clone(&policy.issuer),
            subject,
            user_id: place(&self.uid),
            client_id: place(if self.cid.is_some() {
                &self.cid
            } else {
                &self.client_id
            }),
            token_id: place(&self.jti),
            acr: place(&self.acr),
            lists,
            expires_at: exp.rounded_down(),
            not_before: self.nbf.map(Date::rounded_up),
            issued_at: self.iat.map(Date::rounded_up),
            auth_time: self.auth_time.map(Date::rounded_down),
        })
    }
}

/// Where the values of a payload's members come from, one after the other.
trait Values<'p> {
    type Error;

    fn text(&mut self) -> Result<Cow<'p, str>, Self::Error>;

    /// A text that is not empty.
    fn id(&mut self) -> Result<Cow<'p, str>, Self::Error>;

    fn date(&mut self) -> Result<Date, Self::Error>;

    fn strings(&mut self, lone: Lone, strings: &mut Vec<Cow<'p, str>>) -> Result<(), Self::Error>;

    fn groups(&mut self, groups: &mut Vec<Cow<'p, str>>) -> Result<(), Self::Error>;

    /// Checks a value that nobody asks for.
    fn skip(&mut self) -> Result<(), Self::Error>;
}

impl<'p> Payload<'p> {
    /// Takes a member's value, if it is one that decides anything. `at_fault` is told the claim's name before its value is
    /// read, so that an error is blamed on it.
    #[inline(always)]
    fn member<V: Values<'p>>(
        &mut self,
        name: &str,
        groups_claim: &str,
        values: &mut V,
        at_fault: impl FnOnce(&'static str),
    ) -> Result<(), V::Error> {
        let known = Name::of(name);
        // Asked of every member, before the name that an administrator chose for the groups is looked at: what tells
        // the kinds of token apart must not depend on that choice.
        if let Some(known) = known {
            self.note(known);
        }
        if name == groups_claim {
            at_fault("groups");
            self.groups = self.list(|strings| values.groups(strings))?;
            return Ok(());
        }
        let Some(known) = known else {
            return values.skip();
        };
        macro_rules! take {
            (strings, $lone:expr) => {{
                at_fault(known.as_str());
                self.list(|strings| values.strings($lone, strings))?
            }};
            ($method:ident) => {{
                at_fault(known.as_str());
                values.$method()?
            }};
        }
        match known {
            Name::Iss => self.iss = Some(take!(text)),
            Name::Sub => self.sub = Some(take!(text)),
            Name::Aud => self.aud = Some(take!(strings, Lone::Element)),
            Name::Exp => self.exp = Some(take!(date)),
            Name::Nbf => self.nbf = Some(take!(date)),
            Name::Iat => self.iat = Some(take!(date)),
            Name::AuthTime => self.auth_time = Some(take!(date)),
            Name::Jti => self.jti = Some(take!(text)),
            // An empty id would be everybody's.
            Name::Uid => self.uid = Some(take!(id)),
            Name::Cid => self.cid = Some(take!(id)),
            Name::ClientId => self.client_id = Some(take!(id)),
            Name::Scp => self.scp = Some(take!(strings, Lone::Spaced)),
            Name::Scope => self.scope = Some(take!(strings, Lone::Spaced)),
            Name::Acr => self.acr = Some(take!(text)),
            Name::Amr => self.amr = take!(strings, Lone::Element),
            Name::Cnf
            | Name::Nonce
            | Name::AtHash
            | Name::CHash
            | Name::SHash
            | Name::Events
            | Name::Toe => values.skip()?,
        }
        Ok(())
    }

    /// The list that `read` adds the strings of.
    fn list<E>(
        &mut self,
        read: impl FnOnce(&mut Vec<Cow<'p, str>>) -> Result<(), E>,
    ) -> Result<List, E> {
        let start = self.strings.len();
        read(&mut self.strings)?;
        let end = self.strings.len();
        Ok(List { start, end })
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
            let mut values = InMap {
                map: &mut map,
                checked: self.checked,
            };
            let at_fault = |claim| self.at_fault.set(Some(claim));
            payload.member(&name, self.groups_claim, &mut values, at_fault)?;
            self.at_fault.set(None);
        }
        Ok(payload)
    }
}

/// The values of an object that serde reads.
struct InMap<'m, 'b, A> {
    map: &'m mut A,
    checked: Checked<'b>,
}

impl<'de, A: MapAccess<'de>> Values<'de> for InMap<'_, '_, A> {
    type Error = A::Error;

    fn text(&mut self) -> Result<Cow<'de, str>, A::Error> {
        self.map.next_value_seed(Text)
    }

    fn id(&mut self) -> Result<Cow<'de, str>, A::Error> {
        let text = self.text()?;
        if text.is_empty() {
            return Err(A::Error::custom("empty"));
        }
        Ok(text)
    }

    fn date(&mut self) -> Result<Date, A::Error> {
        self.map.next_value_seed(DateSeed)
    }

    fn strings(&mut self, lone: Lone, strings: &mut Vec<Cow<'de, str>>) -> Result<(), A::Error> {
        strings.append(&mut self.map.next_value_seed(StringsSeed { lone })?);
        Ok(())
    }

    fn groups(&mut self, groups: &mut Vec<Cow<'de, str>>) -> Result<(), A::Error> {
        self.map.next_value_seed(GroupsSeed {
            groups,
            checked: self.checked,
            is_inside: false,
        })
    }

    fn skip(&mut self) -> Result<(), A::Error> {
        self.map.next_value_seed(self.checked)
    }
}
