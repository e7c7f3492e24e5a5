//! Counters, and the snapshot that is taken of them.

use std::{
    fmt,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

#[cfg(feature = "metrics")]
use super::facade;
use crate::{
    base::cache::CacheUsage,
    error::{AuthError, AuthErrorKind, RefreshErrorKind},
};

/// The metrics, in the order in which a snapshot lists them. The gauges come last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    Requests,
    Refusals,
    TokenCache,
    KeyRefreshes,
    KeyWaits,
    TokenRequests,
    SignIns,
    ProviderErrors,
    SessionRefreshes,
    ApiCalls,
    Keys,
    KeysReady,
    KeysAge,
    KeyRefreshTimes,
    RefresherRunning,
    WaitingRequests,
    CacheEntries,
    CacheBytes,
    CacheMaxBytes,
    Sessions,
}

impl Family {
    /// The metrics that count, each at its own discriminant.
    const COUNTERS: [Self; 10] = [
        Self::Requests,
        Self::Refusals,
        Self::TokenCache,
        Self::KeyRefreshes,
        Self::KeyWaits,
        Self::TokenRequests,
        Self::SignIns,
        Self::ProviderErrors,
        Self::SessionRefreshes,
        Self::ApiCalls,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Requests => "okta_tower_requests_total",
            Self::Refusals => "okta_tower_refusals_total",
            Self::TokenCache => "okta_tower_token_cache_total",
            Self::KeyRefreshes => "okta_tower_key_refreshes_total",
            Self::KeyWaits => "okta_tower_key_waits_total",
            Self::TokenRequests => "okta_tower_token_requests_total",
            Self::SignIns => "okta_tower_sign_ins_total",
            Self::ProviderErrors => "okta_tower_provider_errors_total",
            Self::SessionRefreshes => "okta_tower_session_refreshes_total",
            Self::ApiCalls => "okta_tower_api_calls_total",
            Self::Keys => "okta_tower_keys",
            Self::KeysReady => "okta_tower_keys_ready",
            Self::KeysAge => "okta_tower_keys_age_seconds",
            Self::KeyRefreshTimes => "okta_tower_key_refresh_timestamp_seconds",
            Self::RefresherRunning => "okta_tower_key_refresher_running",
            Self::WaitingRequests => "okta_tower_key_waiting_requests",
            Self::CacheEntries => "okta_tower_cache_entries",
            Self::CacheBytes => "okta_tower_cache_bytes",
            Self::CacheMaxBytes => "okta_tower_cache_max_bytes",
            Self::Sessions => "okta_tower_sessions",
        }
    }

    /// The name of its label, empty if it has none.
    const fn label(self) -> &'static str {
        match self {
            Self::Requests => "outcome",
            Self::Refusals => "reason",
            Self::ProviderErrors => "error",
            Self::TokenCache
            | Self::KeyRefreshes
            | Self::KeyRefreshTimes
            | Self::TokenRequests
            | Self::SignIns
            | Self::SessionRefreshes
            | Self::ApiCalls => "result",
            Self::CacheEntries | Self::CacheBytes | Self::CacheMaxBytes => "cache",
            Self::KeyWaits
            | Self::Keys
            | Self::KeysReady
            | Self::KeysAge
            | Self::RefresherRunning
            | Self::WaitingRequests
            | Self::Sessions => "",
        }
    }

    const fn help(self) -> &'static str {
        match self {
            Self::Requests => "Requests by outcome.",
            Self::Refusals => "Rejected requests, by exact reason.",
            Self::TokenCache => "Look-ups of tokens in the cache.",
            Self::KeyRefreshes => "Attempts to fetch the signing keys.",
            Self::KeyWaits => "Requests that waited for a new key.",
            Self::TokenRequests => "Requests to the token endpoint.",
            Self::SignIns => "Sign-ins by result, and sign-outs that failed.",
            Self::ProviderErrors => "Errors of the provider that ended sign-ins.",
            Self::SessionRefreshes => "Refreshes of sessions, by result.",
            Self::ApiCalls => "Calls of Okta's management API.",
            Self::Keys => "Usable signing keys.",
            Self::KeysReady => "Whether the signing keys are usable and refreshed.",
            Self::KeysAge => "Time since the signing keys were confirmed.",
            Self::KeyRefreshTimes => {
                "When an attempt to fetch the signing keys last had this result, in Unix seconds."
            }
            Self::RefresherRunning => "Whether the signing keys are refreshed.",
            Self::WaitingRequests => "Requests that wait for a new key now.",
            Self::CacheEntries => "Entries of the caches of verified tokens and sessions.",
            Self::CacheBytes => "Memory that the entries of the caches take.",
            Self::CacheMaxBytes => "Memory that the entries of the caches may take.",
            Self::Sessions => "Sessions that this process has seen and that have not expired.",
        }
    }

    const fn kind(self) -> &'static str {
        match self {
            Self::Keys
            | Self::KeysReady
            | Self::KeysAge
            | Self::KeyRefreshTimes
            | Self::RefresherRunning
            | Self::WaitingRequests
            | Self::CacheEntries
            | Self::CacheBytes
            | Self::CacheMaxBytes
            | Self::Sessions => "gauge",
            _ => "counter",
        }
    }

    /// Every value of the label: outcomes, reasons and results. None if the feature is off.
    fn values(self) -> Vec<&'static str> {
        match self {
            Self::Requests => ["authenticated", "anonymous"]
                .into_iter()
                .chain(OUTCOMES.iter().map(|kind| kind.as_str()))
                .collect(),
            Self::Refusals => AuthError::reasons().collect(),
            Self::TokenCache => vec!["hit", "miss"],
            Self::KeyRefreshes | Self::KeyRefreshTimes => ["success"]
                .into_iter()
                .chain(RefreshErrorKind::ALL.iter().map(|kind| kind.as_str()))
                .collect(),
            Self::KeyWaits => vec![""],
            Self::TokenRequests if cfg!(feature = "sign-in") => TOKEN_RESULTS.into(),
            Self::SignIns if cfg!(feature = "sign-in") => SIGN_IN_RESULTS.into(),
            Self::ProviderErrors if cfg!(feature = "sign-in") => PROVIDER_ERRORS.into(),
            Self::SessionRefreshes if cfg!(feature = "sign-in") => SESSION_REFRESH_RESULTS.into(),
            Self::ApiCalls if cfg!(feature = "api") => API_RESULTS.into(),
            _ => Vec::new(),
        }
    }
}

