//! The first failure of an explanation is the reason of the verification, whatever is wrong.

use okta_tower_test::TokenBuilder;
use serde_json::json;

use super::world::{World, assert_hides};

type Change = fn(TokenBuilder, &World) -> TokenBuilder;

/// Faults that can be combined.
const FAULTS: [Change; 16] = [
    |token, _| token.audience("api://other"),
    |token, _| token.issuer_claim("https://login.example.com/oauth2/default"),
    |token, _| token.expires_in(-3600),
    |token, _| token.not_before_in(3600),
    |token, _| token.issued_ago(-3600),
    |token, _| token.claim("cnf", json!({ "jkt": "x" })),
    |token, _| token.claim("nonce", "n"),
    |token, _| token.without("cid").without("scp"),
    |token, _| token.without("sub"),
    |token, _| token.without("exp"),
    |token, _| token.claim("uid", ""),
    |token, _| token.claim("auth_time", "soon"),
    |token, _| token.typ("logout+jwt"),
    |token, _| token.header("alg", "none"),
    |token, _| token.header("crit", json!(["exp"])),
    |token, world| token.key(world.issuer.forged_key()),
];

async fn assert_agrees(world: &World, token: &str) {
    let reported = world.okta.verify(token).await.err();
    let reported = reported.map(|error| error.reason());
    let explanation = world.okta.explain(token).await;
    assert_eq!(explanation.reason(), reported, "{explanation}\n{token}");
    assert_hides(&explanation, token);
}

#[tokio::test]
async fn two_faults_have_the_reason_of_the_verification() {
    let world = World::with(|okta| okta.allowed_clients(["0oaTestClient0000001"])).await;
    assert_agrees(&world, &world.token().sign()).await;
    for (index, first) in FAULTS.iter().enumerate() {
        for second in &FAULTS[index..] {
            let token = second(first(world.token(), &world), &world);
            assert_agrees(&world, &token.sign()).await;
        }
    }
}

#[tokio::test]
async fn damaged_token_has_the_reason_of_the_verification() {
    let world = World::start().await;
    let token = world.token().groups(["admin"]).sign();
    for place in (0..token.len()).step_by(3) {
        for character in ["A", ".", " ", "=", "é"] {
            let mut damaged = token.clone();
            damaged.replace_range(place..=place, character);
            assert_agrees(&world, &damaged).await;
        }
        assert_agrees(&world, &token[..place]).await;
        assert_agrees(&world, &token[place..]).await;
    }
}
