//! What is printed at the start: where everything is, and requests to try.

use okta_tower_test::Issuer;
use scaffold::{Greeting, Listeners, demo, shell_word};

/// For an issuer that is not ours: tokens must come from there.
pub(crate) fn without_tokens(greeting: Greeting, listeners: &Listeners) -> Greeting {
    let [me, ready] = ["/api/me", "/health/ready"]
        .map(|path| shell_word(&format!("{}{path}", listeners.url_from_here())));
    greeting
        .line(&format!(
            "With a token of that issuer:  curl {me} -H \"Authorization: Bearer $TOKEN\""
        ))
        .line(&format!("Whether its keys are loaded:  curl {ready}"))
}

/// For the stand-in: tokens of everyone there is, in requests that can be pasted.
pub(crate) fn with_tokens(greeting: Greeting, issuer: &Issuer, listeners: &Listeners) -> Greeting {
    let [admin, viewer, expired] = [
        demo::admin(issuer),
        demo::viewer(issuer),
        demo::expired(issuer),
    ]
    .map(|token| token.client_id("0oaQuickstartBrowser").sign());
    let service = demo::service(issuer, "0oaQuickstartService").sign();

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
