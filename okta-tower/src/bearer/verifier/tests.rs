//! The cache alone: what it finds, what it lets go, and that its books are right.

use std::{
    sync::{
        Arc, LazyLock,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use serde_json::json;

use super::CachedToken;
use crate::{
    base::cache,
    bearer::token::{VerifiedToken, Window},
    claims::Verified,
    keys::jwk::{
        Algorithm, PreparedKey, Selection,
        fixture::{SigningKey, key_set},
    },
};

/// The cache as the verifier fills and asks it.
#[derive(Debug)]
struct Cache(cache::Cache<CachedToken>);

impl Cache {
    fn new(max_bytes: usize) -> Option<Self> {
        cache::Cache::new(max_bytes).map(Self)
    }

    fn insert(&self, token: &[u8], accepted: &VerifiedToken<'_>) {
        let weight = accepted.verified.weight();
        self.0.insert(token, CachedToken::of(accepted), weight);
    }

    fn get(&self, token: &str) -> Option<Verified> {
        self.0.get(token.as_bytes(), |entry| entry.caller.clone())
    }

    fn remove(&self, token: &[u8]) {
        self.0.remove(token);
    }

    fn bytes(&self) -> usize {
        self.0.bytes()
    }

    fn entries(&self) -> usize {
        self.0.entries()
    }

    fn weighed(&self) -> usize {
        self.0.weighed()
    }
}

/// As long as the end of a token that the look-up goes by, and longer.
const END: &str = "the-same-end-of-several-tokens-0123456789";

fn accepted(payload: &str) -> VerifiedToken<'static> {
    VerifiedToken {
        verified: Verified::for_test(payload),
        key: key(),
        window: Window::until(i64::MAX),
    }
}

fn key() -> &'static Arc<PreparedKey> {
    static KEY: LazyLock<Arc<PreparedKey>> = LazyLock::new(|| {
        let set = key_set(&[SigningKey::new(Algorithm::EdDsa).jwk("k")]);
        match set.select("k", Algorithm::EdDsa) {
            Selection::Key(key) => Arc::clone(key),
            other => panic!("{other:?}"),
        }
    });
    &KEY
}

fn subject(verified: &Verified) -> &str {
    verified.subject()
}

fn token(number: usize) -> String {
    format!("header.payload-{number}.signature-{:032}", number * 7919)
}

