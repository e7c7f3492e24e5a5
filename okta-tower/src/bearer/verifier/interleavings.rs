//! Every order of two requests and a change of the keys, step by step, with the code that serves
//! requests. `.ci/models --mutants` shows that each test fails without the line that it is about.
//!
//! A request has three steps: it loads the keys, looks into the cache, and verifies the token. The
//! steps between share nothing but the snapshot and the cache, so no finer order differs.

use std::sync::Arc;

use arc_swap::Guard;
use serde_json::{Value, json};

use super::{CurrentKeys, Verifier};
use crate::{
    base::fetch::Fetcher,
    keys::{
        Snapshot,
        jwk::{
            Algorithm,
            fixture::{SigningKey, document},
        },
    },
    okta::builder::OktaBuilder,
};

const ISSUER: &str = "https://acme.okta.com/oauth2/default";
const REQUESTS: usize = 2;
const STEPS: usize = 3;

/// What happens next.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    /// The next step of a request.
    Request(usize),
    /// The next change of the keys.
    Change,
}

/// A request between two steps.
#[derive(Default)]
struct Request {
    steps: usize,
    current: Option<CurrentKeys>,
    /// How many changes of the keys there were before the request began.
    changes_before: usize,
    is_accepted: Option<bool>,
}

struct World {
    verifier: Arc<Verifier>,
    token: String,
    requests: [Request; REQUESTS],
    changes: usize,
}

impl World {
    fn new(token: &str, keys: &[Value]) -> Self {
        let keys = String::from_utf8(document(keys)).unwrap();
        let config = OktaBuilder::new(ISSUER)
            .audience("api://default")
            .token_cache_bytes(1 << 14)
            .keys(keys)
            .build()
            .unwrap();
        let fetcher = Fetcher::new(&config.fetch, config.urls.clone()).unwrap();
        let (keys, _) = config.keys(fetcher, &Arc::default());
        let verifier = Verifier::new(
            keys,
            config.policy.clone(),
            config.cache_bytes,
            Arc::clone(&config.clock),
            Arc::default(),
        );
        Self {
            verifier: Arc::new(verifier),
            token: token.to_owned(),
            requests: Default::default(),
            changes: 0,
        }
    }

    fn change(&mut self, keys: &[Value]) {
        self.verifier.keys.replace(&document(keys));
        self.changes += 1;
    }

    /// Makes the next step of a request, as `Verifier::check_now` does.
    fn step(&mut self, number: usize) {
        let (verifier, token) = (&self.verifier, self.token.as_bytes());
        let request = &mut self.requests[number];
        match request.steps {
            0 => {
                request.current = Some(verifier.current_keys().map(own));
                request.changes_before = self.changes;
            }
            1 => {
                let (snapshot, now) = request.current.as_ref().unwrap().as_ref().unwrap();
                let is_hit = verifier.cached(token, snapshot, *now).is_some();
                request.is_accepted = is_hit.then_some(true);
            }
            _ if request.is_accepted.is_none() => {
                let current = request.current.take().unwrap();
                request.is_accepted = Some(verifier.check_uncached(token, current).is_ok());
            }
            _ => {}
        }
        request.steps += 1;
    }

    /// Returns whether a request that begins now is accepted.
    fn is_accepted_now(&self) -> bool {
        self.verifier.check_now(self.token.as_bytes()).is_ok()
    }

    fn is_cached(&self) -> bool {
        let (snapshot, now) = self.verifier.current_keys().unwrap();
        let cached = self.verifier.cached(self.token.as_bytes(), &snapshot, now);
        cached.is_some()
    }
}

/// A thread has few guards without a count. A model would use them up for other tests.
fn own((snapshot, now): (Guard<Arc<Snapshot>>, i64)) -> (Guard<Arc<Snapshot>>, i64) {
    (Guard::from_inner(Guard::into_inner(snapshot)), now)
}

