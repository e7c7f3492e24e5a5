//! The newest sign-in results, for the audit page. Entries only identify users by their verified
//! IDs.

use std::{
    cmp::Reverse,
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use okta_tower::audit::{Audit, SignInEvent};
use scaffold::page::Text;

/// The limit for each of two lists: verified and unverified sign-ins. Unauthenticated clients can
/// cause any number of failed sign-ins, so their entries must not displace verified ones.
const MOST: usize = 100;

/// The result of a sign-in.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    at: SystemTime,
    result: &'static str,
    /// The user ID that Okta verified. No name and no address.
    user_id: Option<String>,
}

/// The newest entries of this process. Clones share one log.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Entries>>);

#[derive(Default)]
struct Entries {
    verified: VecDeque<Entry>,
    unverified: VecDeque<Entry>,
}

impl Log {
    pub(crate) fn newest_first(&self) -> Vec<Entry> {
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let both = entries.verified.iter().chain(&entries.unverified);
        let mut entries: Vec<_> = both.cloned().collect();
        entries.sort_by_key(|entry| Reverse(entry.at));
        entries
    }

    fn add(&self, entry: Entry) {
        let mut lists = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let entries = if entry.user_id.is_some() {
            &mut lists.verified
        } else {
            &mut lists.unverified
        };
        if entries.len() == MOST {
            entries.pop_front();
        }
        entries.push_back(entry);
    }
}

impl Audit for Log {
    fn ended(&self, sign_in: &SignInEvent) {
        let identity = sign_in.identity();
        let entry = Entry {
            at: SystemTime::now(),
            result: sign_in.result(),
            user_id: identity.and_then(|identity| identity.claims().user_id().map(str::to_owned)),
        };
        self.add(entry);
    }
}

pub(crate) fn main(entries: &[Entry]) -> String {
    let rows = entries.iter().map(|entry| {
        let tag = match entry.result {
            "success" => "tag good",
            _ => "tag warn",
        };
        format!(
            "<tr><td>{}</td><td><span class=\"{tag}\">{}</span></td>\
             <td><code>{}</code></td></tr>\n",
            ago(entry.at),
            entry.result,
            Text(entry.user_id.as_deref().unwrap_or("not verified")),
        )
    });
    format!(
        r#"<h1>Sign-ins</h1>
<p class="lead">The newest results of this instance: up to {MOST} of verified users, and up to
{MOST} of unverified visitors. The metric at <code>/metrics</code> counts all results.</p>
<section class="card" aria-labelledby="entries">
<h2 id="entries">Results</h2>
<div class="scroll"><table>
<thead>
<tr><th scope="col">When</th><th scope="col">Result</th><th scope="col">User ID</th></tr>
</thead>
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
    fn unverified_entries_do_not_displace_verified_ones() {
        let log = Log::default();
        let entry = |user_id: Option<&str>| Entry {
            at: SystemTime::now(),
            result: "success",
            user_id: user_id.map(str::to_owned),
        };
        log.add(entry(Some("00u1")));
        for _ in 0..MOST * 2 {
            log.add(entry(None));
        }
        let entries = log.newest_first();
        assert_eq!(entries.len(), MOST + 1);
        let last = entries.last().and_then(|entry| entry.user_id.as_deref());
        assert_eq!(last, Some("00u1"));
    }

    #[test]
    fn age_of_an_entry_uses_the_largest_fitting_unit() {
        for (seconds, text) in [
            (0, "0 s ago"),
            (119, "119 s ago"),
            (120, "2 min ago"),
            (7_199, "119 min ago"),
            (7_200, "2 h ago"),
        ] {
            let at = SystemTime::now() - Duration::from_secs(seconds);
            assert_eq!(ago(at), text);
        }
    }
}
