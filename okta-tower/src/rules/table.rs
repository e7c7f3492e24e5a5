//! The patterns of a table, prepared for look-up.

use std::fmt;

use http::Method;
use matchit::{InsertError, Router};

use super::{Require, RuleError, pattern::Pattern};

/// The patterns twice: as written, and folded, as a service reads them that ignores case and a
/// trailing slash.
pub(super) struct Table {
    entries: Vec<Entry>,
    exact: Router<usize>,
    folded: Router<usize>,
    /// Whether the folded patterns equal the written ones.
    is_plain: bool,
}

/// One pattern and its rules.
pub(super) struct Entry {
    pattern: Pattern,
    folded: Pattern,
    any_method: Option<Require>,
    methods: Vec<(Method, Require)>,
}

impl Table {
    pub(super) fn new(rules: Vec<(Option<Method>, String, Require)>) -> Result<Self, RuleError> {
        if rules.is_empty() {
            return Err(RuleError::Empty);
        }
        let mut table = Self {
            entries: Vec::new(),
            exact: Router::new(),
            folded: Router::new(),
            is_plain: true,
        };
        for (method, text, require) in rules {
            let pattern = Pattern::parse(&text)?;
            let index = table.entry_for(pattern)?;
            table.entries[index].add(method, require)?;
        }
        table.cover_the_roots_of_catch_alls()?;
        Ok(table)
    }

    /// Returns whether a plain path needs to be looked up only as written.
    pub(super) fn is_plain(&self) -> bool {
        self.is_plain
    }

    pub(super) fn exact(&self, path: &str) -> Option<usize> {
        self.exact.at(path).ok().map(|found| *found.value)
    }

    /// Looks a folded path up.
    pub(super) fn folded(&self, path: &str) -> Option<usize> {
        self.folded.at(path).ok().map(|found| *found.value)
    }

    pub(super) fn entry(&self, index: usize) -> Option<&Entry> {
        self.entries.get(index)
    }

    /// Returns the entry of a pattern: the present one, or a new one.
    fn entry_for(&mut self, pattern: Pattern) -> Result<usize, RuleError> {
        let folded = pattern.folded();
        for (index, earlier) in self.entries.iter().enumerate() {
            if earlier.pattern.text() == pattern.text() {
                return Ok(index);
            }
            if earlier.pattern.shape() == pattern.shape() {
                return Err(conflict(&pattern, &earlier.pattern));
            }
            if earlier.pattern.differs_only_in_slash(&pattern) {
                return Err(RuleError::Shadowed {
                    pattern: pattern.text().to_owned(),
                    by: earlier.pattern.text().to_owned(),
                });
            }
        }
        let index = self.entries.len();
        if let Err(error) = self.exact.insert(pattern.text(), index) {
            let rival = self.rival(&pattern, |earlier| &earlier.pattern);
            return Err(rival.map_or_else(
                || unexplained(&pattern, &error),
                |rival| conflict(&pattern, rival),
            ));
        }
        if let Err(error) = self.folded.insert(folded.text(), index) {
            let rival = self.rival(&folded, |earlier| &earlier.folded);
            return Err(rival.map_or_else(
                || unexplained(&pattern, &error),
                |rival| case_clash(&pattern, rival),
            ));
        }
        self.is_plain &= folded.text() == pattern.text();
        self.entries.push(Entry {
            pattern,
            folded,
            any_method: None,
            methods: Vec::new(),
        });
        Ok(index)
    }

    /// Returns the earlier pattern that conflicts with this one: matchit's own error may name a
    /// pattern that it composed of parts.
    fn rival(&self, pattern: &Pattern, of: impl Fn(&Entry) -> &Pattern) -> Option<&Pattern> {
        let in_the_way = |earlier: &&Entry| {
            let mut pair = Router::new();
            let earlier = pair.insert(of(earlier).text(), ());
            earlier.is_ok() && pair.insert(pattern.text(), ()).is_err()
        };
        let found = self.entries.iter().find(in_the_way);
        found.map(|earlier| &earlier.pattern)
    }

