//! No cache may keep a rejection: the next request may come with other credentials.

use http::{HeaderMap, HeaderName, HeaderValue, header::CACHE_CONTROL};

pub(super) const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// Fields that caches of content delivery networks heed before `Cache-Control` (RFC 9213).
pub(crate) const FOR_SOME_CACHES: [HeaderName; 6] = [
    HeaderName::from_static("cdn-cache-control"),
    HeaderName::from_static("surrogate-control"),
    HeaderName::from_static("akamai-cache-control"),
    HeaderName::from_static("cloudflare-cdn-cache-control"),
    HeaderName::from_static("netlify-cdn-cache-control"),
    HeaderName::from_static("vercel-cdn-cache-control"),
];

/// Forbids every cache to keep the response.
pub(super) fn forbid(headers: &mut HeaderMap) {
    headers.insert(CACHE_CONTROL, NO_STORE);
    for name in FOR_SOME_CACHES {
        headers.remove(name);
    }
}
