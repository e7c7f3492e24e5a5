//! Compact JWS and nothing else (RFC 7515 section 7.1, RFC 8725 sections 2.4, 3.7).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use okta_tower::TokenErrorKind::{BadEncoding, BadSignature, Encrypted, NotCompact, TooLarge};

use super::world::World;

#[tokio::test]
async fn a_token_has_exactly_three_parts() {
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
        world.refuses(&bad, NotCompact).await;
    }
}

#[tokio::test]
async fn five_parts_are_an_encrypted_token_and_refused_as_such() {
    let world = World::start().await;
    let token = world.issuer.token().sign();
    world.accepts(&token).await;
    world
        .refuses(&format!("{token}.YWJj.YWJj"), Encrypted)
        .await;
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"dir","enc":"A256GCM"}"#);
    world
        .refuses(&format!("{header}..YWJj.YWJj.YWJj"), Encrypted)
        .await;
    world
        .refuses(&format!("{header}.YWJj.YWJj.YWJj"), NotCompact)
        .await;
}

#[tokio::test]
async fn the_json_serialisations_are_refused() {
    let world = World::start().await;
    let token = world.issuer.token().sign();
    world.accepts(&token).await;
    let [head, payload, signature] = parts(&token);
    let flat =
        format!(r#"{{"payload":"{payload}","protected":"{head}","signature":"{signature}"}}"#);
    let general = format!(
        r#"{{"payload":"{payload}","signatures":[{{"protected":"{head}","signature":"{signature}"}}]}}"#
    );
    world.refuses(&flat, NotCompact).await;
    world.refuses(&general, NotCompact).await;
    // With dots in the right number they are not base64url.
    world
        .refuses(&format!("{{\"a\":\"{token}\"}}"), BadEncoding)
        .await;
}

#[tokio::test]
async fn base64url_has_one_spelling() {
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
            world.refuses(&spelt.join("."), BadEncoding).await;
        }
    }
    // An RSA signature of 256 bytes leaves four bits of its last letter unused.
    let (rest, last) = token.split_at(token.len() - 1);
    let others = ["A", "Q", "g", "w"]
        .into_iter()
        .filter(|letter| *letter != last);
    for letter in others {
        world
            .refuses(&format!("{rest}{letter}"), BadSignature)
            .await;
    }
    for letter in ["B", "P", "R", "f", "h", "v", "x", "_"] {
        world.refuses(&format!("{rest}{letter}"), BadEncoding).await;
    }
}

#[tokio::test]
async fn the_length_of_a_token_is_bounded() {
    let world = World::with(|okta| okta.max_token_bytes(2048)).await;
    let sized = |payload: usize| world.claim("pad", "x".repeat(payload));
    let small = sized(10);
    // Four letters carry three bytes.
    let room = (2048 - small.len()) / 4 * 3;
    let fits = (0..8)
        .map(|less| sized(10 + room - less))
        .find(|token| token.len() <= 2048);
    world.accepts(&fits.unwrap()).await;
    let over = sized(10 + room + 8);
    assert!(over.len() > 2048 && over.len() < 2064);
    world.refuses(&over, TooLarge).await;
    world.refuses(&".".repeat(1 << 20), TooLarge).await;
}

#[tokio::test]
async fn by_default_sixteen_kibibytes_are_enough() {
    let world = World::start().await;
    let groups = |count: usize| (0..count).map(|n| format!("a group with number {n:04}"));
    let token = world.issuer.token().groups(groups(350)).sign();
    assert!(token.len() > 12 * 1024 && token.len() < 16 * 1024);
    assert_eq!(world.accepts(&token).await.groups().len(), 350);
    let token = world.issuer.token().groups(groups(500)).sign();
    world.refuses(&token, TooLarge).await;
}

fn parts(token: &str) -> [&str; 3] {
    let parts: Vec<&str> = token.split('.').collect();
    parts.try_into().unwrap()
}