#[test]
fn a_token_is_found_by_its_whole_text_and_no_part_of_it() {
    let cache = Cache::new(1 << 20).unwrap();
    let one = format!("one.{END}");
    cache.insert(one.as_bytes(), &accepted(r#"{"sub":"one"}"#));
    assert_eq!(subject(&cache.get(&one).unwrap()), "one");
    for other in [
        format!("two.{END}"),
        format!("one..{END}"),
        format!("one.{END} "),
        END.to_owned(),
        one[1..].to_owned(),
        String::new(),
        "ä".to_owned(),
    ] {
        assert!(cache.get(&other).is_none(), "{other}");
    }
    // Another token with the same end stands beside it.
    let two = format!("two.{END}");
    cache.insert(two.as_bytes(), &accepted(r#"{"sub":"two"}"#));
    assert_eq!(subject(&cache.get(&one).unwrap()), "one");
    assert_eq!(subject(&cache.get(&two).unwrap()), "two");
}

#[test]
fn a_token_that_is_kept_again_takes_the_place_that_it_had() {
    let cache = Cache::new(1 << 20).unwrap();
    cache.insert(END.as_bytes(), &accepted(r#"{"sub":"first"}"#));
    let weight = cache.bytes();
    for _ in 0..100 {
        cache.insert(END.as_bytes(), &accepted(r#"{"sub":"again"}"#));
    }
    assert_eq!(subject(&cache.get(END).unwrap()), "again");
    assert_eq!((cache.entries(), cache.bytes()), (1, weight));
    cache.remove(END.as_bytes());
    assert!(cache.get(END).is_none());
    assert_eq!((cache.entries(), cache.bytes()), (0, 0));
    cache.remove(END.as_bytes());
    assert_eq!(cache.bytes(), 0);
}

#[test]
fn tokens_are_spread_over_the_whole_table() {
    let cache = Cache::new(1 << 24).unwrap();
    let accepted = accepted(r#"{"sub":"ada"}"#);
    for number in 0..500 {
        cache.insert(token(number).as_bytes(), &accepted);
    }
    // In 16,384 slots, five of 500 tokens in one set of four are next to impossible.
    let kept = (0..500).filter(|number| cache.get(&token(*number)).is_some());
    assert!(kept.count() >= 495);
}

#[test]
fn only_the_token_named_is_removed() {
    let cache = Cache::new(1 << 20).unwrap();
    let tokens: Vec<String> = (0..3).map(|n| format!("{n}.{END}")).collect();
    for token in &tokens {
        cache.insert(token.as_bytes(), &accepted("{}"));
    }
    cache.remove(tokens[1].as_bytes());
    let found: Vec<bool> = tokens
        .iter()
        .map(|token| cache.get(token).is_some())
        .collect();
    assert_eq!(found, [true, false, true]);
}

#[test]
fn token_beyond_its_full_sets_replaces_an_unused_one() {
    let cache = Cache::new(1 << 20).unwrap();
    let tokens: Vec<String> = (0..9).map(|n| format!("{n}.{END}")).collect();
    for token in &tokens[..8] {
        cache.insert(token.as_bytes(), &accepted("{}"));
    }
    for used in [0, 1, 3, 4, 5, 6, 7] {
        assert!(cache.get(&tokens[used]).is_some());
    }
    cache.insert(tokens[8].as_bytes(), &accepted("{}"));
    let found: Vec<bool> = tokens
        .iter()
        .map(|token| cache.get(token).is_some())
        .collect();
    let expected: Vec<bool> = (0..9).map(|number| number != 2).collect();
    assert_eq!(found, expected);
    assert_eq!(cache.entries(), 8);
}

#[test]
fn token_beyond_its_full_sets_is_kept_if_all_are_in_use() {
    let cache = Cache::new(1 << 20).unwrap();
    let tokens: Vec<String> = (0..9).map(|n| format!("{n}.{END}")).collect();
    for token in &tokens[..8] {
        cache.insert(token.as_bytes(), &accepted("{}"));
        assert!(cache.get(token).is_some());
    }
    cache.insert(tokens[8].as_bytes(), &accepted("{}"));
    assert!(cache.get(&tokens[8]).is_some());
    assert_eq!(cache.entries(), 8);
}

#[test]
fn the_bytes_stay_within_the_bound_under_many_tokens() {
    for max in [4096, 5000, 16 * 1024, 100_000, 1 << 20] {
        let cache = Cache::new(max).unwrap();
        for number in 0..2000 {
            cache.insert(token(number).as_bytes(), &accepted(r#"{"sub":"somebody"}"#));
            assert!(cache.bytes() <= max, "{} of {max}", cache.bytes());
            assert_eq!(cache.bytes(), cache.weighed());
        }
        for number in 0..2000 {
            cache.remove(token(number).as_bytes());
        }
        assert_eq!((cache.entries(), cache.bytes()), (0, 0));
    }
}

/// In a small table every entry can be in use. The bound holds even so.
#[test]
fn the_bytes_stay_within_the_bound_where_every_entry_is_in_use() {
    for max in [6000, 16 * 1024, 64 * 1024] {
        let cache = Cache::new(max).unwrap();
        for number in 0..500 {
            cache.insert(token(number).as_bytes(), &accepted(r#"{"sub":"somebody"}"#));
            for seen in 0..=number {
                cache.get(&token(seen));
            }
            assert!(cache.bytes() <= max, "{} of {max}", cache.bytes());
        }
    }
}

#[test]
fn what_is_used_outlives_a_flood_of_what_is_not() {
    let cache = Cache::new(256 * 1024).unwrap();
    cache.insert(token(0).as_bytes(), &accepted("{}"));
    let mut lost = 0;
    for number in 1..5000 {
        if cache.get(&token(0)).is_none() {
            lost += 1;
            cache.insert(token(0).as_bytes(), &accepted("{}"));
        }
        cache.insert(token(number).as_bytes(), &accepted("{}"));
    }
    assert_eq!(lost, 0);
    assert!(cache.get(&token(1)).is_none());
}

#[test]
fn a_token_that_would_take_a_quarter_of_the_room_is_not_kept() {
    let cache = Cache::new(16 * 1024).unwrap();
    let long = "x".repeat(4 * 1024);
    cache.insert(long.as_bytes(), &accepted("{}"));
    assert!(cache.get(&long).is_none());
    let payload = json!({ "sub": "x".repeat(4 * 1024) }).to_string();
    cache.insert(END.as_bytes(), &accepted(&payload));
    assert!(cache.get(END).is_none());
    let groups: Vec<String> = (0..600).map(|_| String::new()).collect();
    cache.insert(
        END.as_bytes(),
        &accepted(&json!({ "groups": groups }).to_string()),
    );
    assert!(cache.get(END).is_none());
    assert_eq!(cache.bytes(), 0);
    cache.insert(
        END.as_bytes(),
        &accepted(&json!({ "groups": ["admin"] }).to_string()),
    );
    assert!(cache.get(END).is_some());
}

#[test]
fn no_room_is_no_cache() {
    assert!(Cache::new(0).is_none());
    assert!(Cache::new(4095).is_none());
    assert!(Cache::new(4096).is_some());
}

#[test]
fn the_books_are_right_after_many_threads_have_written_in_them() {
    const THREADS: usize = 4;
    const TOKENS: usize = 400;
    let max = 128 * 1024;
    let cache = Cache::new(max).unwrap();
    let accepted = accepted(r#"{"sub":"somebody"}"#);
    cache.insert(token(0).as_bytes(), &accepted);
    let one = cache.bytes() + 16;
    cache.remove(token(0).as_bytes());
    let most = AtomicUsize::new(0);
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (cache, accepted, most) = (&cache, &accepted, &most);
            scope.spawn(move || {
                for step in 0..8000 {
                    let number = (step * (2 * thread + 1)) % TOKENS;
                    match step % 5 {
                        0 => cache.remove(token(number).as_bytes()),
                        1 => drop(cache.get(&token(number))),
                        _ => cache.insert(token(number).as_bytes(), accepted),
                    }
                    most.fetch_max(cache.bytes(), Ordering::Relaxed);
                }
            });
        }
    });
    let most = most.into_inner();
    assert!(most <= max + THREADS * one, "{most}");
    assert!(cache.bytes() <= max);
    assert_eq!(cache.bytes(), cache.weighed());
    for number in 0..TOKENS {
        cache.remove(token(number).as_bytes());
    }
    assert_eq!((cache.entries(), cache.bytes()), (0, 0));
}

/// Two threads that write one slot at once may combine the tag of one with the entry of the other.
/// Such an entry is not found, never taken for another, and repaired by the next insertion.
#[test]
fn threads_that_write_the_same_slots_never_see_each_others_entries() {
    let cache = Cache::new(1 << 20).unwrap();
    let payloads =
        ["a", "b", "c", "d", "e", "f"].map(|sub| (sub, json!({ "sub": sub }).to_string()));
    let accepted = payloads.map(|(sub, payload)| (format!("{sub}.{END}"), sub, accepted(&payload)));
    thread::scope(|scope| {
        for offset in 0..4 {
            let (cache, accepted) = (&cache, &accepted);
            scope.spawn(move || {
                for step in 0..5000 {
                    let (token, sub, value) = &accepted[(step + offset) % accepted.len()];
                    cache.insert(token.as_bytes(), value);
                    let (token, expected, _) = &accepted[(step * 5 + offset) % accepted.len()];
                    if let Some(entry) = cache.get(token) {
                        assert_eq!(subject(&entry), *expected, "{sub}");
                    }
                }
            });
        }
    });
    for (token, sub, value) in &accepted {
        cache.insert(token.as_bytes(), value);
        assert_eq!(subject(&cache.get(token).unwrap()), *sub);
    }
    assert_eq!(cache.bytes(), cache.weighed());
}

#[test]
fn debug_shows_sizes_and_no_token() {
    let cache = Cache::new(1 << 20).unwrap();
    cache.insert(END.as_bytes(), &accepted("{}"));
    let text = format!("{cache:?}");
    assert!(
        text.contains("max_bytes") && !text.contains("the-same-end"),
        "{text}"
    );
}

/// A token of 1.1 KB and what it says, as Okta signs it with RS256.
fn usual(number: usize) -> String {
    format!("{}.signature-{:032}", "x".repeat(1100 - 43), number * 7919)
}

fn usual_claims() -> VerifiedToken<'static> {
    let groups: Vec<String> = (0..12)
        .map(|number| format!("department-{number}"))
        .collect();
    accepted(
        &json!({
            "ver": 1,
            "jti": "AT.0mP4JKAZX1iACIT4vbEDF7LpvDVjxypPMf0D7uX39RE",
            "iss": "https://example.okta.com/oauth2/default",
            "aud": "api://default",
            "iat": 1_767_268_800,
            "exp": 1_767_272_400,
            "cid": "0oa1gm3t1yZ1IsKOm0h7",
            "uid": "00u1gm3kbvJ1IsKOm0h7",
            "scp": ["openid", "profile", "reports:read"],
            "auth_time": 1_767_268_790,
            "sub": "ada@example.com",
            "groups": groups,
        })
        .to_string(),
    )
}

#[test]
fn default_cache_keeps_thirty_thousand_usual_tokens() {
    let accepted = usual_claims();
    // Three quarters of what the header and the signature leave of 1.1 KB.
    assert!((500..=530).contains(&accepted.verified.raw_json().len()));
    for (count, lost) in [(20_000, 0), (30_000, 3)] {
        let cache = Cache::new(64 << 20).unwrap();
        for number in 0..count {
            cache.insert(usual(number).as_bytes(), &accepted);
        }
        let kept = (0..count).filter(|number| cache.get(&usual(*number)).is_some());
        assert!(kept.count() >= count - lost, "{count}: {}", cache.bytes());
        // By far not half empty: the weights are what the tokens take, not more.
        assert!(cache.bytes() > count * 1900, "{}", cache.bytes() / count);
    }
}

#[test]
fn scan_over_twice_as_many_tokens_as_fit_still_hits() {
    let cache = Cache::new(1 << 20).unwrap();
    let accepted = usual_claims();
    cache.insert(usual(0).as_bytes(), &accepted);
    let count = 2 * (1 << 20) / cache.bytes();
    let mut hits = 0;
    for round in 0..20 {
        for number in 0..count {
            if cache.get(&usual(number)).is_some() {
                hits += usize::from(round >= 4);
            } else {
                cache.insert(usual(number).as_bytes(), &accepted);
            }
        }
    }
    let share = 100 * hits / (16 * count);
    assert!(share >= 15, "{share} %");
}
