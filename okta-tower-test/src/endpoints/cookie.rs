//! The cookie of the issuer's own sessions.

use http::{HeaderMap, header};

/// The name of the cookie. Browsers do not tell ports apart where cookies are concerned, so the name does.
fn name(origin: &str) -> String {
    let port = origin.rsplit(':').next().unwrap_or_default();
    format!("okta_tower_test_{port}")
}

pub(crate) fn set(origin: &str, path: &str, id: &str) -> String {
    // Not `Secure`: this issuer speaks plain http.
    format!("{}={id}; Path={path}; HttpOnly; SameSite=Lax", name(origin))
}

pub(crate) fn remove(origin: &str, path: &str) -> String {
    format!("{}; Max-Age=0", set(origin, path, ""))
}

/// What the cookie of this issuer holds.
pub(crate) fn value(origin: &str, headers: &HeaderMap) -> Option<String> {
    let name = name(origin);
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(given, _)| *given == name)
        .map(|(_, value)| value.to_owned())
}
