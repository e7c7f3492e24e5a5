//! Every event, field and metric of this crate, named in one place.
//!
//! # Events
//!
//! | target | level | message | fields |
//! |---|---|---|---|
//! | `okta_tower::keys` | DEBUG | `signing keys refreshed` | `kids`, `next_in_seconds` |
//! | `okta_tower::keys` | WARN | `refreshing the signing keys failed` | `endpoint`, `kind`, `error`, `retry_in_seconds` |
//! | `okta_tower::keys` | WARN | `published signing key skipped` | `index`, `reason` |
//! | `okta_tower::keys` | ERROR | `the refresher of the signing keys has ended: spawn it on a runtime that lives on` | |
//! | `okta_tower::oauth` | WARN, DEBUG for `invalid_grant` | `a request to the issuer failed` | `endpoint`, `kind`, `cause` |
//! | `okta_tower::oauth` | DEBUG | `a request to the issuer was held back` | `endpoint`, `bound` (`rate`, `under_way`, `issuer_limit`) |
//! | `okta_tower::oauth` | ERROR | `the issuer does not recognize this client: check the client ID and its secret or key` | |
//! | `okta_tower::api` | WARN, DEBUG for `not_found`, `conflict` and `invalid`, ERROR for `unauthorized` and `forbidden` | `a call of the management API failed` | `call`, `kind`, `error`, `error_id` |
//! | `okta_tower::session` | DEBUG | `a session began`, `a session was ended`, `the issuer does not renew a session` | |
//! | `okta_tower::session` | DEBUG | `excess sessions of a user were ended` | `count` |
//! | `okta_tower::session` | WARN | `identity claims rejected` | `reason`, `claim`, `configured` |
//! | `okta_tower::session` | DEBUG, WARN if an operator should know | `a sign-in or sign-out failed` | `reason`, `provider_error` |
//! | `okta_tower::session` | WARN, once | `the callback arrived without the beginning of its path: set SignIn::public_prefix` | |
//! | `okta_tower::session` | DEBUG | `the page to return to was dropped` | `reason` (`elsewhere`, `not_plain`, `path_of_sign_in`, `too_long`) |
//! | `okta_tower::session` | DEBUG | `a return from the logout was rejected` | `reason` (`no_state`, `other_state`, `no_cookie`) |
//! | `okta_tower::session` | ERROR | `the hook of the sign-in failed` | `error` |
//! | `okta_tower::session` | ERROR | `the hook of a refresh failed` | `error` |
//! | `okta_tower::session` | WARN | `the session store failed` | `error`, `cause` |
//! | `okta_tower::session` | WARN | `the response to a sign-in is larger than the 4 KB that proxies buffer: raise nginx's proxy_buffer_size, or keep sessions in a store (SignIn::store)` | `bytes` |
//! | `okta_tower::session` | ERROR | `a session is too large for cookies` | `error` |
//! | `okta_tower::auth` | DEBUG | `request refused` | `outcome`, `reason`; for tokens `claim` and `configured`, if there are |
//! | `okta_tower::auth` | INFO | `access token longer than the limit` | `reason`, `limit` |
//! | `okta_tower::auth` | WARN the first time, then DEBUG | `groups claim has the wrong type` | `claim`, `found` |
//! | `okta_tower::auth` | ERROR | `authentication is not set up correctly` | `reason`, `cause`; `extractor` from `okta-tower-axum` |
//!
//! Failures also have OpenTelemetry's names: `error.type` repeats `reason` or `kind`, and
//! `exception.message` repeats `error`.
//!
//! # Metrics
//!
//! [`Okta::metrics`](crate::Okta::metrics) returns a [`MetricsSnapshot`]. Its `Display` is the text
//! format that Prometheus reads. With the feature `metrics`, the recorder of the `metrics` crate
//! gets the same names and labels: counters at once, gauges after each attempt to fetch keys and at
//! each call of `Okta::metrics`.
//!
//! | name | labels | counts |
//! |---|---|---|
//! | `okta_tower_requests_total` | `outcome` | requests by outcome; one that an inner guard or extractor rejects counts as `authenticated` and by its rejection |
//! | `okta_tower_refusals_total` | `reason` | rejected requests, by exact reason |
//! | `okta_tower_token_cache_total` | `result` (`hit`, `miss`) | look-ups of tokens and of session cookies |
//! | `okta_tower_key_refreshes_total` | `result` (`success` or a [`RefreshErrorKind`]) | attempts to fetch keys |
//! | `okta_tower_key_waits_total` | | requests that waited for a new key |
//! | `okta_tower_token_requests_total` | `result` (`success`, `invalid_grant`, `invalid_client`, `refused`, `transient`) | requests to the token endpoint (feature `sign-in`) |
//! | `okta_tower_sign_ins_total` | `result` (`success`, or the reason: `bad_request`, `unknown_state`, `attempt_cookie_missing`, `session_cookie_missing`, `wrong_issuer`, `cancelled`, `login_required`, `assurance_not_met`, `code_refused`, `denied`, `hook_failed`, `misconfigured`, `provider_error`, `bad_answer`, `unavailable`, `store_unavailable`, `session_too_large`, `cross_origin`, `not_deleted`) | sign-ins by result, and sign-outs that failed (feature `sign-in`) |
//! | `okta_tower_provider_errors_total` | `error` (a code of OAuth 2.0, OpenID Connect or Okta; `not_assigned`, `policy_failed` and `too_many_groups`, which Okta only describes; or `other`) | errors of the provider that ended sign-ins, at the callback or at an endpoint (feature `sign-in`) |
//! | `okta_tower_session_refreshes_total` | `result` (`success`, `invalid_grant`, `invalid_client`, `refused`, `transient`; `denied` by the application's hook, `signed_out` meanwhile) | refreshes of sessions (feature `sign-in`) |
//! | `okta_tower_api_calls_total` | `result` (`success` or an `ApiErrorKind`) | calls of the management API, each once however often it was retried (feature `api`) |
//! | `okta_tower_keys` | | usable keys (gauge) |
//! | `okta_tower_keys_ready` | | 1 if tokens can be verified and the keys are refreshed (gauge) |
//! | `okta_tower_keys_age_seconds` | | time since the keys were confirmed (gauge) |
//! | `okta_tower_key_refresh_timestamp_seconds` | `result`, as for the attempts | when an attempt last had this result, in Unix seconds; absent if none had (gauge) |
//! | `okta_tower_key_refresher_running` | | 1 while the refresher runs (gauge) |
//! | `okta_tower_key_waiting_requests` | | requests that wait for a key now, at most 64 (gauge) |
//! | `okta_tower_cache_entries`, `okta_tower_cache_bytes`, `okta_tower_cache_max_bytes` | `cache` (`tokens`, `sessions`) | what the caches hold and may hold (gauges) |
//! | `okta_tower_sessions` | | sessions that this process has seen and that have not expired (gauge, feature `sign-in`) |
//!
//! Label values are names of this crate. None comes from a token or a client.

