//! The cookie of the issuer's own sessions.

use http::{HeaderMap, header};

/// Returns the name of the cookie, which contains the port: browsers share cookies between ports.
fn name(origin: &str) -> String {
    let port = origin.rsplit(':').next().unwrap_or_default();
    format!("okta_tower_test_{port}")
}

pub(crate) fn set(origin: &str, path: &str, id: &str) -> String {
    // Not `Secure`, because this issuer uses plain HTTP.
    format!("{}={id}; Path={path}; HttpOnly; SameSite=Lax", name(origin))
}

pub(crate) fn remove(origin: &str, path: &str) -> String {
    format!("{}; Max-Age=0", set(origin, path, ""))
}

/// Returns the value of this issuer's cookie.
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
