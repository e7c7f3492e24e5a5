//! Checks a caller against a requirement, and says what is missing.

use super::{Require, require::Node};
use crate::{
    claims::Verified,
    error::{Denied, DeniedKind},
};

impl Require {
    /// Checks that this caller has what is required. Allocates nothing if so.
    ///
    /// # Errors
    /// Returns [`Denied`] with the kind of requirement that failed.
    ///
    /// The kind is [`DeniedKind::Scope`] only if more scopes alone would be enough. It then names
    /// all scopes to ask for, granted ones included, since a new token replaces the old one.
    ///
    /// Of several alternatives, it names those that scopes would open; if scopes open none, the
    /// kind is that of the first alternative. If several things are required and a failed one is
    /// not a scope, the kind is that one's. Group names are never revealed.
    ///
    /// ```
    /// use okta_tower::{DeniedKind, Require, Verified};
    ///
    /// fn may_close_books(caller: &Verified) -> bool {
    ///     match Require::group("accounting").check(caller) {
    ///         Ok(()) => true,
    ///         Err(denied) => {
    ///             assert_eq!(denied.kind(), DeniedKind::Group);
    ///             false
    ///         }
    ///     }
    /// }
    /// # let _ = may_close_books;
    /// ```
    pub fn check(&self, caller: &Verified) -> Result<(), Denied> {
        if self.is_met_by(caller) {
            return Ok(());
        }
        Err(match self.ways(caller) {
            Err(kind) => Denied::new(kind),
            Ok(ways) => Denied::scopes(ways.iter().map(|way| way.join(" ")).collect()),
        })
    }

    fn is_met_by(&self, caller: &Verified) -> bool {
        match &*self.0 {
            Node::Public | Node::Authenticated => true,
            Node::Nobody => false,
            Node::AnyGroup(names) => names.any_of(caller.groups().iter()),
            Node::AllGroups(names) => names.all_in(&caller.groups().iter()),
            Node::AnyScope(names, _) => names.any_of(caller.scopes().iter()),
            Node::AllScopes(names, _) => names.all_in(&caller.scopes().iter()),
            Node::Claim(name, value) => {
                (caller.claim(name)).is_some_and(|claim| value.matches(claim))
            }
            Node::AnyClient(ids) => caller.client_id().is_some_and(|id| ids.contains(id)),
            Node::User => !caller.is_service(),
            Node::Service => caller.is_service(),
            Node::Predicate(check) => check(caller),
            Node::All(parts) => parts.iter().all(|part| part.is_met_by(caller)),
            Node::Any(parts) => parts.iter().any(|part| part.is_met_by(caller)),
        }
    }

    /// Returns the scopes with which this caller would pass, or what else is missing. Granted
    /// scopes are named too.
    fn ways<'a>(&'a self, caller: &Verified) -> Result<Vec<Way<'a>>, DeniedKind> {
        let missing = match &*self.0 {
            Node::AnyScope(_, text) => {
                let names = text.split(' ').take(MAX_WAYS);
                return Ok(names.map(|name| vec![name]).collect());
            }
            Node::AllScopes(_, text) => return Ok(vec![text.split(' ').collect()]),
            Node::All(parts) => {
                return (parts.iter()).try_fold(vec![Way::new()], |ways, part| {
                    Ok(combine(&ways, &part.ways(caller)?))
                });
            }
            Node::Any(parts) => return Self::ways_of_any(parts, caller),
            _ if self.is_met_by(caller) => return Ok(vec![Way::new()]),
            Node::AnyGroup(..) | Node::AllGroups(..) => DeniedKind::Group,
            Node::Claim(..) => DeniedKind::Claim,
            Node::AnyClient(_) => DeniedKind::Client,
            Node::User | Node::Service => DeniedKind::CallerType,
            Node::Predicate(_) => DeniedKind::Predicate,
            Node::Public | Node::Authenticated | Node::Nobody => DeniedKind::Nobody,
        };
        Err(missing)
    }

    /// Of several alternatives, takes a met one, else all that scopes would open.
    fn ways_of_any<'a>(parts: &'a [Self], caller: &Verified) -> Result<Vec<Way<'a>>, DeniedKind> {
        if let Some(met) = parts.iter().find(|part| part.is_met_by(caller)) {
            return met.ways(caller);
        }
        let (mut ways, mut first) = (Vec::new(), None);
        for part in parts {
            match part.ways(caller) {
                Ok(more) => ways.extend(more),
                Err(kind) => {
                    first.get_or_insert(kind);
                }
            }
        }
        ways.truncate(MAX_WAYS);
        match first {
            Some(kind) if ways.is_empty() => Err(kind),
            _ => Ok(ways),
        }
    }
}

/// Scopes that are enough together.
type Way<'a> = Vec<&'a str>;

/// How many alternatives a rejection names.
const MAX_WAYS: usize = 32;

/// Returns the union of each pair: every scope once, in order.
fn combine<'a>(left: &[Way<'a>], right: &[Way<'a>]) -> Vec<Way<'a>> {
    let pairs = left
        .iter()
        .flat_map(|left| right.iter().map(move |right| (left, right)));
    let union = |(left, right): (&Way<'a>, &Way<'a>)| {
        let mut union = Way::new();
        for scope in left.iter().chain(right) {
            if !union.contains(scope) {
                union.push(scope);
            }
        }
        union
    };
    pairs.take(MAX_WAYS).map(union).collect()
}

#[cfg(test)]
mod tests;
