//! Tokens of everyone there is at the stand-in, to be signed as they are or changed first. They are good for an hour.

use okta_tower_test::{Issuer, TokenBuilder};

/// How long these tokens are good, in seconds: as long as Okta's own are by default.
pub const LIFETIME: i64 = 3600;

/// The client that people's tokens are issued to.
const BROWSER: &str = "0oaExampleBrowser";

/// Of the group `admin`, with the scope `reports:read`.
pub fn admin(issuer: &Issuer) -> TokenBuilder {
    person(issuer, "admin", &["Everyone", "admin"]).scopes(["openid", "reports:read"])
}

/// Of the group `viewer`.
pub fn viewer(issuer: &Issuer) -> TokenBuilder {
    person(issuer, "viewer", &["Everyone", "viewer"])
}

/// Of no group but everyone's.
pub fn nobody(issuer: &Issuer) -> TokenBuilder {
    person(issuer, "nobody", &["Everyone"])
}

/// No person, with the scope `reports:read`.
pub fn service(issuer: &Issuer, client_id: &str) -> TokenBuilder {
    issuer
        .token()
        .service(client_id)
        .scopes(["reports:read"])
        .expires_in(LIFETIME)
}

/// The viewer's, an hour too late.
pub fn expired(issuer: &Issuer) -> TokenBuilder {
    viewer(issuer).expires_in(-LIFETIME)
}

fn person(issuer: &Issuer, name: &str, groups: &[&str]) -> TokenBuilder {
    let token = issuer.token().user(format!("{name}@example.com"));
    token
        .client_id(BROWSER)
        .groups(groups.iter().copied())
        .scopes(["openid"])
        .expires_in(LIFETIME)
}
