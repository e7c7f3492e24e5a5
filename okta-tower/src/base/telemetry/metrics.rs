//! Counters, and the snapshot that is taken of them.

use std::{
    fmt,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use crate::{
    base::thread,
    error::{AuthError, AuthErrorKind, RefreshErrorKind},
};

/// How many threads have a copy of the warm path's counters for themselves: the first ones. Nobody else writes there, so they
/// count without locking the line, which would take as long as the hash of a token.
const OWN: usize = 64;

/// How many copies the other threads share. Those that count in different copies do not pull a cache line back and forth
/// between their cores.
const SHARED: usize = 16;

/// The counters of one `Okta`.
#[derive(Debug)]
pub(crate) struct Metrics {
    own: [Stripe; OWN],
    shared: [Stripe; SHARED],
    outcomes: [AtomicU64; OUTCOMES.len()],
    /// In the order of [`AuthError::reasons`].
    reasons: Box<[(&'static str, AtomicU64)]>,
    refresh_successes: AtomicU64,
    /// In the order of [`RefreshErrorKind::ALL`].
    refresh_failures: [AtomicU64; RefreshErrorKind::ALL.len()],
    waits: AtomicU64,
    /// In the order of [`TOKEN_RESULTS`].
    #[cfg(feature = "sign-in")]
    token_requests: [AtomicU64; TOKEN_RESULTS.len()],
    /// In the order of [`SIGN_IN_RESULTS`].
    #[cfg(feature = "sign-in")]
    sign_ins: [AtomicU64; SIGN_IN_RESULTS.len()],
    /// In the order of [`API_RESULTS`].
    #[cfg(feature = "api")]
    api_calls: [AtomicU64; API_RESULTS.len()],
}

/// What comes of a call of the management API.
#[cfg(feature = "api")]
pub(crate) const API_RESULTS: [&str; 11] = [
    "success",
    "invalid",
    "unauthorized",
    "forbidden",
    "not_found",
    "conflict",
    "rate_limited",
    "unavailable",
    "unreadable",
    "too_many",
    "not_set_up",
];

/// What comes of a request to the token endpoint.
#[cfg(feature = "sign-in")]
const TOKEN_RESULTS: [&str; 5] = [
    "success",
    "invalid_grant",
    "invalid_client",
    "refused",
    "transient",
];

/// What comes of a sign-in, and of a sign-out that fails.
#[cfg(feature = "sign-in")]
pub(crate) const SIGN_IN_RESULTS: [&str; 19] = [
    "success",
    "bad_request",
    "unknown_state",
    "attempt_cookie_missing",
    "session_cookie_missing",
    "wrong_issuer",
    "cancelled",
    "login_required",
    "assurance_not_met",
    "code_refused",
    "denied",
    "hook_failed",
    "misconfigured",
    "bad_answer",
    "unavailable",
    "store_unavailable",
    "session_too_large",
    "cross_origin",
    "not_deleted",
];

/// What is measured at the moment of asking.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gauges {
    /// How many keys are in use.
    pub(crate) keys: u64,
    pub(crate) is_ready: bool,
    pub(crate) age: Option<Duration>,
}

/// What an accepted request counts. As long as two cache lines, which processors fetch in pairs.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Stripe {
    authenticated: AtomicU64,
    anonymous: AtomicU64,
    hits: AtomicU64,
    misses: AtomicU64,
}

const OUTCOMES: [AuthErrorKind; 6] = [
    AuthErrorKind::MissingCredentials,
    AuthErrorKind::MalformedRequest,
    AuthErrorKind::InvalidToken,
    AuthErrorKind::Forbidden,
    AuthErrorKind::Unavailable,
    AuthErrorKind::Misconfigured,
];

impl Default for Metrics {
    fn default() -> Self {
        Self {
            own: std::array::from_fn(|_| Stripe::default()),
            shared: Default::default(),
            outcomes: Default::default(),
            reasons: AuthError::reasons()
                .map(|reason| (reason, AtomicU64::new(0)))
                .collect(),
            refresh_successes: AtomicU64::new(0),
            refresh_failures: Default::default(),
            waits: AtomicU64::new(0),
            #[cfg(feature = "sign-in")]
            token_requests: Default::default(),
            #[cfg(feature = "sign-in")]
            sign_ins: Default::default(),
            #[cfg(feature = "api")]
            api_calls: Default::default(),
        }
    }
}

fn add_one(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

impl Metrics {
    #[inline]
    fn count(&self, pick: fn(&Stripe) -> &AtomicU64) {
        let number = thread::number();
        match self.own.get(number) {
            Some(own) => {
                let counter = pick(own);
                counter.store(counter.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
            }
            None => add_one(pick(&self.shared[number % SHARED])),
        }
    }

    /// A request was let through with verified claims.
    #[inline]
    pub(crate) fn authenticated(&self) {
        self.count(|stripe| &stripe.authenticated);
    }

    /// A request was let through without claims: a public route, an optional layer, a preflight.
    pub(crate) fn anonymous(&self) {
        self.count(|stripe| &stripe.anonymous);
    }

    #[inline]
    pub(crate) fn cache_hit(&self) {
        self.count(|stripe| &stripe.hits);
    }

    pub(crate) fn cache_miss(&self) {
        self.count(|stripe| &stripe.misses);
    }

    pub(crate) fn refused(&self, error: &AuthError) {
        let outcomes = OUTCOMES.iter().zip(&self.outcomes);
        if let Some((_, counter)) = outcomes.clone().find(|(kind, _)| **kind == error.kind()) {
            add_one(counter);
        }
        if let Some((_, counter)) = self.reasons.get(error.reason_number()) {
            add_one(counter);
        }
    }

    pub(crate) fn waited(&self) {
        add_one(&self.waits);
    }

    /// The token endpoint was asked: `None` is a success, a failure goes by the name of its kind.
    #[cfg(feature = "sign-in")]
    pub(crate) fn token_requested(&self, failure: Option<&'static str>) {
        let result = failure.unwrap_or("success");
        let mut counters = TOKEN_RESULTS.iter().zip(&self.token_requests);
        if let Some((_, counter)) = counters.find(|(name, _)| **name == result) {
            add_one(counter);
        }
    }

    /// A sign-in has ended, or a sign-out has failed.
    #[cfg(feature = "sign-in")]
    pub(crate) fn sign_in_ended(&self, result: &'static str) {
        let mut counters = SIGN_IN_RESULTS.iter().zip(&self.sign_ins);
        if let Some((_, counter)) = counters.find(|(name, _)| **name == result) {
            add_one(counter);
        }
    }

    /// The management API was called.
    #[cfg(feature = "api")]
    pub(crate) fn api_called(&self, result: &'static str) {
        let mut counters = API_RESULTS.iter().zip(&self.api_calls);
        if let Some((_, counter)) = counters.find(|(name, _)| **name == result) {
            add_one(counter);
        }
    }

    pub(crate) fn refresh_succeeded(&self) {
        add_one(&self.refresh_successes);
    }

    pub(crate) fn refresh_failed(&self, kind: RefreshErrorKind) {
        let mut failures = RefreshErrorKind::ALL.iter().zip(&self.refresh_failures);
        if let Some((_, counter)) = failures.find(|(other, _)| **other == kind) {
            add_one(counter);
        }
    }

    /// The figures at this moment, with the gauges of the keys.
    pub(crate) fn snapshot(&self, gauges: Gauges) -> MetricsSnapshot {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let stripes = || self.own.iter().chain(&self.shared);
        let warm = |pick: fn(&Stripe) -> &AtomicU64| stripes().map(pick).map(read).sum();
        let mut figures = Vec::new();
        let mut figure = |family, label, value| {
            figures.push(Figure {
                family,
                label,
                value,
            });
        };

        figure(
            &REQUESTS,
            "authenticated",
            warm(|stripe| &stripe.authenticated),
        );
        figure(&REQUESTS, "anonymous", warm(|stripe| &stripe.anonymous));
        for (kind, counter) in OUTCOMES.iter().zip(&self.outcomes) {
            figure(&REQUESTS, kind.as_str(), read(counter));
        }
        for (reason, counter) in &self.reasons {
            figure(&REFUSALS, reason, read(counter));
        }
        figure(&CACHE, "hit", warm(|stripe| &stripe.hits));
        figure(&CACHE, "miss", warm(|stripe| &stripe.misses));
        figure(&REFRESHED, "success", read(&self.refresh_successes));
        for (kind, counter) in RefreshErrorKind::ALL.iter().zip(&self.refresh_failures) {
            figure(&REFRESHED, kind.as_str(), read(counter));
        }
        figure(&WAITS, "", read(&self.waits));
        #[cfg(feature = "sign-in")]
        for (result, counter) in TOKEN_RESULTS.iter().zip(&self.token_requests) {
            figure(&TOKENS, result, read(counter));
        }
        #[cfg(feature = "sign-in")]
        for (result, counter) in SIGN_IN_RESULTS.iter().zip(&self.sign_ins) {
            figure(&SIGN_INS, result, read(counter));
        }
        #[cfg(feature = "api")]
        for (result, counter) in API_RESULTS.iter().zip(&self.api_calls) {
            figure(&API, result, read(counter));
        }
        figure(&KEYS, "", gauges.keys);
        figure(&READY, "", u64::from(gauges.is_ready));
        if let Some(age) = gauges.age {
            figure(&AGE, "", age.as_secs());
        }
        MetricsSnapshot(figures)
    }
}

#[derive(Debug)]
struct Family {
    name: &'static str,
    /// The name of its label, empty where it has none.
    label: &'static str,
    kind: &'static str,
    help: &'static str,
}

macro_rules! families {
    ($($family:ident = $kind:literal $name:literal $label:literal $help:literal;)+) => {
        $(static $family: Family = Family { name: $name, label: $label, kind: $kind, help: $help };)+
    };
}

families! {
    REQUESTS = "counter" "okta_tower_requests_total" "outcome" "Requests judged.";
    REFUSALS = "counter" "okta_tower_refusals_total" "reason" "Requests refused, by exact reason.";
    CACHE = "counter" "okta_tower_token_cache_total" "result" "Look-ups of tokens in the cache.";
    REFRESHED = "counter" "okta_tower_key_refreshes_total" "result" "Attempts to fetch the signing keys.";
    WAITS = "counter" "okta_tower_key_waits_total" "" "Requests that waited for a new key.";
    KEYS = "gauge" "okta_tower_keys" "" "Usable signing keys.";
    READY = "gauge" "okta_tower_keys_ready" "" "Whether tokens can be judged.";
    AGE = "gauge" "okta_tower_keys_age_seconds" "" "Time since the signing keys were confirmed.";
}

#[cfg(feature = "api")]
families! {
    API = "counter" "okta_tower_api_calls_total" "result" "Calls of Okta's management API.";
}

#[cfg(feature = "sign-in")]
families! {
    TOKENS = "counter" "okta_tower_token_requests_total" "result" "Requests to the token endpoint.";
    SIGN_INS = "counter" "okta_tower_sign_ins_total" "result" "Sign-ins by what came of them, and sign-outs that failed.";
}

/// The figures of one [`Okta`](crate::Okta) at one moment.
///
/// `Display` writes the text format that Prometheus reads; [`iter`](Self::iter) is for other collectors.
///
/// ```no_run
/// # fn metrics(okta: &okta_tower::Okta) -> String {
/// okta.metrics().to_string() // serve as `text/plain; version=0.0.4`
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct MetricsSnapshot(Vec<Figure>);

#[derive(Clone, Debug)]
struct Figure {
    family: &'static Family,
    label: &'static str,
    value: u64,
}

impl MetricsSnapshot {
    /// Every figure as (name of the metric, value of its label or an empty string, figure).
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &'static str, u64)> {
        self.0
            .iter()
            .map(|figure| (figure.family.name, figure.label, figure.value))
    }

    /// One figure, by the name of its metric and the value of its label (empty where there is none).
    #[must_use]
    pub fn get(&self, name: &str, label: &str) -> Option<u64> {
        self.iter()
            .find(|(metric, value, _)| *metric == name && *value == label)
            .map(|(_, _, figure)| figure)
    }
}

impl fmt::Display for MetricsSnapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut last = "";
        for Figure {
            family,
            label,
            value,
        } in &self.0
        {
            if family.name != last {
                last = family.name;
                writeln!(f, "# HELP {} {}", family.name, family.help)?;
                writeln!(f, "# TYPE {} {}", family.name, family.kind)?;
            }
            if family.label.is_empty() {
                writeln!(f, "{} {value}", family.name)?;
            } else {
                writeln!(f, "{}{{{}=\"{label}\"}} {value}", family.name, family.label)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn nothing_goes_uncounted_however_many_threads_count_at_once() {
        const THREADS: u64 = OWN as u64 * 2;
        let metrics = Metrics::default();
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    for _ in 0..1000 {
                        metrics.authenticated();
                        metrics.cache_hit();
                    }
                });
            }
        });
        let gauges = Gauges {
            keys: 0,
            is_ready: true,
            age: None,
        };
        let snapshot = metrics.snapshot(gauges);
        let figure = |name, label| snapshot.get(name, label);
        let all = Some(THREADS * 1000);
        assert_eq!(figure("okta_tower_requests_total", "authenticated"), all);
        assert_eq!(figure("okta_tower_token_cache_total", "hit"), all);
        assert_eq!(figure("okta_tower_token_cache_total", "miss"), Some(0));
    }
}
