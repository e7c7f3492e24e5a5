//! The Redis of the sessions: reachable, version, number of keys, expiry, eviction.

use std::ffi::OsString;

use super::failure;
use crate::report::Report;
use okta_tower::explain::Check;

mod connection;

/// Checks the server at a URL, or at the URL in an environment variable of this name.
pub(super) async fn check(
    place: &str,
    variables: &dyn Fn(&str) -> Option<OsString>,
    roots: Option<&str>,
    report: &mut Report,
) {
    let address = match place.contains("://") {
        true => Some(place.to_owned()),
        false => variables(place).and_then(|value| value.into_string().ok()),
    };
    let Some(address) = address.filter(|address| !address.trim().is_empty()) else {
        let remedy = "give a URL such as redis://localhost:6379, or the name of a variable with it";
        report.add(failure(Check::SessionStore, "--redis names no URL", remedy));
        return;
    };
    let address = address.trim();
    report.hide(address);
    connection::check(address, roots, report).await;
}
