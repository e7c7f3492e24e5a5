//! What a caller must have.

use std::{collections::HashSet, fmt, sync::Arc};

use super::{claim_value::ClaimValue, name_set::NameSet};
use crate::claims::Verified;

/// What a caller must have: groups, scopes, claims, an application, or any combination.
///
/// Cheap to clone: one reference count. Names are compared exactly, with case.
///
/// An empty list never widens access: "any of nothing" and "all of nothing" both refuse everyone, because
/// the list was probably read from somewhere and came out empty.
///
/// # Security
/// Whoever administers Okta decides who is in a group, and `Everyone` is a group. For a service's token
/// there are scopes only.
///
/// # Examples
///
/// ```
/// use okta_tower::Require;
///
/// let tellers = Require::group("tellers").and(Require::scope("ledger:write"));
/// let auditors = Require::any_group(["audit", "compliance"]);
/// let may_read = tellers.or(auditors);
/// assert!(!may_read.is_public());
///
/// // Nobody can meet this one.
/// let from_configuration: Vec<String> = Vec::new();
/// let closed = Require::any_group(from_configuration);
/// assert!(!closed.is_public());
/// ```
#[derive(Clone)]
pub struct Require(pub(super) Arc<Node>);

pub(super) enum Node {
    Public,
    Authenticated,
    Nobody,
    AnyGroup(NameSet),
    AllGroups(NameSet),
    AnyScope(NameSet, Arc<str>),
    AllScopes(NameSet, Arc<str>),
    Claim(Box<str>, ClaimValue),
    AnyClient(NameSet),
    User,
    Service,
    Predicate(Box<dyn Fn(&Verified) -> bool + Send + Sync>),
    All(Box<[Require]>),
    Any(Box<[Require]>),
}

impl Require {
    /// Anyone, with credentials or without.
    #[must_use]
    pub fn public() -> Self {
        Self::of(Node::Public)
    }

    /// Anyone with a valid token, person or service.
    #[must_use]
    pub fn authenticated() -> Self {
        Self::of(Node::Authenticated)
    }

    /// Nobody at all.
    #[must_use]
    pub fn nobody() -> Self {
        Self::of(Node::Nobody)
    }

    /// A member of this group.
    #[must_use]
    pub fn group(name: impl Into<String>) -> Self {
        Self::any_group([name])
    }

    /// A member of at least one of these groups. Of none given: nobody.
    #[must_use]
    pub fn any_group(names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::unless_empty(names.into_iter().collect(), Node::AnyGroup)
    }

    /// A member of every one of these groups. Of none given: nobody.
    #[must_use]
    pub fn all_groups(names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::unless_empty(names.into_iter().collect(), Node::AllGroups)
    }

    /// A token with this scope. See [`all_scopes`](Self::all_scopes) for which names can be granted.
    #[must_use]
    pub fn scope(name: impl Into<String>) -> Self {
        Self::all_scopes([name])
    }

    /// A token with at least one of these scopes. Of none given: nobody.
    ///
    /// When a token has none of them, the challenge asks for the first: it would be enough, and a client
    /// should not be told to ask for more. So put the least powerful one first. A name that cannot be granted
    /// (see [`all_scopes`](Self::all_scopes)) counts as not given.
    #[must_use]
    pub fn any_scope(names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let names = names.into_iter().map(Into::into);
        let names: Vec<String> = names.filter(|name| is_scope_token(name)).collect();
        let first = names
            .first()
            .map_or_else(Arc::default, |name| (**name).into());
        Self::unless_empty(names.into_iter().collect(), |set| {
            Node::AnyScope(set, first)
        })
    }

    /// A token with every one of these scopes. Of none given: nobody.
    ///
    /// A scope's name is printable ASCII without space, `"` and `\` (RFC 6749 section 3.3). Any other name
    /// can never be granted and must not stand in a challenge: a requirement with such a name is met by nobody.
    #[must_use]
    pub fn all_scopes(names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let mut names: Vec<String> = names.into_iter().map(Into::into).collect();
        if !names.iter().all(|name| is_scope_token(name)) {
            return Self::nobody();
        }
        let mut given = HashSet::new();
        names.retain(|name| given.insert(name.clone()));
        let text = names.join(" ").into();
        Self::unless_empty(names.into_iter().collect(), |set| {
            Node::AllScopes(set, text)
        })
    }