#[cfg(feature = "metrics")]
mod facade;
mod metrics;

use std::{fmt, time::Duration};

#[cfg(test)]
pub(crate) use metrics::API_RESULTS;
pub use metrics::MetricsSnapshot;
#[cfg(test)]
pub(crate) use metrics::SIGN_IN_RESULTS;
pub(crate) use metrics::{Gauges, Metrics, PROVIDER_ERRORS, SessionUsage, Usage};

use crate::error::{AuthError, AuthErrorKind, Endpoint, RefreshErrorKind, TokenError};

const KEYS: &str = "okta_tower::keys";
const AUTH: &str = "okta_tower::auth";
const OAUTH: &str = "okta_tower::oauth";

pub(crate) fn keys_refreshed(kids: &[&str], next: Duration) {
    let next_in_seconds = next.as_secs();
    tracing::debug!(target: KEYS, ?kids, next_in_seconds, "signing keys refreshed");
}

pub(crate) fn refresh_failed(
    endpoint: Endpoint,
    kind: RefreshErrorKind,
    error: &dyn fmt::Display,
    retry: Duration,
) {
    tracing::warn!(
        target: KEYS,
        endpoint = endpoint.as_str(),
        kind = kind.as_str(),
        %error,
        retry_in_seconds = retry.as_secs_f64(),
        "error.type" = kind.as_str(),
        "exception.message" = %error,
        "refreshing the signing keys failed"
    );
}