const OUTCOMES: [AuthErrorKind; 7] = [
    AuthErrorKind::MissingCredentials,
    AuthErrorKind::MalformedRequest,
    AuthErrorKind::InvalidToken,
    AuthErrorKind::TooLarge,
    AuthErrorKind::Forbidden,
    AuthErrorKind::Unavailable,
    AuthErrorKind::Misconfigured,
];

/// The results of a management API call.
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

/// The results of a request to the token endpoint.
const TOKEN_RESULTS: [&str; 5] = [
    "success",
    "invalid_grant",
    "invalid_client",
    "refused",
    "transient",
];

/// The results of a session's refresh: those of its request to the token endpoint; `denied` by the
/// application's hook, and `signed_out` while it was under way.
const SESSION_REFRESH_RESULTS: [&str; 7] = [
    "success",
    "invalid_grant",
    "invalid_client",
    "refused",
    "transient",
    "denied",
    "signed_out",
];

/// The results of a sign-in, and of a sign-out that fails.
pub(crate) const SIGN_IN_RESULTS: [&str; 20] = [
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
    "provider_error",
    "bad_answer",
    "unavailable",
    "store_unavailable",
    "session_too_large",
    "cross_origin",
    "not_deleted",
];

/// The errors of a provider: of OAuth 2.0, OpenID Connect and Okta. `not_assigned`, `policy_failed`
/// and `too_many_groups` are distinguished by Okta's descriptions.
pub(crate) const PROVIDER_ERRORS: [&str; 33] = [
    "access_denied",
    "account_selection_required",
    "consent_required",
    "insufficient_scope",
    "interaction_required",
    "invalid_client",
    "invalid_dpop_proof",
    "invalid_grant",
    "invalid_request",
    "invalid_request_object",
    "invalid_request_uri",
    "invalid_scope",
    "invalid_target",
    "invalid_token",
    "login_required",
    "not_assigned",
    "other",
    "policy_failed",
    "registration_not_supported",
    "request_not_supported",
    "request_uri_not_supported",
    "server_error",
    "temporarily_unavailable",
    "too_many_groups",
    "unauthorized_client",
    "unmet_authentication_requirements",
    "unsupported_api_resource",
    "unsupported_grant_type",
    "unsupported_response_mode",
    "unsupported_response_type",
    "unsupported_token_type",
    "use_dpop_nonce",
    "user_canceled_request",
];

/// The state of the keys at the moment of asking.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gauges {
    /// How many keys are in use.
    pub(crate) keys: u64,
    pub(crate) is_ready: bool,
    pub(crate) age: Option<Duration>,
    pub(crate) is_running: bool,
}

impl Gauges {
    /// Returns each gauge with its value, if it has one.
    fn figures(self) -> impl Iterator<Item = Figure> {
        let age = self.age.map(|age| (Family::KeysAge, age.as_secs()));
        [
            (Family::Keys, self.keys),
            (Family::KeysReady, self.is_ready.into()),
            (Family::RefresherRunning, self.is_running.into()),
        ]
        .into_iter()
        .chain(age)
        .map(|(family, value)| Figure::new(family, "", value))
    }
}

