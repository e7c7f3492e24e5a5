//! Neither responses nor logs contain anything of the token, the caller or the rules.

use http::{
    Request,
    header::{AUTHORIZATION, CONTENT_TYPE},
};
use okta_tower::{Require, RouteRules, auth::Problem};
use tower::{Layer, service_fn};

use super::world::{World, ask, who};
use crate::world::log::Log;

#[tokio::test]
async fn rejection_reveals_no_token_claim_or_rule() {
    let world = World::start().await;
    let log = Log::capture();
    let table = RouteRules::new()
        .at("/", Require::authenticated())
        .at(
            "/group",
            Require::any_group(["secret-tellers", "secret-auditors"]),
        )
        .at("/claim", Require::claim("secret-site", "secret-berlin"))
        .at("/client", Require::client_id("secret-client"))
        .at("/scope", Require::scope("named:scope"))
        .build()
        .unwrap();
    let layer = world.okta.layer().rules(table).responder(Problem::new());
    let service = layer.layer(service_fn(who));

    let caller = || {
        world
            .token()
            .groups(["secret-held-group"])
            .claim("jti", "secret-jti")
    };
    let tokens = [
        caller().sign(),
        caller().expires_in(-61).sign(),
        caller().key(world.issuer.forged_key()).sign(),
        caller().header("kid", "secret-kid").sign(),
        caller().audience("secret-audience").sign(),
        caller().unsigned(),
        "secret.secret".to_owned(),
        "secret secret".to_owned(),
    ];
    let mut refused = 0;
    for token in &tokens {
        for path in ["/", "/group", "/claim", "/client", "/scope", "/secret-path"] {
            for content_type in ["text/plain", "application/grpc"] {
                let request = Request::post(path)
                    .header(CONTENT_TYPE, content_type)
                    .header(AUTHORIZATION, format!("Bearer {token}"));
                let answer = ask(&service, request).await;
                let Some(error) = answer.error.clone() else {
                    assert_eq!((path, token), ("/", &tokens[0]));
                    continue;
                };
                refused += 1;
                let seen = format!("{} {error} {error:?}", answer.visible());
                let parts = token.split(['.', ' ']).filter(|part| part.len() > 8);
                let kid = world.issuer.active_key();
                for secret in
                    parts.chain(["secret", "ada@example.com", kid.kid(), world.issuer.url()])
                {
                    assert!(!seen.contains(secret), "{secret} in {seen}");
                    // An unknown key causes a fetch, whose event lists the public key IDs.
                    let text = log.text();
                    let mut events = text.lines().filter(|line| !line.contains("keys refreshed"));
                    assert!(
                        !events.any(|line| line.contains(secret)),
                        "{secret} in {text}"
                    );
                }
            }
        }
    }
    assert_eq!(refused, tokens.len() * 12 - 2);
    assert_eq!(
        log.count("DEBUG okta_tower::auth", "request refused"),
        refused
    );
}

#[tokio::test]
async fn layer_debug_shows_no_key_and_no_issuer() {
    let world = World::start().await;
    let layer = world.okta.layer().realm("bank");
    let text = format!("{layer:?}");
    assert!(text.contains("bank"), "{text}");
    let kid = world.issuer.active_key();
    assert!(
        !text.contains(kid.kid()) && !text.contains(world.issuer.url()),
        "{text}"
    );
}
