use http::header::COOKIE;

use super::*;
use crate::browser::{return_to::ReturnTo, sign_in::attempt::LoginOptions};

const NOW: i64 = 1_700_000_000;

fn attempts() -> Attempts {
    with_keys(SealKeys::random())
}

fn with_keys(keys: SealKeys) -> Attempts {
    Attempts::new(keys, CookieWriter::new(true), "okta_session", SameSite::Lax)
}

fn attempt(started_at: i64) -> Attempt {
    Attempt::new(
        LoginOptions {
            return_to: page("/"),
            ..LoginOptions::default()
        },
        started_at,
    )
}

fn page(path: &str) -> ReturnTo {
    serde_json::from_value(path.into()).unwrap()
}

/// A browser that keeps and removes cookies.
#[derive(Default)]
struct Browser(Vec<(String, String)>);

impl Browser {
    fn receive(&mut self, cookies: &[HeaderValue]) {
        for cookie in cookies {
            let text = cookie.to_str().unwrap();
            let (name, rest) = text.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            self.0.retain(|(known, _)| known != name);
            if !text.contains("Max-Age=0") {
                self.0.push((name.into(), value.into()));
            }
        }
    }

    fn headers(&self) -> HeaderMap {
        let pairs: Vec<String> = self
            .0
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, pairs.join("; ").try_into().unwrap());
        headers
    }

    /// Starts an attempt.
    fn start(&mut self, attempts: &Attempts, at: i64) -> (State, Attempt) {
        self.start_in_place_of(None, attempts, at)
    }

    fn start_in_place_of(
        &mut self,
        taken: Option<&State>,
        attempts: &Attempts,
        at: i64,
    ) -> (State, Attempt) {
        let (state, attempt) = (State::new(taken.is_some(), false), attempt(at));
        self.receive(&attempts.keep(&state, &attempt, taken, &self.headers()));
        (state, attempt)
    }

    fn take(&mut self, attempts: &Attempts, state: &State, now: i64) -> Option<Attempt> {
        let (taken, removal) = attempts.take(state, &self.headers(), now);
        self.receive(removal.as_slice());
        match taken {
            Taken::Live(attempt) => Some(attempt),
            Taken::Expired(_) | Taken::Missing => None,
        }
    }
}

#[test]
fn attempt_is_taken_once() {
    let (attempts, mut browser) = (attempts(), Browser::default());
    let (state, attempt) = browser.start(&attempts, NOW);
    assert_eq!(browser.take(&attempts, &state, NOW), Some(attempt));
    assert_eq!(browser.take(&attempts, &state, NOW), None);
    assert!(browser.0.is_empty());
}

#[test]
fn expired_attempt_is_recognized_and_removed() {
    let (attempts, mut browser) = (attempts(), Browser::default());
    let (state, _) = browser.start(&attempts, NOW);
    let (taken, removal) = attempts.take(&state, &browser.headers(), NOW + 600);
    assert!(matches!(taken, Taken::Expired(_)));
    assert!(removal.unwrap().to_str().unwrap().contains("Max-Age=0"));
    let (taken, _) = attempts.take(&state, &browser.headers(), NOW + 599);
    assert!(matches!(taken, Taken::Live(_)));
}

#[test]
fn several_tabs_sign_in_at_once() {
    let (attempts, mut browser) = (attempts(), Browser::default());
    let started: Vec<_> = (0..5)
        .map(|tab| browser.start(&attempts, NOW + tab))
        .collect();
    for (state, attempt) in started.into_iter().rev() {
        assert_eq!(browser.take(&attempts, &state, NOW + 10), Some(attempt));
    }
}

#[test]
fn sixth_attempt_removes_only_the_oldest() {
    let (attempts, mut browser) = (attempts(), Browser::default());
    let started: Vec<_> = (0..6)
        .map(|tab| browser.start(&attempts, NOW + tab).0)
        .collect();
    assert_eq!(browser.0.len(), 5);
    assert_eq!(browser.take(&attempts, &started[0], NOW + 10), None);
    for state in &started[1..] {
        assert!(browser.take(&attempts, state, NOW + 10).is_some());
    }
}

#[test]
fn outdated_or_foreign_attempts_are_removed() {
    let (attempts, mut browser) = (attempts(), Browser::default());
    browser.start(&attempts, NOW - 3600);
    browser.start(&with_keys(SealKeys::random()), NOW);
    let (state, _) = browser.start(&attempts, NOW);
    assert_eq!(browser.0.len(), 1);
    assert!(browser.take(&attempts, &state, NOW).is_some());
    // An expired attempt still says where the user wanted to go.
    browser.start(&attempts, NOW - 3599);
    browser.start(&attempts, NOW);
    assert_eq!(browser.0.len(), 2);
}

