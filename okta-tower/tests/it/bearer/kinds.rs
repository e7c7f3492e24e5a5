//! Tokens of other kinds with valid signatures (RFC 8725 sections 2.8, 3.11, 3.12; RFC 9068; RFC
//! 9449).

use okta_tower::{
    TokenErrorKind::{
        BadClaims, ClientNotAllowed, MissingClaim, NotAnAccessToken, SenderConstrained,
        TypeNotAllowed, WrongAudience,
    },
    TokenType,
};
use serde_json::json;

use super::world::World;

const CLIENT: &str = "0oaTestClient0000001";

#[tokio::test]
async fn id_token_is_rejected_even_if_the_audience_is_its_client() {
    let world = World::with(|okta| okta.audience(CLIENT)).await;
    world
        .accepts(&world.issuer.token().audience(CLIENT).sign())
        .await;
    let id = || world.issuer.id_token();
    let access = world.issuer.token().sign();
    world
        .blames(
            &id().nonce("n-0S6_WzA2Mj").sign(),
            NotAnAccessToken,
            "nonce",
        )
        .await;
    world
        .blames(
            &id().issued_with(&access).sign(),
            NotAnAccessToken,
            "at_hash",
        )
        .await;
    world.blames(&id().sign(), NotAnAccessToken, "jti").await;
    world
        .blames(&id().without("jti").sign(), NotAnAccessToken, "cid")
        .await;
    for hash in ["c_hash", "s_hash"] {
        world
            .blames(&id().claim(hash, "x").sign(), NotAnAccessToken, hash)
            .await;
    }
    // With any other audience the ID token fails the audience check.
    let elsewhere = World::start().await;
    elsewhere
        .rejects(
            &elsewhere
                .issuer
                .id_token()
                .without("jti")
                .claim("cid", "x")
                .sign(),
            WrongAudience,
        )
        .await;
}

#[tokio::test]
async fn logout_token_is_rejected() {
    let world = World::start().await;
    let events = json!({ "http://schemas.openid.net/event/backchannel-logout": {} });
    let logout = world
        .issuer
        .token()
        .claim("events", events)
        .claim("sid", "1");
    world
        .rejects(&logout.clone().typ("logout+jwt").sign(), TypeNotAllowed)
        .await;
    world
        .blames(&logout.sign(), NotAnAccessToken, "events")
        .await;
    world.accepts(&logout.without("events").sign()).await;
}

#[tokio::test]
async fn security_event_token_is_rejected() {
    let world = World::start().await;
    let events =
        json!({ "https://schemas.openid.net/secevent/caep/event-type/session-revoked": {} });
    let event = world
        .issuer
        .token()
        .claim("events", events)
        .claim("txn", "1");
    for typ in [
        "secevent+jwt",
        "application/secevent+jwt",
        "global-token-revocation+jwt",
    ] {
        world
            .rejects(&event.clone().typ(typ).sign(), TypeNotAllowed)
            .await;
    }
    world
        .blames(&event.clone().sign(), NotAnAccessToken, "events")
        .await;
    let bare = event.without("events");
    world
        .blames(
            &bare.clone().claim("toe", 1).sign(),
            NotAnAccessToken,
            "toe",
        )
        .await;
    world.accepts(&bare.sign()).await;
}

#[tokio::test]
async fn custom_claim_named_like_a_mark_is_accepted() {
    let world = World::start().await;
    for (name, custom, mark) in [
        ("events", json!(["created"]), json!({ "created": {} })),
        ("nonce", json!(null), json!("n-0S6_WzA2Mj")),
        ("toe", json!("big"), json!(1_767_268_800)),
        ("at_hash", json!({ "sha": 256 }), json!("x")),
    ] {
        world.accepts(&world.claim(name, custom)).await;
        world
            .blames(&world.claim(name, mark), NotAnAccessToken, name)
            .await;
    }
}

