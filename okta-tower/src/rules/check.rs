//! Checks a caller against a requirement, and says what is missing.

use std::sync::Arc;

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
    /// Of several alternatives, it names the first that scopes would open; if scopes open none, the
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
        let mut texts = Vec::new();
        let towards = match &*self.0 {
            Node::All(_) | Node::Any(_) => self.scopes_towards(caller, &mut texts),
            _ => self.scopes_where_unmet(&mut texts),
        };
        Err(match towards {
            Err(kind) => Denied::new(kind),
            Ok(()) => Denied::scope(match texts.as_slice() {
                [text] => Arc::clone(text),
                several => union(several),
            }),
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

    /// Collects the scopes with which this caller would pass, or returns what else is missing.
    fn scopes_towards<'a>(
        &'a self,
        caller: &Verified,
        texts: &mut Vec<&'a Arc<str>>,
    ) -> Result<(), DeniedKind> {
        match &*self.0 {
            // Granted scopes are named too.
            Node::AnyScope(..) | Node::AllScopes(..) => self.scopes_where_unmet(texts),
            Node::All(parts) => {
                (parts.iter()).try_for_each(|part| part.scopes_towards(caller, texts))
            }
            Node::Any(parts) => Self::first_open(parts, caller, texts),
            _ if self.is_met_by(caller) => Ok(()),
            _ => self.scopes_where_unmet(texts),
        }
    }

    /// Does the same for an unmet requirement without parts, and for scopes.
    fn scopes_where_unmet<'a>(&'a self, texts: &mut Vec<&'a Arc<str>>) -> Result<(), DeniedKind> {
        let kind = match &*self.0 {
            Node::AnyScope(_, text) | Node::AllScopes(_, text) => {
                texts.push(text);
                return Ok(());
            }
            Node::AnyGroup(..) | Node::AllGroups(..) => DeniedKind::Group,
            Node::Claim(..) => DeniedKind::Claim,
            Node::AnyClient(_) => DeniedKind::Client,
            Node::User | Node::Service => DeniedKind::CallerType,
            Node::Predicate(_) => DeniedKind::Predicate,
            Node::Public | Node::Authenticated | Node::Nobody | Node::All(_) | Node::Any(_) => {
                DeniedKind::Nobody
            }
        };
        Err(kind)
    }

    /// Of several alternatives, takes a met one, else the first that scopes would open.
    fn first_open<'a>(
        parts: &'a [Self],
        caller: &Verified,
        texts: &mut Vec<&'a Arc<str>>,
    ) -> Result<(), DeniedKind> {
        let met = parts.iter().filter(|part| part.is_met_by(caller));
        let mut first = None;
        for part in met.chain(parts) {
            let before = texts.len();
            match part.scopes_towards(caller, texts) {
                Ok(()) => return Ok(()),
                Err(kind) => {
                    texts.truncate(before);
                    first.get_or_insert(kind);
                }
            }
        }
        Err(first.unwrap_or(DeniedKind::Nobody))
    }
}

/// Returns every scope of several lists, each once, in order.
fn union(texts: &[&Arc<str>]) -> Arc<str> {
    let mut scopes: Vec<&str> = Vec::new();
    for scope in texts.iter().flat_map(|text| text.split(' ')) {
        if !scopes.contains(&scope) {
            scopes.push(scope);
        }
    }
    scopes.join(" ").into()
}

#[cfg(test)]
mod tests;