pub(crate) fn key_skipped(index: usize, reason: &'static str) {
    tracing::warn!(
        target: KEYS, index, %reason, "error.type" = reason, "published signing key skipped"
    );
}

/// Needs operator action: the present keys serve until they are too old, and no new key is found.
pub(crate) fn refresher_ended() {
    tracing::error!(
        target: KEYS,
        "the refresher of the signing keys has ended: spawn it on a runtime that lives on"
    );
}

/// An endpoint of the issuer, or of the org, that an OAuth client calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClientEndpoint {
    Token,
    Userinfo,
    Revocation,
    PushedRequest,
    OrgToken,
}

impl ClientEndpoint {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Userinfo => "userinfo",
            Self::Revocation => "revocation",
            Self::PushedRequest => "pushed_request",
            Self::OrgToken => "org_token",
        }
    }
}

/// `cause` must hold no text of the issuer.
pub(crate) fn client_request_failed(
    endpoint: ClientEndpoint,
    kind: &'static str,
    cause: &dyn fmt::Display,
) {
    let endpoint = endpoint.as_str();
    if kind == "invalid_grant" {
        // Sessions end like this every day.
        tracing::debug!(
            target: OAUTH, endpoint, kind, %cause, "error.type" = kind,
            "a request to the issuer failed"
        );
    } else {
        tracing::warn!(
            target: OAUTH, endpoint, kind, %cause, "error.type" = kind,
            "a request to the issuer failed"
        );
    }
}

/// The bounds on requests that any client can cause. A flood must not fill the log.
pub(crate) fn client_request_held_back(endpoint: ClientEndpoint, bound: &'static str) {
    let endpoint = endpoint.as_str();
    tracing::debug!(target: OAUTH, endpoint, bound, "a request to the issuer was held back");
}

/// Needs operator action: until then no user can sign in, and no session is refreshed.
pub(crate) fn client_not_recognized() {
    tracing::error!(
        target: OAUTH,
        "the issuer does not recognize this client: check the client ID and its secret or key"
    );
}

const SESSION: &str = "okta_tower::session";

pub(crate) fn session_began() {
    tracing::debug!(target: SESSION, "a session began");
}

pub(crate) fn session_ended() {
    tracing::debug!(target: SESSION, "a session was ended");
}

/// `reason` is a name from a closed list, `claim` the name of a claim.
/// `configured` is of the settings, never of the token.
pub(crate) fn identity_refused(
    reason: &'static str,
    claim: Option<&'static str>,
    configured: Option<&str>,
) {
    tracing::warn!(
        target: SESSION, reason, claim, configured, "error.type" = reason,
        "identity claims rejected"
    );
}

/// `reason` and `provider_error` are names from closed lists. What a user does, such as cancelling,
/// is no warning.
pub(crate) fn sign_in_failed(
    reason: &'static str,
    provider_error: Option<&'static str>,
    is_alarming: bool,
) {
    if is_alarming {
        tracing::warn!(
            target: SESSION, reason, provider_error, "error.type" = reason,
            "a sign-in or sign-out failed"
        );
    } else {
        tracing::debug!(
            target: SESSION, reason, provider_error, "error.type" = reason,
            "a sign-in or sign-out failed"
        );
    }
}

/// Needs operator action: no sign-in can end. Logged once: anyone can send such a request.
pub(crate) fn callback_lacks_prefix() {
    tracing::warn!(
        target: SESSION,
        "the callback arrived without the beginning of its path: set SignIn::public_prefix"
    );
}

/// `reason` is a name from a closed list: the page may be private to the user.
pub(crate) fn return_to_dropped(reason: &'static str) {
    tracing::debug!(target: SESSION, reason, "the page to return to was dropped");
}

/// `reason` is a name from a closed list.
pub(crate) fn logout_return_unproven(reason: &'static str) {
    tracing::debug!(
        target: SESSION, reason, "error.type" = reason, "a return from the logout was rejected"
    );
}

/// `error` is the application's own, from its hook.
pub(crate) fn hook_failed(error: &dyn fmt::Display) {
    tracing::error!(
        target: SESSION, %error, "exception.message" = %error, "the hook of the sign-in failed"
    );
}

