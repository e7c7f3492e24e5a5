//! Only compact JWS is accepted (RFC 7515 section 7.1, RFC 8725 sections 2.4, 3.7).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use okta_tower::TokenErrorKind::{BadEncoding, BadSignature, Encrypted, NotCompact, TooLarge};

use super::world::World;

#[tokio::test]
async fn token_without_three_parts_is_rejected() {
    let world = World::start().await;
    let token = world.issuer.token().sign();
    world.accepts(&token).await;
    let [head, payload, signature] = parts(&token);
    for bad in [
        String::new(),
        "..".to_owned(),
        format!("{head}.{payload}"),
        format!("{head}.{payload}."),
        format!(".{payload}.{signature}"),
        format!("{head}..{signature}"),
        format!("{token}."),
        format!(".{token}"),
        format!("{token}.{signature}"),
        format!("{token}...."),
    ] {
        world.rejects(&bad, NotCompact).await;
    }
}

#[tokio::test]
async fn encrypted_token_is_rejected() {
    let world = World::start().await;
    let token = world.issuer.token().sign();
    world.accepts(&token).await;
    world
        .rejects(&format!("{token}.YWJj.YWJj"), Encrypted)
        .await;
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"dir","enc":"A256GCM"}"#);
    world
        .rejects(&format!("{header}..YWJj.YWJj.YWJj"), Encrypted)
        .await;
    world
        .rejects(&format!("{header}.YWJj.YWJj.YWJj"), NotCompact)
        .await;
}

#[tokio::test]
async fn json_serializations_are_rejected() {
    let world = World::start().await;
    let token = world.issuer.token().sign();
    world.accepts(&token).await;
    let [head, payload, signature] = parts(&token);
    let flat =
        format!(r#"{{"payload":"{payload}","protected":"{head}","signature":"{signature}"}}"#);
    let signatures = format!(r#"[{{"protected":"{head}","signature":"{signature}"}}]"#);
    let general = format!(r#"{{"payload":"{payload}","signatures":{signatures}}}"#);
    world.rejects(&flat, NotCompact).await;
    world.rejects(&general, NotCompact).await;
    // With the right number of dots, the parts are not base64url.
    world
        .rejects(&format!("{{\"a\":\"{token}\"}}"), BadEncoding)
        .await;
}

#[tokio::test]
async fn noncanonical_base64url_is_rejected() {
    let world = World::start().await;
    let token = world.issuer.token().sign();
    world.accepts(&token).await;
    let parts = parts(&token);
    for index in 0..3 {
        let part = parts[index];
        for bad in [
            format!("{part}="),
            format!("{part}=="),
            format!(" {part}"),
            format!("{part} "),
            format!("{part}\r\n"),
            format!("{part}\u{0}"),
            format!("+{}", &part[1..]),
            format!("/{}", &part[1..]),
            format!("ä{}", &part[2..]),
        ] {
            let mut spelt = parts;
            spelt[index] = &bad;
            world.rejects(&spelt.join("."), BadEncoding).await;
        }
    }
    // In an RSA signature of 256 bytes, four bits of the last letter are unused.
    let (rest, last) = token.split_at(token.len() - 1);
    let others = ["A", "Q", "g", "w"]
        .into_iter()
        .filter(|letter| *letter != last);
    for letter in others {
        world
            .rejects(&format!("{rest}{letter}"), BadSignature)
            .await;
    }
    for letter in ["B", "P", "R", "f", "h", "v", "x", "_"] {
        world.rejects(&format!("{rest}{letter}"), BadEncoding).await;
    }
}

#[tokio::test]
async fn token_over_the_configured_size_is_rejected() {
    let world = World::with(|okta| okta.max_token_bytes(2048)).await;
    let sized = |payload: usize| world.claim("pad", "x".repeat(payload));
    let small = sized(10);
    // Four letters encode three bytes.
    let room = (2048 - small.len()) / 4 * 3;
    let fits = (0..8)
        .map(|less| sized(10 + room - less))
        .find(|token| token.len() <= 2048);
    world.accepts(&fits.unwrap()).await;
    let over = sized(10 + room + 8);
    assert!(over.len() > 2048 && over.len() < 2064);
    world.rejects(&over, TooLarge).await;
    world.rejects(&".".repeat(1 << 20), TooLarge).await;
}

#[tokio::test]
async fn token_over_sixteen_kibibytes_is_rejected_by_default() {
    let world = World::start().await;
    let groups = |count: usize| (0..count).map(|n| format!("a group with number {n:04}"));
    let token = world.issuer.token().groups(groups(350)).sign();
    assert!(token.len() > 12 * 1024 && token.len() < 16 * 1024);
    assert_eq!(world.accepts(&token).await.groups().len(), 350);
    let token = world.issuer.token().groups(groups(500)).sign();
    world.rejects(&token, TooLarge).await;
}

fn parts(token: &str) -> [&str; 3] {
    let parts: Vec<&str> = token.split('.').collect();
    parts.try_into().unwrap()
}