#[test]
fn other_cookies_are_kept() {
    let (attempts, mut browser) = (attempts(), Browser::default());
    for name in [
        "okta_session-attempt-AAAAAAAAAAAAAAAAAAAAAA",
        "__Host-okta_session",
        "__Host-okta_session-1",
        "__Host-okta_session-attempt-short",
        "__Host-other-attempt-AAAAAAAAAAAAAAAAAAAAAA",
    ] {
        browser.0.push((name.into(), "x".into()));
    }
    browser.start(&attempts, NOW);
    assert_eq!(browser.0.len(), 6);
}

#[test]
fn replacement_of_a_fifth_attempt_removes_no_other() {
    for in_place in [true, false] {
        let (attempts, mut browser) = (attempts(), Browser::default());
        let started: Vec<State> = (0..5)
            .map(|number| browser.start(&attempts, NOW + number).0)
            .collect();
        let taken = in_place.then_some(&started[4]);
        browser.start_in_place_of(taken, &attempts, NOW + 9);
        // `take` removes the cookie of the replaced attempt.
        assert_eq!(browser.0.len(), if in_place { 6 } else { 5 });
        assert_eq!(
            browser.take(&attempts, &started[0], NOW).is_some(),
            in_place
        );
        assert!(browser.take(&attempts, &started[1], NOW).is_some());
    }
}

#[test]
fn number_of_removed_cookies_is_bounded() {
    let (attempts, mut browser) = (attempts(), Browser::default());
    for _ in 0..200 {
        let name = CookieWriter::new(true).name(&attempts.cookie(&State::new(false, false)));
        browser.0.push((name, "x".into()));
    }
    let state = State::new(false, false);
    let set = attempts.keep(&state, &attempt(NOW), None, &browser.headers());
    assert_eq!(set.len(), 1 + MAX_REMOVED);
}

#[test]
fn swapped_attempts_are_rejected() {
    let (attempts, mut browser) = (attempts(), Browser::default());
    let (one, _) = browser.start(&attempts, NOW);
    browser.start(&attempts, NOW);
    let mut swapped = Browser(browser.0.clone());
    let values = (swapped.0[0].1.clone(), swapped.0[1].1.clone());
    (swapped.0[1].1, swapped.0[0].1) = values;
    assert_eq!(swapped.take(&attempts, &one, NOW), None);
    assert!(browser.take(&attempts, &one, NOW).is_some());
}

#[test]
fn two_different_cookies_of_one_name_are_rejected() {
    let (attempts, mut browser) = (attempts(), Browser::default());
    let (state, _) = browser.start(&attempts, NOW);
    let (name, value) = browser.0[0].clone();
    for (other, is_used) in [(value.as_str(), true), ("evil", false)] {
        let browser = Browser(vec![
            (name.clone(), value.clone()),
            (name.clone(), other.into()),
        ]);
        let (taken, removal) = attempts.take(&state, &browser.headers(), NOW);
        assert_eq!(matches!(taken, Taken::Live(_)), is_used);
        assert!(removal.is_some());
    }
}

#[test]
fn longest_attempts_fit_into_cookies_and_requests() {
    let (attempts, mut browser) = (attempts(), Browser::default());
    let mut longest = attempt(NOW);
    longest.options = LoginOptions {
        return_to: page(&format!("/{}", "a".repeat(1023))),
        is_popup: true,
        max_age: Some(u32::MAX),
        acr_values: Some("a".repeat(512).into()),
        scope: Some("a".repeat(512).into()),
        prompt: Some("login consent select_account".into()),
        login_hint: Some("\"".repeat(160).into()),
        idp: Some("a".repeat(64).into()),
    };
    let set = attempts.keep(&State::new(true, true), &longest, None, &HeaderMap::new());
    // The size that browsers keep (RFC 6265bis section 5.6).
    assert!(set[0].len() <= 4096, "{}", set[0].len());
    assert!(!longest.options.is_too_large());
    let mut deep = attempt(NOW);
    deep.options.return_to = page(&format!("/{}", "a".repeat(2499)));
    assert!(!deep.options.is_too_large());
    let set = attempts.keep(&State::new(false, false), &deep, None, &HeaderMap::new());
    assert!(set[0].len() <= 4096, "{}", set[0].len());
    deep.options.acr_values = Some("a".repeat(512).into());
    assert!(deep.options.is_too_large());

    let mut newest = None;
    for second in 0..5 {
        longest.started_at = NOW + second;
        let state = State::new(false, false);
        browser.receive(&attempts.keep(&state, &longest, None, &browser.headers()));
        newest = Some(state);
        // The size that servers accept in one field.
        assert!(browser.headers()[COOKIE].len() < 8000);
    }
    // A usual attempt is kept as well as the newest long one.
    let (usual, _) = browser.start(&attempts, NOW + 5);
    assert!(browser.take(&attempts, &usual, NOW + 5).is_some());
    assert!(browser.take(&attempts, &newest.unwrap(), NOW + 5).is_some());
}
