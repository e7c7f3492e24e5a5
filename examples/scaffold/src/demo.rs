//! Tokens of the built-in test issuer, ready to sign or to change first. Valid for an hour.

use okta_tower_test::{Issuer, TokenBuilder};

use crate::{Greeting, Listeners};

/// The lifetime of these tokens in seconds, which is Okta's default.
pub const LIFETIME: i64 = 3600;

/// The client that users' tokens are issued to.
const BROWSER: &str = "0oaExampleBrowser";

/// Returns a token of the group `admin` with the scope `reports:read`.
pub fn admin(issuer: &Issuer) -> TokenBuilder {
    user(issuer, "admin", &["Everyone", "admin"]).scopes(["openid", "reports:read"])
}

/// Returns a token of the group `viewer`.
pub fn viewer(issuer: &Issuer) -> TokenBuilder {
    user(issuer, "viewer", &["Everyone", "viewer"])
}

/// Returns a token of a user who is only in the group `Everyone`.
pub fn nobody(issuer: &Issuer) -> TokenBuilder {
    user(issuer, "nobody", &["Everyone"])
}

/// Returns a token of a service, without a user, with the scope `reports:read`.
pub fn service(issuer: &Issuer, client_id: &str) -> TokenBuilder {
    issuer
        .token()
        .service(client_id)
        .scopes(["reports:read"])
        .expires_in(LIFETIME)
}

/// Returns the viewer's token, expired an hour ago.
pub fn expired(issuer: &Issuer) -> TokenBuilder {
    viewer(issuer).expires_in(-LIFETIME)
}

/// Adds requests to paste, for an example with `/api/me`, `/api/admin` and `/api/reports`.
///
/// The tokens are issued to clients whose IDs begin with `client`.
pub fn requests(
    greeting: Greeting,
    issuer: &Issuer,
    listeners: &Listeners,
    client: &str,
) -> Greeting {
    let users = [admin(issuer), viewer(issuer), expired(issuer)];
    let [admin, viewer, expired] =
        users.map(|token| token.client_id(format!("{client}Browser")).sign());
    let service = service(issuer, &format!("{client}Service")).sign();
    let requests = [
        (
            200,
            "admin: any valid token may ask who it is",
            "/api/me",
            &admin,
        ),
        (200, "admin: is in the group admin", "/api/admin", &admin),
        (
            200,
            "admin: was granted the scope reports:read",
            "/api/reports",
            &admin,
        ),
        (
            200,
            "viewer: any valid token may ask who it is",
            "/api/me",
            &viewer,
        ),
        (
            403,
            "viewer: is not in the group admin",
            "/api/admin",
            &viewer,
        ),
        (
            403,
            "viewer: was not granted the scope reports:read",
            "/api/reports",
            &viewer,
        ),
        (
            200,
            "service: no person, and was granted the scope reports:read",
            "/api/reports",
            &service,
        ),
        (
            401,
            "expired: the viewer's, an hour too late",
            "/api/me",
            &expired,
        ),
    ];
    let greeting = greeting.attempts("curl", "without a token the response is 401");
    (requests.into_iter()).fold(greeting, |greeting, (status, why, path, token)| {
        greeting.attempt(status, why, &listeners.curl(path, token))
    })
}

fn user(issuer: &Issuer, name: &str, groups: &[&str]) -> TokenBuilder {
    let token = issuer.token().user(format!("{name}@example.com"));
    token
        .client_id(BROWSER)
        .groups(groups.iter().copied())
        .scopes(["openid"])
        .expires_in(LIFETIME)
}