/// What one `Okta` holds at the moment of asking.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usage {
    pub(crate) waiting_requests: usize,
    pub(crate) tokens: CacheUsage,
    /// `None` if sign-in is off.
    pub(crate) sessions: Option<SessionUsage>,
}

/// The sessions of one process.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SessionUsage {
    pub(crate) known: usize,
    pub(crate) cache: CacheUsage,
}

impl Usage {
    fn figures(self) -> impl Iterator<Item = Figure> {
        let sessions = self.sessions;
        let caches = [("tokens", Some(self.tokens))]
            .into_iter()
            .chain([("sessions", sessions.map(|sessions| sessions.cache))]);
        let caches: Vec<_> = caches
            .filter_map(|(name, usage)| Some((name, usage?)))
            .collect();
        let of_caches = [
            (
                Family::CacheEntries,
                (|usage| usage.entries) as fn(CacheUsage) -> usize,
            ),
            (Family::CacheBytes, |usage| usage.bytes),
            (Family::CacheMaxBytes, |usage| usage.max_bytes),
        ];
        let of_caches = of_caches.into_iter().flat_map(move |(family, value)| {
            let caches = caches.clone().into_iter();
            caches.map(move |(name, usage)| Figure::new(family, name, value(usage) as u64))
        });
        let waiting = self.waiting_requests as u64;
        let known = sessions.map(|sessions| sessions.known as u64);
        [Figure::new(Family::WaitingRequests, "", waiting)]
            .into_iter()
            .chain(of_caches)
            .chain(known.map(|known| Figure::new(Family::Sessions, "", known)))
    }
}

/// The counters of one `Okta`.
#[derive(Debug)]
pub(crate) struct Metrics {
    counters: [Counters; Family::COUNTERS.len()],
    /// When each result of a key refresh was last counted, in Unix seconds. 0: never.
    refreshed_at: Counters,
}

/// One family of counters.
#[derive(Debug)]
struct Counters {
    family: Family,
    /// Each value of the label, and how often it was counted.
    counts: Box<[(&'static str, AtomicU64)]>,
}

impl Counters {
    fn new(family: Family) -> Self {
        let values = family.values().into_iter();
        Self {
            family,
            counts: values.map(|value| (value, AtomicU64::new(0))).collect(),
        }
    }

    /// Returns this value of the label, and its figure. A value that is not in the list has none.
    fn find(&self, value: &str) -> Option<&(&'static str, AtomicU64)> {
        let found = self.counts.iter().find(|(own, _)| *own == value);
        debug_assert!(found.is_some(), "{:?} has no {value:?}", self.family);
        found
    }

    /// Counts one of this value.
    fn count(&self, value: &str) {
        if let Some((_value, count)) = self.find(value) {
            count.fetch_add(1, Ordering::Relaxed);
            #[cfg(feature = "metrics")]
            facade::count(self.family.name(), self.family.label(), _value);
        }
    }

    fn set(&self, value: &str, figure: u64) {
        if let Some((_, place)) = self.find(value) {
            place.store(figure, Ordering::Relaxed);
        }
    }

    fn figures(&self) -> impl Iterator<Item = Figure> {
        let counts = self.counts.iter();
        counts.map(|(label, count)| Figure::new(self.family, label, count.load(Ordering::Relaxed)))
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            counters: Family::COUNTERS.map(Counters::new),
            refreshed_at: Counters::new(Family::KeyRefreshTimes),
        }
    }
}

impl Metrics {
    fn count(&self, family: Family, value: &str) {
        self.counters[family as usize].count(value);
    }

    /// Counts a request that passed with verified claims.
    pub(crate) fn authenticated(&self) {
        self.count(Family::Requests, "authenticated");
    }

    /// Counts a request that passed without claims: a public route, an optional layer, a preflight.
    pub(crate) fn anonymous(&self) {
        self.count(Family::Requests, "anonymous");
    }

    pub(crate) fn cache_hit(&self) {
        self.count(Family::TokenCache, "hit");
    }

    pub(crate) fn cache_miss(&self) {
        self.count(Family::TokenCache, "miss");
    }

    /// Counts a rejected request, by its outcome and by its exact reason.
    pub(crate) fn refused(&self, error: &AuthError) {
        self.count(Family::Requests, error.kind().as_str());
        self.count(Family::Refusals, error.reason());
    }

    pub(crate) fn waited(&self) {
        self.count(Family::KeyWaits, "");
    }

    /// Counts a request to the token endpoint. `None` is a success; a failure has the name of its
    /// kind.
    pub(crate) fn token_requested(&self, failure: Option<&'static str>) {
        self.count(Family::TokenRequests, failure.unwrap_or("success"));
    }