    /// A token with this claim at the top of its payload, being this value or a list that holds it.
    ///
    /// The first check of this kind on a token reads its whole payload; the result is kept with the token.
    ///
    /// ```
    /// use okta_tower::Require;
    ///
    /// let staff = Require::claim("employee", true).and(Require::claim("site", "berlin"));
    /// # let _ = staff;
    /// ```
    #[must_use]
    pub fn claim(name: impl Into<String>, value: impl Into<ClaimValue>) -> Self {
        Self::of(Node::Claim(name.into().into(), value.into()))
    }

    /// A token issued to this application (`cid`).
    #[must_use]
    pub fn client_id(id: impl Into<String>) -> Self {
        Self::any_client_id([id])
    }

    /// A token issued to one of these applications (`cid`). Of none given: nobody.
    #[must_use]
    pub fn any_client_id(ids: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::unless_empty(ids.into_iter().collect(), Node::AnyClient)
    }

    /// A person: a token with Okta's `uid`.
    #[must_use]
    pub fn user() -> Self {
        Self::of(Node::User)
    }

    /// A service: a token without a person behind it (client credentials).
    #[must_use]
    pub fn service() -> Self {
        Self::of(Node::Service)
    }

    /// Whatever the application's own check says yes to.
    ///
    /// It runs on each request, within the request: it should be quick, must not block, and must not panic.
    #[must_use]
    pub fn predicate(check: impl Fn(&Verified) -> bool + Send + Sync + 'static) -> Self {
        Self::of(Node::Predicate(Box::new(check)))
    }

    /// Both this and `other`. Beside anything else, [`public`](Self::public) adds nothing.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self::all([self, other])
    }

    /// This or `other`, or both. With [`public`](Self::public) it is public.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self::any([self, other])
    }

    /// Every one of these. Of none given: nobody.
    #[must_use]
    pub fn all(requirements: impl IntoIterator<Item = Self>) -> Self {
        let mut given = false;
        let mut parts = Vec::new();
        for requirement in requirements {
            given = true;
            match &*requirement.0 {
                Node::Public => {}
                Node::All(inner) => parts.extend(inner.iter().cloned()),
                _ => parts.push(requirement),
            }
        }
        match parts.len() {
            0 if given => Self::public(),
            0 => Self::nobody(),
            1 => parts.remove(0),
            _ => Self::of(Node::All(parts.into())),
        }
    }

    /// At least one of these. Of none given: nobody.
    #[must_use]
    pub fn any(requirements: impl IntoIterator<Item = Self>) -> Self {
        let mut parts = Vec::new();
        for requirement in requirements {
            match &*requirement.0 {
                Node::Public => return requirement,
                Node::Nobody => {}
                Node::Any(inner) => parts.extend(inner.iter().cloned()),
                _ => parts.push(requirement),
            }
        }
        match parts.len() {
            0 => Self::nobody(),
            1 => parts.remove(0),
            _ => Self::of(Node::Any(parts.into())),
        }
    }

    /// Whether everyone is let through, credentials or not.
    #[must_use]
    pub fn is_public(&self) -> bool {
        matches!(*self.0, Node::Public)
    }

    fn of(node: Node) -> Self {
        Self(Arc::new(node))
    }

    fn unless_empty(names: NameSet, node: impl FnOnce(NameSet) -> Node) -> Self {
        if names.is_empty() {
            return Self::nobody();
        }
        Self::of(node(names))
    }
}

/// Prints the requirement. It is the developer's own configuration and holds nothing from a token.
impl fmt::Debug for Require {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Node::Public => f.write_str("public"),
            Node::Authenticated => f.write_str("authenticated"),
            Node::Nobody => f.write_str("nobody"),
            Node::AnyGroup(names) => write!(f, "any_group({names:?})"),
            Node::AllGroups(names) => write!(f, "all_groups({names:?})"),
            Node::AnyScope(names, _) => write!(f, "any_scope({names:?})"),
            Node::AllScopes(names, _) => write!(f, "all_scopes({names:?})"),
            Node::Claim(name, value) => write!(f, "claim({name:?}, {value:?})"),
            Node::AnyClient(ids) => write!(f, "any_client_id({ids:?})"),
            Node::User => f.write_str("user"),
            Node::Service => f.write_str("service"),
            Node::Predicate(_) => f.write_str("predicate"),
            Node::All(parts) => write!(f, "all({parts:?})"),
            Node::Any(parts) => write!(f, "any({parts:?})"),
        }
    }
}

/// `scope-token` of RFC 6749 section 3.3.
fn is_scope_token(name: &str) -> bool {
    let legal = |byte| matches!(byte, 0x21 | 0x23..=0x5B | 0x5D..=0x7E);
    !name.is_empty() && name.bytes().all(legal)
}
