//! The JOSE header (RFC 8725 sections 3.1, 3.2, 3.10, 3.11; RFC 7515 section 4).

use okta_tower::{
    Algorithm,
    TokenErrorKind::{BadHeader, BadSignature, Critical, MissingKeyId, TypeNotAllowed, UnknownKey},
    TokenType,
};
use okta_tower_test::Key;
use serde_json::{Value, json};

use super::world::{World, members};

#[tokio::test]
async fn kid_is_required_bounded_and_a_string() {
    let world = World::start().await;
    world.accepts(&world.issuer.token().sign()).await;
    let with = |value: Value| world.issuer.token().header("kid", value).sign();
    world
        .refuses(
            &world.issuer.token().without_header("kid").sign(),
            MissingKeyId,
        )
        .await;
    world.refuses(&with("".into()), MissingKeyId).await;
    world
        .refuses(&with("k".repeat(257).into()), MissingKeyId)
        .await;
    world
        .refuses(&with("k".repeat(256).into()), UnknownKey)
        .await;
    for value in [json!(1), json!(null), json!(["k"]), json!({}), json!(true)] {
        world.refuses(&with(value), BadHeader).await;
    }
}

#[tokio::test]
async fn kid_is_looked_up_and_nothing_else() {
    let world = World::start().await;
    let kid = world.issuer.active_key().kid().to_owned();
    for other in [
        format!("{kid} "),
        kid.to_uppercase(),
        kid[1..].to_owned(),
        "../../../dev/null".to_owned(),
        "' OR 1=1 --".to_owned(),
        "https://attacker.example/keys".to_owned(),
        "*".to_owned(),
        "\u{0}".to_owned(),
    ] {
        world
            .refuses(
                &world.issuer.token().header("kid", other).sign(),
                UnknownKey,
            )
            .await;
    }
    // The name of another key of the set: genuine, and not that key's.
    let next = world.issuer.next_key().kid().to_owned();
    world
        .refuses(
            &world.issuer.token().header("kid", next).sign(),
            BadSignature,
        )
        .await;
    world
        .accepts(&world.issuer.token().key(world.issuer.next_key()).sign())
        .await;
}

#[tokio::test]
async fn keys_in_and_beside_the_token_are_never_used() {
    let world = World::start().await;
    let attacker = Key::generate(Algorithm::Rs256).with_kid(world.issuer.active_key().kid());
    let url = "http://127.0.0.1:9/keys";
    for (name, value) in [
        ("jwk", attacker.to_jwk()),
        ("jku", json!(url)),
        ("x5u", json!(url)),
        ("x5c", json!(["MIIBIjANBgkq"])),
        ("x5t", json!("abc")),
    ] {
        let token = world.issuer.token().header(name, value);
        let forged = token.clone().key(attacker.clone()).sign();
        world.refuses(&forged, BadSignature).await;
        // Ignored, as RFC 7515 section 4.1 has it: the genuine signature still counts.
        world.accepts(&token.sign()).await;
    }
}

#[tokio::test]
async fn extensions_that_must_be_understood_are_refused() {
    let world = World::start().await;
    for (name, value) in [
        ("crit", json!(["exp"])),
        ("crit", json!(["b64"])),
        ("crit", json!([])),
        ("crit", json!(null)),
        ("b64", json!(false)),
        ("b64", json!(true)),
        ("zip", json!("DEF")),
    ] {
        world
            .refuses(&world.issuer.token().header(name, value).sign(), Critical)
            .await;
    }
    world
        .accepts(
            &world
                .issuer
                .token()
                .header("exp", 1)
                .header("cty", "JWT")
                .sign(),
        )
        .await;
}

#[tokio::test]
async fn an_unencoded_payload_is_refused() {
    let world = World::start().await;
    let token = world
        .issuer
        .token()
        .header("b64", false)
        .header("crit", json!(["b64"]));
    // RFC 7797: the payload stands in the token as it is, with no dot in it.
    let claims = token.claims_json().replace('.', "");
    let encoded = token.sign();
    let (head, rest) = encoded.split_once('.').unwrap();
    let (_, signature) = rest.split_once('.').unwrap();
    let raw = format!("{head}.{claims}.{signature}");
    world
        .refuses(&raw, okta_tower::TokenErrorKind::BadEncoding)
        .await;
    world.refuses(&encoded, Critical).await;
}

