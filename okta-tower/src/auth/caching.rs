//! No cache may keep a rejection: the next request may come with other credentials.

use http::{HeaderMap, HeaderValue, header::CACHE_CONTROL};

pub(super) const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// Fields that caches of content delivery networks heed before `Cache-Control` (RFC 9213).
const TARGETED: [&str; 6] = [
    "cdn-cache-control",
    "surrogate-control",
    "akamai-cache-control",
    "cloudflare-cdn-cache-control",
    "netlify-cdn-cache-control",
    "vercel-cdn-cache-control",
];

/// Forbids every cache to keep the response.
pub(super) fn forbid(headers: &mut HeaderMap) {
    headers.insert(CACHE_CONTROL, NO_STORE);
    remove_targeted(headers);
}

/// Removes the fields that outweigh `Cache-Control`.
pub(crate) fn remove_targeted(headers: &mut HeaderMap) {
    // Most responses have few fields, and none of these.
    if headers.keys().any(|name| TARGETED.contains(&name.as_str())) {
        for name in TARGETED {
            headers.remove(name);
        }
    }
}