    pub(crate) fn provider_error(&self, error: &'static str) {
        self.count(Family::ProviderErrors, error);
    }

    /// Counts the refresh of a session that has ended.
    pub(crate) fn session_refreshed(&self, result: &'static str) {
        self.count(Family::SessionRefreshes, result);
    }

    /// Counts a sign-in that has ended, or a sign-out that has failed.
    pub(crate) fn sign_in_ended(&self, result: &'static str) {
        self.count(Family::SignIns, result);
    }

    /// Counts a call of the management API.
    pub(crate) fn api_called(&self, result: &'static str) {
        self.count(Family::ApiCalls, result);
    }

    /// Counts an attempt to fetch the keys. `None` is a success. `now` is in Unix seconds.
    pub(crate) fn refreshed(&self, failure: Option<RefreshErrorKind>, now: i64) {
        let result = failure.map_or("success", RefreshErrorKind::as_str);
        self.count(Family::KeyRefreshes, result);
        self.refreshed_at.set(result, now.try_into().unwrap_or(0));
    }

    /// Reports the gauges of the keys to the `metrics` facade. Does nothing without the feature
    /// `metrics`.
    pub(crate) fn keys_changed(&self, gauges: Gauges) {
        report(&self.key_figures(gauges));
    }

    fn key_figures(&self, gauges: Gauges) -> Vec<Figure> {
        let times = self.refreshed_at.figures();
        let known_times = times.filter(|figure| figure.value > 0);
        gauges.figures().chain(known_times).collect()
    }

    /// Returns the figures at this moment.
    pub(crate) fn snapshot(&self, gauges: Gauges, usage: Usage) -> MetricsSnapshot {
        let mut measured = self.key_figures(gauges);
        measured.extend(usage.figures());
        report(&measured);
        let counted = self.counters.iter().flat_map(Counters::figures);
        MetricsSnapshot(counted.chain(measured).collect())
    }
}

/// Reports gauges to the `metrics` facade. Does nothing without the feature `metrics`.
fn report(_gauges: &[Figure]) {
    #[cfg(feature = "metrics")]
    for gauge in _gauges {
        let family = gauge.family;
        facade::set(family.name(), family.label(), gauge.label, gauge.value);
    }
}

/// The figures of one [`Okta`](crate::Okta) at one moment.
///
/// `Display` writes the text format that Prometheus reads; [`iter`](Self::iter) is for other
/// collectors.
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
    family: Family,
    label: &'static str,
    value: u64,
}

impl Figure {
    const fn new(family: Family, label: &'static str, value: u64) -> Self {
        Self {
            family,
            label,
            value,
        }
    }
}

impl MetricsSnapshot {
    /// Returns every figure: the metric's name, the label's value (empty without a label), and the
    /// figure.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &'static str, u64)> {
        (self.0.iter()).map(|figure| (figure.family.name(), figure.label, figure.value))
    }

    /// Returns one figure, by its metric's name and its label's value (empty without a label).
    #[must_use]
    pub fn get(&self, name: &str, label: &str) -> Option<u64> {
        self.iter()
            .find(|(metric, value, _)| *metric == name && *value == label)
            .map(|(_, _, figure)| figure)
    }
}

impl fmt::Display for MetricsSnapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut last = None;
        for Figure {
            family,
            label,
            value,
        } in &self.0
        {
            let name = family.name();
            if last != Some(family) {
                last = Some(family);
                writeln!(f, "# HELP {name} {}", family.help())?;
                writeln!(f, "# TYPE {name} {}", family.kind())?;
            }
            match family.label() {
                "" => writeln!(f, "{name} {value}")?,
                own => writeln!(f, "{name}{{{own}=\"{label}\"}} {value}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    const GAUGES: Gauges = Gauges {
        keys: 0,
        is_ready: true,
        age: None,
        is_running: true,
    };

    #[test]
    fn every_count_of_many_threads_is_kept() {
        const THREADS: u64 = 16;
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
        let snapshot = metrics.snapshot(GAUGES, Usage::default());
        let figure = |name, label| snapshot.get(name, label);
        let all = Some(THREADS * 1000);
        assert_eq!(figure("okta_tower_requests_total", "authenticated"), all);
        assert_eq!(figure("okta_tower_token_cache_total", "hit"), all);
        assert_eq!(figure("okta_tower_token_cache_total", "miss"), Some(0));
    }

    #[test]
    fn every_family_stands_at_its_own_place() {
        let metrics = Metrics::default();
        for (place, counters) in metrics.counters.iter().enumerate() {
            assert_eq!(counters.family as usize, place);
        }
    }
}
