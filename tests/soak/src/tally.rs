//! What happened: counts by kind, and problems.

use std::{collections::BTreeMap, fmt};

use reqwest::StatusCode;

/// Further problems are counted only.
const MOST_SHOWN: usize = 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outcome {
    Right,
    /// 503, because the quickstart could not fetch the key of the token yet.
    KeyNotFetched,
    /// The keys changed during the request.
    Raced,
    Wrong,
}

#[derive(Default)]
pub(crate) struct Tally {
    counts: BTreeMap<String, BTreeMap<(Outcome, u16), u64>>,
    events: BTreeMap<String, u64>,
    problems: Vec<String>,
}

impl Tally {
    pub(crate) fn add(&mut self, kind: &str, status: StatusCode, outcome: Outcome) {
        let statuses = self.counts.entry(kind.to_owned()).or_default();
        *statuses.entry((outcome, status.as_u16())).or_default() += 1;
        if outcome == Outcome::Wrong {
            self.problem(format!("{kind}: unexpected status {status}"));
        }
    }

    pub(crate) fn event(&mut self, name: &str) {
        *self.events.entry(name.to_owned()).or_default() += 1;
    }

    pub(crate) fn problem(&mut self, problem: String) {
        self.problems.push(problem);
    }

    pub(crate) fn has_problems(&self) -> bool {
        !self.problems.is_empty()
    }

    pub(crate) fn requests(&self) -> u64 {
        self.counts.values().flat_map(BTreeMap::values).sum()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "requests by kind, outcome and status:")?;
        for (kind, statuses) in &self.counts {
            write!(f, "  {kind}:")?;
            for ((outcome, status), count) in statuses {
                write!(f, " {outcome:?} {status} × {count};")?;
            }
            writeln!(f)?;
        }
        writeln!(f, "events:")?;
        for (name, count) in &self.events {
            writeln!(f, "  {name}: {count}")?;
        }
        writeln!(f, "problems: {}", self.problems.len())?;
        for problem in self.problems.iter().take(MOST_SHOWN) {
            writeln!(f, "  {problem}")?;
        }
        write!(f, "requests: {}", self.requests())
    }
}