    /// Gives `/a` and `/a/` the rules of `/a/{*rest}`, unless they have their own.
    fn cover_the_roots_of_catch_alls(&mut self) -> Result<(), RuleError> {
        for (index, entry) in self.entries.iter().enumerate() {
            for root in entry.pattern.covered() {
                let named = |other: &Entry| other.pattern.shape() == root.shape();
                if !self.entries.iter().any(named) {
                    (self.exact.insert(root.text(), index))
                        .map_err(|error| unexplained(&entry.pattern, &error))?;
                }
            }
            // A folded path has no slash at its end, so the form without one is enough.
            if let Some(root) = entry.folded.covered().pop() {
                let named = |other: &Entry| other.folded.shape() == root.shape();
                if !self.entries.iter().any(named) {
                    (self.folded.insert(root.text(), index))
                        .map_err(|error| unexplained(&entry.pattern, &error))?;
                }
            }
        }
        Ok(())
    }
}

impl Entry {
    pub(super) fn pattern(&self) -> &str {
        self.pattern.text()
    }

    fn add(&mut self, method: Option<Method>, require: Require) -> Result<(), RuleError> {
        let duplicate = |method: &str| RuleError::Duplicate {
            pattern: self.pattern.text().to_owned(),
            method: method.to_owned(),
        };
        let Some(method) = method else {
            if self.any_method.is_some() {
                return Err(duplicate("any method"));
            }
            self.any_method = Some(require);
            return Ok(());
        };
        if self.own_rule(&method).is_some() {
            return Err(duplicate(method.as_str()));
        }
        self.methods.push((method, require));
        Ok(())
    }

    /// Returns the method's own rule; for HEAD else that of GET; else the rule for any method.
    ///
    /// Methods are compared with case (RFC 9110 section 9.1), but not by every service: one that is
    /// not all upper case gets no rule of a pattern with rules per method, unless it has its own.
    pub(super) fn for_method(&self, method: &Method) -> Option<&Require> {
        let own = self.own_rule(method);
        let of_get = || {
            let is_head = *method == Method::HEAD;
            is_head.then(|| self.own_rule(&Method::GET)).flatten()
        };
        if let Some(found) = own.or_else(of_get) {
            return Some(found);
        }
        let is_odd = method
            .as_str()
            .bytes()
            .any(|byte| byte.is_ascii_lowercase());
        if is_odd && !self.methods.is_empty() {
            return None;
        }
        self.any_method.as_ref()
    }

    fn own_rule(&self, method: &Method) -> Option<&Require> {
        let mut rules = self.methods.iter();
        rules
            .find(|(named, _)| named == method)
            .map(|(_, require)| require)
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut list = f.debug_list();
        for entry in &self.entries {
            let pattern = entry.pattern.text();
            if let Some(require) = &entry.any_method {
                list.entry(&format_args!("{pattern}: {require:?}"));
            }
            for (method, require) in &entry.methods {
                list.entry(&format_args!("{method} {pattern}: {require:?}"));
            }
        }
        list.finish()
    }
}

fn conflict(pattern: &Pattern, with: &Pattern) -> RuleError {
    RuleError::Conflict {
        pattern: pattern.text().to_owned(),
        with: with.text().to_owned(),
    }
}

fn case_clash(pattern: &Pattern, with: &Pattern) -> RuleError {
    RuleError::CaseClash {
        pattern: pattern.text().to_owned(),
        with: with.text().to_owned(),
    }
}

/// Returns the error for what matchit rejects although no single other pattern conflicts.
fn unexplained(pattern: &Pattern, error: &InsertError) -> RuleError {
    let pattern = pattern.text().to_owned();
    match error {
        InsertError::Conflict { with } => RuleError::Conflict {
            pattern,
            with: with.clone(),
        },
        _ => RuleError::BadPattern {
            pattern,
            reason: "it does not go together with the other patterns",
        },
    }
}