/// `error` is the application's own, from its hook. The session is refreshed all the same.
pub(crate) fn refresh_hook_failed(error: &dyn fmt::Display) {
    tracing::error!(
        target: SESSION, %error, "exception.message" = %error, "the hook of a refresh failed"
    );
}

/// A sign-in went beyond the bound on the sessions of a user.
pub(crate) fn excess_sessions_ended(count: u64) {
    tracing::debug!(target: SESSION, count, "excess sessions of a user were ended");
}

/// The session ends, and the user signs in again.
pub(crate) fn session_not_renewed() {
    tracing::debug!(target: SESSION, "the issuer does not renew a session");
}

/// The store's own error holds nothing of a session: `StoreError` requires that of its authors.
pub(crate) fn store_failed(error: &dyn std::error::Error) {
    let cause = error.source().map(tracing::field::display);
    tracing::warn!(
        target: SESSION, %error, cause, "exception.message" = %error, "the session store failed"
    );
}

/// Needs operator action if a proxy with that default is in front.
pub(crate) fn sign_in_response_large(bytes: usize) {
    tracing::warn!(
        target: SESSION,
        bytes,
        "the response to a sign-in is larger than the 4 KB that proxies buffer: raise nginx's \
         proxy_buffer_size, or keep sessions in a store (SignIn::store)"
    );
}

/// Needs operator action.
pub(crate) fn session_too_large(error: &dyn fmt::Display) {
    tracing::error!(
        target: SESSION, %error, "exception.message" = %error, "a session is too large for cookies"
    );
}

/// A call of the management API that failed finally.
pub(crate) struct ApiFailure<'f> {
    pub(crate) call: &'static str,
    pub(crate) kind: &'static str,
    /// Whether it needs operator action.
    pub(crate) is_for_people: bool,
    /// Holds nothing of the request.
    pub(crate) error: &'f dyn fmt::Display,
    /// Okta's error ID, of letters and digits.
    pub(crate) error_id: Option<&'f str>,
}

pub(crate) fn api_call_failed(failure: &ApiFailure<'_>) {
    const API: &str = "okta_tower::api";
    let ApiFailure {
        call,
        kind,
        is_for_people,
        error,
        error_id,
    } = failure;
    if *is_for_people {
        tracing::error!(
            target: API, call, kind, %error, error_id, "error.type" = kind,
            "exception.message" = %error,
            "a call of the management API failed"
        );
    } else if matches!(*kind, "not_found" | "conflict" | "invalid") {
        // Usually the expected answer to a question.
        tracing::debug!(
            target: API, call, kind, %error, error_id, "error.type" = kind,
            "exception.message" = %error,
            "a call of the management API failed"
        );
    } else {
        tracing::warn!(
            target: API, call, kind, %error, error_id, "error.type" = kind,
            "exception.message" = %error,
            "a call of the management API failed"
        );
    }
}

/// `claim` is the configured name, `found` a JSON type: nothing of the token.
pub(crate) fn groups_ignored(claim: &str, found: &'static str, is_first: bool) {
    if is_first {
        tracing::warn!(target: AUTH, claim, found, "groups claim has the wrong type");
    } else {
        tracing::debug!(target: AUTH, claim, found, "groups claim has the wrong type");
    }
}

pub(crate) fn refused(error: &AuthError) {
    let reason = error.reason();
    match error.kind() {
        AuthErrorKind::Misconfigured => {
            let cause = std::error::Error::source(error).map(tracing::field::display);
            tracing::error!(
                target: AUTH, reason, cause, "error.type" = reason,
                "authentication is not set up correctly"
            );
        }
        // Needs operator action: the same user's next token is as long.
        AuthErrorKind::TooLarge => {
            let limit = error.configured();
            tracing::info!(
                target: AUTH, reason, limit, "error.type" = reason,
                "access token longer than the limit"
            );
        }
        kind => {
            let claim = error.token_error().and_then(TokenError::claim);
            tracing::debug!(
                target: AUTH,
                outcome = kind.as_str(),
                reason,
                claim,
                configured = error.configured(),
                "error.type" = reason,
                "request refused"
            );
        }
    }
}