#[tokio::test]
async fn typ_absent_jwt_and_at_jwt_are_accepted_by_default() {
    let world = World::start().await;
    world.accepts(&world.issuer.token().sign()).await;
    for typ in [
        "JWT",
        "jwt",
        "at+jwt",
        "AT+JWT",
        "application/at+jwt",
        "Application/AT+jwt",
    ] {
        world.accepts(&world.issuer.token().typ(typ).sign()).await;
    }
    for typ in FOREIGN {
        world
            .refuses(&world.issuer.token().typ(typ).sign(), TypeNotAllowed)
            .await;
    }
    for value in [json!(1), json!(null), json!(["JWT"])] {
        world
            .refuses(&world.issuer.token().header("typ", value).sign(), BadHeader)
            .await;
    }
}

#[tokio::test]
async fn typ_must_be_at_jwt_where_rfc_9068_is_asked_for() {
    let world = World::with(|okta| okta.token_type(TokenType::Rfc9068)).await;
    let token = world
        .issuer
        .token()
        .claim("client_id", "0oaTestClient0000001");
    for typ in ["at+jwt", "AT+JWT", "application/at+jwt"] {
        world.accepts(&token.clone().typ(typ).sign()).await;
    }
    world.refuses(&token.sign(), TypeNotAllowed).await;
    for typ in FOREIGN.into_iter().chain(["JWT", "application/jwt"]) {
        world
            .refuses(&token.clone().typ(typ).sign(), TypeNotAllowed)
            .await;
    }
}

/// Types of tokens that are no access tokens, and near misses.
const FOREIGN: [&str; 13] = [
    "",
    "at",
    "at+jwt ",
    "application/",
    "application/application/at+jwt",
    "dpop+jwt",
    "logout+jwt",
    "secevent+jwt",
    "global-token-revocation+jwt",
    "application/okta-internal-at+jwt",
    "okta-internal-at+jwt",
    "JOSE",
    "id_token",
];

#[tokio::test]
async fn members_of_the_header_stand_once_at_every_level() {
    let world = World::start().await;
    world
        .accepts(&world.header_text(r#""x":{"a":1,"b":[{"a":1}]}"#))
        .await;
    for text in [
        r#""alg":"RS256""#,
        r#""alg":"none""#,
        r#""\u0061lg":"none""#,
        r#""k\u0069d":"other""#,
        r#""x":1,"x":1"#,
        r#""x":{"a":1,"a":1}"#,
        r#""x":[{"a":1,"\u0061":1}]"#,
    ] {
        world.refuses(&world.header_text(text), BadHeader).await;
    }
}

#[tokio::test]
async fn the_header_is_bounded_in_depth_and_members() {
    let world = World::start().await;
    let nest = |depth: usize| format!(r#""x":{}1{}"#, "[".repeat(depth), "]".repeat(depth));
    world.accepts(&world.header_text(&nest(15))).await;
    world
        .refuses(&world.header_text(&nest(16)), BadHeader)
        .await;
    world
        .refuses(&world.header_text(&nest(4000)), BadHeader)
        .await;
    world.accepts(&world.header_text(&members(30))).await;
    world
        .refuses(&world.header_text(&members(31)), BadHeader)
        .await;
}

#[tokio::test]
async fn the_header_is_one_object_in_utf8_without_a_mark() {
    let world = World::start().await;
    let token = world.issuer.token();
    let (header, claims) = (token.header_json(), token.claims_json());
    world
        .accepts(&token.sign_raw(&format!(" {header}\n"), &claims))
        .await;
    for bad in [
        format!("\u{feff}{header}"),
        format!("[{header}]"),
        format!("{header}{header}"),
        format!("{header}x"),
        header.replace('"', "'"),
        "null".to_owned(),
        "{".to_owned(),
    ] {
        world
            .refuses(&token.sign_raw(&bad, &claims), BadHeader)
            .await;
    }
}