/// Returns every order of the steps of the requests and of so many changes.
fn orders(changes: usize) -> Vec<Vec<Step>> {
    fn extend(left: &[(Step, usize)], order: &mut Vec<Step>, orders: &mut Vec<Vec<Step>>) {
        if left.iter().all(|(_, count)| *count == 0) {
            orders.push(order.clone());
        }
        for place in 0..left.len() {
            let mut left = left.to_vec();
            let (step, count) = &mut left[place];
            if *count == 0 {
                continue;
            }
            *count -= 1;
            order.push(*step);
            extend(&left, order, orders);
            order.pop();
        }
    }
    let requests = (0..REQUESTS).map(|number| (Step::Request(number), STEPS));
    let left: Vec<_> = requests.chain([(Step::Change, changes)]).collect();
    let mut orders = Vec::new();
    extend(&left, &mut Vec::new(), &mut orders);
    orders
}

fn token(key: &SigningKey) -> String {
    let claims = json!({
        "iss": ISSUER, "aud": "api://default", "sub": "ada@example.com",
        "cid": "0oa1", "uid": "00u1", "scp": ["openid"],
        "iat": 1, "exp": 4_000_000_000_i64,
    });
    key.sign(r#"{"alg":"RS256","kid":"one"}"#, claims.to_string())
}

/// Runs every order, with and without the token in the cache. `check` gets the world after each.
fn explore(token: &str, keys: &[Value], changes: &[&[Value]], check: impl Fn(&World, &[Step])) {
    let orders = orders(changes.len());
    let length = REQUESTS * STEPS + changes.len();
    assert!(orders.iter().all(|order| order.len() == length));
    // Made once: a verifier has an HTTP client, which takes longer than all the rest.
    let mut world = World::new(token, keys);
    for is_cached in [false, true] {
        for order in &orders {
            world.verifier.keys.replace(&document(keys));
            if let Some(cache) = &world.verifier.cache {
                cache.remove(token.as_bytes());
            }
            if is_cached {
                assert!(world.is_accepted_now());
            }
            world.requests = Default::default();
            world.changes = 0;
            for step in order {
                match step {
                    Step::Request(number) => world.step(*number),
                    Step::Change => world.change(changes[world.changes]),
                }
            }
            check(&world, order);
        }
    }
}

/// Requests that began before the key was withdrawn are accepted, all others are rejected.
fn accepted_before_rejected_after(world: &World, order: &[Step]) {
    for request in &world.requests {
        let expected = request.changes_before == 0;
        assert_eq!(request.is_accepted, Some(expected), "{order:?}");
    }
    assert!(!world.is_accepted_now(), "{order:?}");
}

#[test]
fn token_of_a_withdrawn_key_is_rejected_in_every_order() {
    let (one, two) = (SigningKey::new(Algorithm::Rs256), SigningKey::other_rsa());
    let changes = [&[two.jwk("two")][..]];
    let check = accepted_before_rejected_after;
    explore(&token(&one), &[one.jwk("one")], &changes, check);
}

#[test]
fn token_of_a_replaced_key_is_rejected_in_every_order() {
    let (one, two) = (SigningKey::new(Algorithm::Rs256), SigningKey::other_rsa());
    // Another key under the ID of the withdrawn one.
    let changes = [&[two.jwk("one")][..]];
    let check = accepted_before_rejected_after;
    explore(&token(&one), &[one.jwk("one")], &changes, check);
}

#[test]
fn token_of_a_key_that_stays_is_accepted_in_every_order() {
    let (one, two) = (SigningKey::new(Algorithm::Rs256), SigningKey::other_rsa());
    let changes = [&[two.jwk("two"), one.jwk("one")][..], &[one.jwk("one")][..]];
    explore(&token(&one), &[one.jwk("one")], &changes, |world, order| {
        for request in &world.requests {
            assert_eq!(request.is_accepted, Some(true), "{order:?}");
        }
        // No change of other keys empties the cache.
        assert!(world.is_cached(), "{order:?}");
    });
}
