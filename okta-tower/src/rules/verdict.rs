//! Whether a caller meets a requirement, and what to say when not.

use std::sync::Arc;

use super::{Require, require::Node};
use crate::{
    claims::Verified,
    error::{Denied, DeniedKind},
};

impl Require {
    /// Whether this caller has what is required. Takes no memory when the answer is yes.
    ///
    /// # Errors
    /// [`Denied`] with the kind of requirement that failed. [`DeniedKind::Scope`] is said only where more
    /// scopes alone would have been enough, and names all the scopes to ask for, those already granted
    /// included, since a new token replaces the old one. Of several alternatives the first that scopes would
    /// open is named; if scopes open none, the kind is that of the first alternative. Where several things are
    /// required and one that fails is not a scope, the kind is that one's. Group names are never told.
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
            Node::AllGroups(names) => names.all_in(caller.groups().iter()),
            Node::AnyScope(names, _) => names.any_of(caller.scopes().iter()),
            Node::AllScopes(names, _) => names.all_in(caller.scopes().iter()),
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

    /// Collects the scopes with which this caller would be let through, or says what else is lacking.
    fn scopes_towards<'a>(
        &'a self,
        caller: &Verified,
        texts: &mut Vec<&'a Arc<str>>,
    ) -> Result<(), DeniedKind> {
        match &*self.0 {
            // Scopes that are held are named with those that are not.
            Node::AnyScope(..) | Node::AllScopes(..) => self.scopes_where_unmet(texts),
            Node::All(parts) => {
                (parts.iter()).try_for_each(|part| part.scopes_towards(caller, texts))
            }
            Node::Any(parts) => Self::first_open(parts, caller, texts),
            _ if self.is_met_by(caller) => Ok(()),
            _ => self.scopes_where_unmet(texts),
        }
    }

    /// The same of a requirement without parts that is not met, or of scopes.
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

    /// Of several alternatives: one that is met already, else the first that scopes would open.
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

/// Every scope of several lists, each once, in order.
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
