//! Tokens of everyone there is at the stand-in, to be signed as they are or changed first. They are good for an hour.

use okta_tower_test::{Issuer, TokenBuilder};

use crate::{Greeting, Listeners};

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

/// Requests that can be pasted, for an example with `/api/me`, `/api/admin` and `/api/reports`. The tokens are issued to
/// clients whose ids begin like this.
pub fn requests(
    greeting: Greeting,
    issuer: &Issuer,
    listeners: &Listeners,
    client: &str,
) -> Greeting {
    let people = [admin(issuer), viewer(issuer), expired(issuer)];
    let [admin, viewer, expired] =
        people.map(|token| token.client_id(format!("{client}Browser")).sign());
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
    let greeting = greeting.attempts("curl", "without one it is 401");
    (requests.into_iter()).fold(greeting, |greeting, (status, why, path, token)| {
        greeting.attempt(status, why, &listeners.curl(path, token))
    })
}

fn person(issuer: &Issuer, name: &str, groups: &[&str]) -> TokenBuilder {
    let token = issuer.token().user(format!("{name}@example.com"));
    token
        .client_id(BROWSER)
        .groups(groups.iter().copied())
        .scopes(["openid"])
        .expires_in(LIFETIME)
}
