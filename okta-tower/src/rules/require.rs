//! Requirements on a caller.

use std::{collections::HashSet, fmt, sync::Arc};

use super::{claim_value::ClaimValue, name_set::NameSet};
use crate::claims::Verified;

/// A requirement on a caller: groups, scopes, claims, an application, or any combination.
///
/// Cheap to clone: one reference count. Names are compared exactly, with case.
///
/// An empty list never widens access: "any of nothing" and "all of nothing" both reject every
/// caller, as the list was probably read from a configuration that came out empty.
///
/// # Security
/// Okta's administrators decide who is in a group, and `Everyone` is a group. A service's token has
/// scopes only.
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
/// // No caller can meet this one.
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
    AnyScope(NameSet, Box<str>),
    AllScopes(NameSet, Box<str>),
    Claim(Box<str>, ClaimValue),
    AnyClient(NameSet),
    User,
    Service,
    Predicate(Box<dyn Fn(&Verified) -> bool + Send + Sync>),
    All(Box<[Require]>),
    Any(Box<[Require]>),
}

impl Require {
    /// Requires nothing: any request passes, with or without credentials.
    #[must_use]
    pub fn public() -> Self {
        Self::of(Node::Public)
    }

    /// Requires a valid token, of a user or a service.
    #[must_use]
    pub fn authenticated() -> Self {
        Self::of(Node::Authenticated)
    }

    /// Rejects every caller.
    #[must_use]
    pub fn nobody() -> Self {
        Self::of(Node::Nobody)
    }

    /// Requires membership in this group.
    #[must_use]
    pub fn group(name: impl Into<String>) -> Self {
        Self::any_group([name])
    }

    /// Requires membership in at least one of these groups. An empty list rejects every caller.
    #[must_use]
    pub fn any_group(names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::unless_empty(names.into_iter().collect(), Node::AnyGroup)
    }

    /// Requires membership in every one of these groups. An empty list rejects every caller.
    #[must_use]
    pub fn all_groups(names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::unless_empty(names.into_iter().collect(), Node::AllGroups)
    }

    /// Requires this scope. See [`all_scopes`](Self::all_scopes) for which names can be granted.
    #[must_use]
    pub fn scope(name: impl Into<String>) -> Self {
        Self::all_scopes([name])
    }

    /// Requires at least one of these scopes. An empty list rejects every caller.
    ///
    /// If a token has none of them, the challenge asks for the first alone, as one is enough, and
    /// its `error_description` names all: put the least powerful one first. A name that cannot be
    /// granted (see
    /// [`all_scopes`](Self::all_scopes)) counts as not given.
    #[must_use]
    pub fn any_scope(names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let names = names.into_iter().map(Into::into);
        let names: Vec<String> = names.filter(|name| is_scope_token(name)).collect();
        Self::of_scopes(names, Node::AnyScope)
    }

    /// Requires every one of these scopes. An empty list rejects every caller.
    ///
    /// A scope's name is printable ASCII without space, `"` and `\` (RFC 6749 section 3.3). Any
    /// other name can never be granted and must not stand in a challenge: a requirement with such a
    /// name rejects every caller.
    #[must_use]
    pub fn all_scopes(names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        if !names.iter().all(|name| is_scope_token(name)) {
            return Self::nobody();
        }
        Self::of_scopes(names, Node::AllScopes)
    }

    /// Requires this claim at the top of the payload: this value, or a list that holds it.
    ///
    /// The first check of a claim reads the token's payload. The value is kept with the token.
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

    /// Requires a token that was issued to this application (`cid`).
    #[must_use]
    pub fn client_id(id: impl Into<String>) -> Self {
        Self::any_client_id([id])
    }

    /// Requires a token that was issued to one of these applications (`cid`). An empty list rejects
    /// every caller.
    #[must_use]
    pub fn any_client_id(ids: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::unless_empty(ids.into_iter().collect(), Node::AnyClient)
    }

    /// Requires a user: a token with Okta's `uid`, or a session.
    #[must_use]
    pub fn user() -> Self {
        Self::of(Node::User)
    }

    /// Requires a service: a token without a user (client credentials).
    #[must_use]
    pub fn service() -> Self {
        Self::of(Node::Service)
    }

    /// Requires that the application's own check returns `true`.
    ///
    /// It runs within each request: it should be quick, must not block, and must not panic.
    #[must_use]
    pub fn predicate(check: impl Fn(&Verified) -> bool + Send + Sync + 'static) -> Self {
        Self::of(Node::Predicate(Box::new(check)))
    }

    /// Requires both this and `other`. [`public`](Self::public) adds nothing to another
    /// requirement.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self::all([self, other])
    }

    /// Requires this or `other`, or both. With [`public`](Self::public) it is public.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self::any([self, other])
    }

    /// Requires every one of these. An empty list rejects every caller.
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

    /// Requires at least one of these. An empty list rejects every caller.
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

    /// Returns whether every request passes, with or without credentials.
    #[must_use]
    pub fn is_public(&self) -> bool {
        matches!(*self.0, Node::Public)
    }

    fn of(node: Node) -> Self {
        Self(Arc::new(node))
    }

    /// `node` takes the names, and their text in the order given, each once.
    fn of_scopes(mut names: Vec<String>, node: impl FnOnce(NameSet, Box<str>) -> Node) -> Self {
        let mut given = HashSet::new();
        names.retain(|name| given.insert(name.clone()));
        let text = names.join(" ").into();
        Self::unless_empty(names.into_iter().collect(), |set| node(set, text))
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
