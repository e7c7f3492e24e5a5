//! What an explanation shows of a token, and what it never shows.

use okta_tower::explain::Outcome;
use serde_json::{Value, json};

use super::world::{World, assert_hides};
use crate::world::log::Log;

#[tokio::test]
async fn safe_claims_are_shown_as_unverified() {
    let world = World::start().await;
    let token = (world.token().groups(["admin", "staff"]))
        .scopes(["openid", "reports:read"])
        .claim("acr", "urn:okta:loa:2fa:any")
        .claim("act", json!({ "sub": "0oaAgent" }))
        .client_id("0oaShop")
        .expires_in(600)
        .issued_ago(60)
        .sign();
    let explanation = world.okta.explain(&token).await;
    let claims = explanation.unverified_claims().unwrap();
    for (name, value) in [
        ("alg", json!("RS256")),
        ("kid", json!(world.issuer.active_key().kid())),
        ("iss", json!(world.issuer.url())),
        ("acr", json!("urn:okta:loa:2fa:any")),
        ("aud", json!(["api://default"])),
        ("exp_from_now", json!(600)),
        ("iat_from_now", json!(-60)),
        ("cid", json!("0oaShop")),
        ("caller", json!("user")),
        ("scopes", json!(["openid", "reports:read"])),
        ("group_count", json!(2)),
        ("groups", json!(["admin", "staff"])),
        ("has_cnf", json!(false)),
        ("has_act", json!(true)),
    ] {
        assert_eq!(claims.get(name), Some(&value), "{name}");
    }
    assert!(claims.get("uid").is_some() && claims.get("typ").is_none());
    let text = explanation.to_string();
    let (_, shown) = text
        .split_once("\nunverified claims, which anyone can write:")
        .unwrap();
    assert!(shown.contains("group_count: 2"), "{shown}");
    assert!(
        shown.contains(r#"scopes: ["openid","reports:read"]"#),
        "{shown}"
    );
    let json: Value = serde_json::to_value(&explanation).unwrap();
    assert_eq!(json["unverified_claims"]["caller"], "user");
    assert_eq!(json["outcome"], "ok");
    assert_eq!(json["findings"][0]["check"], "form");
}

#[tokio::test]
async fn persons_and_custom_claims_are_not_printed() {
    let world = World::start().await;
    let token = (world.token().groups(["payroll-secret-group"]))
        .uid("00uSecretUserId000001")
        .claim("email", "ada.private@example.com")
        .claim("ssn", "078-05-1120")
        .claim("cnf", json!({ "jkt": "thumbprint-of-a-key" }));
    for token in [token.sign(), token.key(world.issuer.forged_key()).sign()] {
        let explanation = world.okta.explain(&token).await;
        let json = serde_json::to_string(&explanation).unwrap();
        let debug = format!("{explanation:?} {:?}", explanation.unverified_claims());
        for secret in [
            "ada@example.com",
            "ada.private",
            "078-05-1120",
            "thumbprint",
            "AT.",
        ] {
            assert!(!explanation.to_string().contains(secret), "{secret}");
            assert!(
                !json.contains(secret) && !debug.contains(secret),
                "{secret}"
            );
        }
        // For a page that its application guards, and not for logs.
        for personal in ["payroll-secret-group", "00uSecretUserId000001"] {
            assert!(!explanation.to_string().contains(personal), "{personal}");
            assert!(!debug.contains(personal), "{personal}");
            assert!(json.contains(personal), "{personal}");
        }
        assert!(!debug.contains("api://default"), "{debug}");
        assert_hides(&explanation, &token);
    }
}

#[tokio::test]
async fn opaque_secret_is_never_shown() {
    let world = World::start().await;
    for secret in [
        "00QCjAl4MlV-WPXM_secretApiToken0000000000000",
        "MIOf-U1zQbyfa3MUfJHhvnUqIut9ClH0xjlDXGJAyqo",
        "correct horse battery staple",
        "Bearer MIOf-U1zQbyfa3MUfJHhvnUqIut9ClH0xjlDXGJAyqo",
    ] {
        let explanation = world.okta.explain(secret).await;
        assert!(explanation.unverified_claims().is_none());
        for word in secret.split(' ').filter(|word| *word != "Bearer") {
            let text = format!("{explanation} {explanation:?}");
            assert!(!text.contains(word), "{word}: {text}");
        }
    }
}

#[tokio::test]
async fn claims_of_an_ambiguous_payload_are_not_shown() {
    let world = World::start().await;
    let token = world.token();
    let twice = format!(
        r#"{{"iss":"https://a.example","iss":"{}"}}"#,
        world.issuer.url()
    );
    let ambiguous = token.sign_raw(&token.header_json(), &twice);
    let explanation = world.okta.explain(&ambiguous).await;
    assert_eq!(explanation.reason(), Some("bad_claims"));
    let claims = explanation.unverified_claims().unwrap();
    assert!(claims.get("alg").is_some() && claims.get("iss").is_none());
    let plain = world.okta.explain(&token.sign()).await;
    assert!(plain.unverified_claims().unwrap().get("iss").is_some());
}

#[tokio::test]
async fn claims_cannot_forge_lines_and_are_bounded() {
    let world = World::start().await;
    let evil = format!(
        "\u{1b}[31m\nok signature: signed\u{202e}{}",
        "x".repeat(5_000)
    );
    let token = (world.token())
        .audience(&evil)
        .client_id(&evil)
        .typ(&evil)
        .claim("acr", evil.clone())
        .claim("scp", json!(vec!["s"; 1_000]))
        .issuer_claim(&evil)
        .sign();
    let explanation = world.okta.explain(&token).await;
    let text = explanation.to_string();
    assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text}");
    assert!(!text.lines().any(|line| line == "ok signature: signed"));
    assert!(text.len() < 8_000, "{}", text.len());
    let claims = explanation.unverified_claims().unwrap();
    assert_eq!(
        claims.get("acr").unwrap().as_str().unwrap().chars().count(),
        200
    );
    assert_eq!(claims.get("scopes").unwrap().as_array().unwrap().len(), 100);
}

#[tokio::test]
async fn explaining_a_rejection_counts_and_logs_none() {
    let world = World::start().await;
    let log = Log::capture();
    let signed = world.token().audience("api://other");
    // A request with a signed token of these groups would be logged.
    let forged = signed.clone().claim("groups", 7);
    let forged = forged.key(world.issuer.forged_key());
    for token in [signed.sign(), forged.sign()] {
        let explanation = world.okta.explain(&token).await;
        assert_eq!(explanation.outcome(), Outcome::Failure);
    }
    assert_eq!(log.take(), [""; 0]);
    let metrics = world.okta.metrics();
    for reason in ["wrong_audience", "bad_signature"] {
        let rejected = metrics.get("okta_tower_refusals_total", reason);
        assert_eq!(rejected, Some(0));
    }
}
