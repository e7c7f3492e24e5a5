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
async fn missing_long_or_mistyped_kid_is_rejected() {
    let world = World::start().await;
    world.accepts(&world.issuer.token().sign()).await;
    let with = |value: Value| world.issuer.token().header("kid", value).sign();
    world
        .rejects(
            &world.issuer.token().without_header("kid").sign(),
            MissingKeyId,
        )
        .await;
    world.rejects(&with("".into()), MissingKeyId).await;
    world
        .rejects(&with("k".repeat(257).into()), MissingKeyId)
        .await;
    world
        .rejects(&with("k".repeat(256).into()), UnknownKey)
        .await;
    for value in [json!(1), json!(null), json!(["k"]), json!({}), json!(true)] {
        world.rejects(&with(value), BadHeader).await;
    }
}

#[tokio::test]
async fn unknown_kid_is_rejected_whatever_it_contains() {
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
            .rejects(
                &world.issuer.token().header("kid", other).sign(),
                UnknownKey,
            )
            .await;
    }
    // The `kid` of another key in the set, which did not sign the token.
    let next = world.issuer.next_key().kid().to_owned();
    world
        .rejects(
            &world.issuer.token().header("kid", next).sign(),
            BadSignature,
        )
        .await;
    world
        .accepts(&world.issuer.token().key(world.issuer.next_key()).sign())
        .await;
}

#[tokio::test]
async fn keys_in_the_token_header_are_never_used() {
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
        world.rejects(&forged, BadSignature).await;
        // RFC 7515 section 4.1: unknown members are ignored, and the valid signature decides.
        world.accepts(&token.sign()).await;
    }
}

#[tokio::test]
async fn critical_header_extensions_are_rejected() {
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
            .rejects(&world.issuer.token().header(name, value).sign(), Critical)
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
async fn unencoded_payload_is_rejected() {
    let world = World::start().await;
    let token = world
        .issuer
        .token()
        .header("b64", false)
        .header("crit", json!(["b64"]));
    // RFC 7797: the payload is in the token unencoded, without a dot.
    let claims = token.claims_json().replace('.', "");
    let encoded = token.sign();
    let (head, rest) = encoded.split_once('.').unwrap();
    let (_, signature) = rest.split_once('.').unwrap();
    let raw = format!("{head}.{claims}.{signature}");
    world
        .rejects(&raw, okta_tower::TokenErrorKind::BadEncoding)
        .await;
    world.rejects(&encoded, Critical).await;
}

#[tokio::test]
async fn foreign_typ_is_rejected_by_default() {
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
            .rejects(&world.issuer.token().typ(typ).sign(), TypeNotAllowed)
            .await;
    }
    for value in [json!(1), json!(null), json!(["JWT"])] {
        world
            .rejects(&world.issuer.token().header("typ", value).sign(), BadHeader)
            .await;
    }
}

#[tokio::test]
async fn typ_other_than_at_jwt_is_rejected_under_rfc_9068() {
    let world = World::with(|okta| okta.token_type(TokenType::Rfc9068)).await;
    let token = world
        .issuer
        .token()
        .claim("client_id", "0oaTestClient0000001");
    for typ in ["at+jwt", "AT+JWT", "application/at+jwt"] {
        world.accepts(&token.clone().typ(typ).sign()).await;
    }
    world.rejects(&token.sign(), TypeNotAllowed).await;
    for typ in FOREIGN.into_iter().chain(["JWT", "application/jwt"]) {
        world
            .rejects(&token.clone().typ(typ).sign(), TypeNotAllowed)
            .await;
    }
}

/// Types of other tokens, and near misses.
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
async fn header_with_duplicate_members_is_rejected() {
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
        world.rejects(&world.header_text(text), BadHeader).await;
    }
}

#[tokio::test]
async fn header_beyond_depth_or_member_limit_is_rejected() {
    let world = World::start().await;
    let nest = |depth: usize| format!(r#""x":{}1{}"#, "[".repeat(depth), "]".repeat(depth));
    world.accepts(&world.header_text(&nest(15))).await;
    world
        .rejects(&world.header_text(&nest(16)), BadHeader)
        .await;
    world
        .rejects(&world.header_text(&nest(4000)), BadHeader)
        .await;
    world.accepts(&world.header_text(&members(30))).await;
    world
        .rejects(&world.header_text(&members(31)), BadHeader)
        .await;
}

#[tokio::test]
async fn header_other_than_one_utf8_object_is_rejected() {
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
            .rejects(&token.sign_raw(&bad, &claims), BadHeader)
            .await;
    }
}