#[tokio::test]
async fn sender_constrained_token_is_rejected() {
    let world = World::start().await;
    world.accepts(&world.issuer.token().sign()).await;
    for cnf in [
        json!({ "jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I" }),
        json!({ "x5t#S256": "x" }),
        json!({}),
        json!("x"),
    ] {
        world
            .blames(&world.claim("cnf", cnf), SenderConstrained, "cnf")
            .await;
    }
}

#[tokio::test]
async fn token_without_client_and_scopes_is_rejected() {
    let world = World::start().await;
    let bare = world.issuer.token().without("cid").without("scp");
    world.blames(&bare.sign(), NotAnAccessToken, "cid").await;
    for (name, value) in [
        ("cid", json!("x")),
        ("client_id", json!("x")),
        ("scp", json!([])),
        ("scope", json!("")),
    ] {
        world.accepts(&bare.clone().claim(name, value).sign()).await;
    }
}

#[tokio::test]
async fn client_that_is_not_allowed_is_rejected() {
    let world = World::with(|okta| okta.allowed_clients([CLIENT, "0oaOther"])).await;
    world.accepts(&world.issuer.token().sign()).await;
    world
        .accepts(&world.issuer.token().client_id("0oaOther").sign())
        .await;
    world
        .rejects(
            &world.issuer.token().client_id("0oaStranger").sign(),
            ClientNotAllowed,
        )
        .await;
    world
        .rejects(
            &world.issuer.token().client_id(CLIENT.to_lowercase()).sign(),
            ClientNotAllowed,
        )
        .await;
    world
        .rejects(
            &world.issuer.token().without("cid").sign(),
            ClientNotAllowed,
        )
        .await;
    let rfc9068 = world.issuer.token().without("cid");
    world
        .accepts(&rfc9068.clone().claim("client_id", CLIENT).sign())
        .await;
    world
        .rejects(
            &rfc9068.claim("client_id", "0oaStranger").sign(),
            ClientNotAllowed,
        )
        .await;
    // If both claims are present, `cid` decides.
    let both = world
        .issuer
        .token()
        .client_id("0oaStranger")
        .claim("client_id", CLIENT);
    world.rejects(&both.sign(), ClientNotAllowed).await;
    let anyone = World::start().await;
    anyone
        .accepts(&anyone.issuer.token().client_id("0oaStranger").sign())
        .await;
}

#[tokio::test]
async fn missing_claim_is_rejected_under_rfc_9068() {
    let world = World::with(|okta| okta.token_type(TokenType::Rfc9068)).await;
    let complete = world
        .issuer
        .token()
        .typ("at+jwt")
        .claim("client_id", CLIENT);
    world.accepts(&complete.sign()).await;
    for claim in ["iss", "exp", "aud", "sub", "client_id", "iat", "jti"] {
        world
            .blames(&complete.clone().without(claim).sign(), MissingClaim, claim)
            .await;
    }
    let minimal = ["ver", "cid", "uid", "scp", "auth_time"];
    let minimal = minimal
        .into_iter()
        .fold(complete.clone(), okta_tower_test::TokenBuilder::without);
    world.accepts(&minimal.sign()).await;
    let scoped = minimal.claim("scope", "reports:read reports:write");
    assert_eq!(world.accepts(&scoped.sign()).await.scopes().len(), 2);
}

#[tokio::test]
async fn service_is_a_caller_without_user_id() {
    let world = World::start().await;
    let service = world
        .accepts(&world.issuer.token().service("0oaRobot").sign())
        .await;
    assert!(service.is_service());
    assert_eq!(
        (service.user_id(), service.client_id(), service.subject()),
        (None, Some("0oaRobot"), "0oaRobot")
    );
    let person = world
        .accepts(&world.issuer.token().user("ada@example.com").sign())
        .await;
    assert!(!person.is_service() && person.user_id().unwrap().starts_with("00u"));
    // An empty ID would be shared by all users.
    world
        .blames(&world.claim("uid", ""), BadClaims, "uid")
        .await;
    let absent = world.accepts(&world.claim("uid", json!(null))).await;
    assert_eq!(absent.user_id(), None);
}
