//! What came of sign-ins, for the audit page: the newest, with verified user ids and nothing else of people.

use std::{
    cmp::Reverse,
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use okta_tower::{Audit, audit::Ended};
use scaffold::page::Text;

/// As many of people and as many of strangers. Strangers can have as many sign-ins fail as they like: there is an end to what
/// is kept of them, and they push nobody out but each other.
const MOST: usize = 100;

/// What came of a sign-in.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    at: SystemTime,
    result: &'static str,
    /// Whom Okta has vouched for: an id, no name and no address.
    user_id: Option<String>,
}

/// The newest entries of this process. Clones are one log.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    people: VecDeque<Entry>,
    strangers: VecDeque<Entry>,
}

impl Log {
    pub(crate) fn newest_first(&self) -> Vec<Entry> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut entries: Vec<_> = kept.people.iter().chain(&kept.strangers).cloned().collect();
        entries.sort_by_key(|entry| Reverse(entry.at));
        entries
    }

    fn keep(&self, entry: Entry) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let entries = if entry.user_id.is_some() {
            &mut kept.people
        } else {
            &mut kept.strangers
        };
        if entries.len() == MOST {
            entries.pop_front();
        }
        entries.push_back(entry);
    }
}

impl Audit for Log {
    fn ended(&self, sign_in: &Ended) {
        let identity = sign_in.identity();
        let entry = Entry {
            at: SystemTime::now(),
            result: sign_in.result(),
            user_id: identity.and_then(|identity| identity.claims().user_id().map(str::to_owned)),
        };
        self.keep(entry);
    }
}

pub(crate) fn main(entries: &[Entry]) -> String {
    let rows = entries.iter().map(|entry| {
        let tag = if entry.result == "success" { "tag good" } else { "tag warn" };
        format!(
            "<tr><td>{}</td><td><span class=\"{tag}\">{}</span></td><td><code>{}</code></td></tr>\n",
            ago(entry.at),
            entry.result,
            Text(entry.user_id.as_deref().unwrap_or("not verified")),
        )
    });
    format!(
        r#"<h1>Sign-ins</h1>
<p class="lead">The newest of this instance since it started: {MOST} of people whom Okta has vouched for, and {MOST} of others. All of them are counted at <code>/metrics</code>.</p>
<section class="card" aria-labelledby="entries">
<h2 id="entries">What came of them</h2>
<div class="scroll"><table>
<thead><tr><th scope="col">When</th><th scope="col">Result</th><th scope="col">User id</th></tr></thead>
<tbody>
{}</tbody>
</table></div>
</section>"#,
        rows.collect::<String>()
    )
}

fn ago(at: SystemTime) -> String {
    match at.elapsed().unwrap_or_default().as_secs() {
        seconds @ 0..=119 => format!("{seconds} s ago"),
        seconds @ 120..=7_199 => format!("{} min ago", seconds / 60),
        seconds => format!("{} h ago", seconds / 3_600),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn strangers_push_nobody_out_but_each_other() {
        let log = Log::default();
        let entry = |user_id: Option<&str>| Entry {
            at: SystemTime::now(),
            result: "success",
            user_id: user_id.map(str::to_owned),
        };
        log.keep(entry(Some("00u1")));
        for _ in 0..MOST * 2 {
            log.keep(entry(None));
        }
        let entries = log.newest_first();
        assert_eq!(entries.len(), MOST + 1);
        let last = entries.last().and_then(|entry| entry.user_id.as_deref());
        assert_eq!(last, Some("00u1"));
    }

    #[test]
    fn how_long_ago_it_was_is_said_in_the_largest_unit_that_fits() {
        for (seconds, said) in [
            (0, "0 s ago"),
            (119, "119 s ago"),
            (120, "2 min ago"),
            (7_199, "119 min ago"),
            (7_200, "2 h ago"),
        ] {
            let at = SystemTime::now() - Duration::from_secs(seconds);
            assert_eq!(ago(at), said);
        }
    }
}
