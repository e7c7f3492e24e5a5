//! The payload (RFC 7519 section 4, RFC 8725 sections 3.8 to 3.10), and Okta's forms of claims.

use okta_tower::TokenErrorKind::{BadClaims, MissingClaim, WrongAudience, WrongIssuer};
use serde_json::{Value, json};

use super::world::{World, members, prefixed};
use crate::world::log::Log;

#[tokio::test]
async fn iss_is_compared_exactly() {
    let world = World::start().await;
    let url = world.issuer.url().to_owned();
    world.accepts(&world.claim("iss", url.clone())).await;
    for iss in [
        String::new(),
        format!("{url}/"),
        format!(" {url}"),
        url.to_uppercase(),
        url.replace("http:", "https:"),
        url.replace("127.0.0.1", "localhost"),
        url.replace("/default", "/%64efault"),
        url.replace("/oauth2/default", ""),
        "https://attacker.example/oauth2/default".to_owned(),
    ] {
        world.rejects(&world.claim("iss", iss), WrongIssuer).await;
    }
    world
        .blames(
            &world.issuer.token().without("iss").sign(),
            MissingClaim,
            "iss",
        )
        .await;
    for value in [json!([url]), json!({ "iss": url }), json!(null), json!(1)] {
        world
            .blames(&world.claim("iss", value), BadClaims, "iss")
            .await;
    }
}

#[tokio::test]
async fn extra_issuer_is_accepted_with_the_same_identity_issuer() {
    let custom = "https://login.example.com/oauth2/default";
    let world = World::with(|okta| okta.extra_issuers([custom])).await;
    let verified = world.accepts(&world.claim("iss", custom)).await;
    assert_eq!(
        (verified.issuer(), verified.identity_issuer()),
        (custom, world.issuer.url())
    );
    world.accepts(&world.issuer.token().sign()).await;
    let near = world.claim("iss", "https://login.example.com/oauth2/other");
    world.rejects(&near, WrongIssuer).await;
    let plain = World::start().await;
    plain
        .rejects(&plain.claim("iss", custom), WrongIssuer)
        .await;
}

#[tokio::test]
async fn aud_without_a_configured_audience_is_rejected() {
    let world = World::with(|okta| okta.audiences(["api://default", "api://second"])).await;
    for aud in [
        json!("api://default"),
        json!("api://second"),
        json!(["api://default"]),
        json!(["api://other", "api://second"]),
    ] {
        world.accepts(&world.claim("aud", aud)).await;
    }
    for aud in [
        json!(""),
        json!([]),
        json!("api://other"),
        json!("API://default"),
        json!("api://default/"),
        json!("api://default api://second"),
        json!(["api://other", "api://defaul"]),
    ] {
        world.rejects(&world.claim("aud", aud), WrongAudience).await;
    }
    world
        .blames(
            &world.issuer.token().without("aud").sign(),
            MissingClaim,
            "aud",
        )
        .await;
    for value in [
        json!({ "api://default": 1 }),
        json!(1),
        json!(null),
        json!(true),
        json!(["api://default", 1]),
        json!([["api://default"]]),
    ] {
        world
            .blames(&world.claim("aud", value), BadClaims, "aud")
            .await;
    }
}

#[tokio::test]
async fn payload_with_duplicate_members_is_rejected() {
    let world = World::start().await;
    world
        .accepts(&world.claims_text(r#""x":{"a":1,"b":[{"a":1},{"a":2}]}"#))
        .await;
    for text in [
        r#""sub":"eve@example.com""#,
        r#""s\u0075b":"eve@example.com""#,
        r#""groups":["admin"],"groups":["admin"]"#,
        r#""groups":[],"gr\u006fups":["admin"]"#,
        r#""x":1,"x":1"#,
        r#""x":{"a":1,"a":1}"#,
        r#""x":{"a":1,"\u0061":1}"#,
        r#""x":[[{"a":1,"a":1}]]"#,
    ] {
        world.rejects(&world.claims_text(text), BadClaims).await;
    }
}

#[tokio::test]
async fn payload_beyond_depth_or_member_limit_is_rejected() {
    let world = World::start().await;
    let nest = |depth: usize| format!(r#""x":{}1{}"#, "[".repeat(depth), "]".repeat(depth));
    world.accepts(&world.claims_text(&nest(15))).await;
    world
        .rejects(&world.claims_text(&nest(16)), BadClaims)
        .await;
    world
        .rejects(&world.claims_text(&nest(5000)), BadClaims)
        .await;
    let objects = r#"{"a":"#.repeat(15) + "1" + &"}".repeat(15);
    world
        .accepts(&world.claims_text(&format!(r#""x":{objects}"#)))
        .await;
    world
        .rejects(
            &world.claims_text(&format!(r#""x":[{objects}]"#)),
            BadClaims,
        )
        .await;
    world.accepts(&world.claims_text(&members(500))).await;
    world
        .rejects(&world.claims_text(&members(512)), BadClaims)
        .await;
}

#[tokio::test]
async fn payload_other_than_one_utf8_object_is_rejected() {
    let world = World::start().await;
    let token = world.issuer.token();
    let (header, claims) = (token.header_json(), token.claims_json());
    world
        .accepts(&token.sign_raw(&header, &format!(" {claims}\n")))
        .await;
    for bad in [
        format!("\u{feff}{claims}"),
        format!("[{claims}]"),
        format!("{claims}{claims}"),
        "null".to_owned(),
        "\"text\"".to_owned(),
        "{}x".to_owned(),
        "{".to_owned(),
        prefixed(&claims, r#""x":"\ud800""#),
        prefixed(&claims, "\"x\":\"\u{1}\""),
    ] {
        world
            .rejects(&token.sign_raw(&header, &bad), BadClaims)
            .await;
    }
    let empty = token.sign_raw(&header, "{}");
    assert!(world.okta.verify(&empty).await.is_err());
}

#[tokio::test]
async fn empty_or_missing_sub_is_rejected() {
    let world = World::start().await;
    world.accepts(&world.claim("sub", "a")).await;
    world
        .blames(&world.claim("sub", ""), MissingClaim, "sub")
        .await;
    world
        .blames(
            &world.issuer.token().without("sub").sign(),
            MissingClaim,
            "sub",
        )
        .await;
    for value in [json!(7), json!(null), json!(["a"])] {
        world
            .blames(&world.claim("sub", value), BadClaims, "sub")
            .await;
    }
}

#[tokio::test]
async fn scopes_are_read_from_arrays_and_text_in_either_claim() {
    let world = World::start().await;
    let bare = world.issuer.token().without("scp");
    for (claim, value, expected) in [
        ("scp", json!(["a", "b"]), &["a", "b"][..]),
        ("scp", json!("a b"), &["a", "b"]),
        ("scope", json!("a b"), &["a", "b"]),
        ("scope", json!(["a", "b"]), &["a", "b"]),
        ("scope", json!("  "), &[]),
    ] {
        let verified = world
            .accepts(&bare.clone().claim(claim, value).sign())
            .await;
        assert_eq!(verified.scopes().iter().collect::<Vec<_>>(), expected);
    }
    let null = bare.clone().claim("cid", "x").claim("scp", json!(null));
    assert!(world.accepts(&null.sign()).await.scopes().is_empty());
    for value in [json!(1), json!(true), json!({ "a": true }), json!(["a", 1])] {
        for claim in ["scp", "scope"] {
            world
                .blames(
                    &bare.clone().claim(claim, value.clone()).sign(),
                    BadClaims,
                    claim,
                )
                .await;
        }
    }
}

#[tokio::test]
async fn groups_of_other_types_grant_nothing() {
    let world = World::start().await;
    for (value, expected) in [
        (json!(["admin", "Ops, Team"]), &["admin", "Ops, Team"][..]),
        (json!("admin"), &["admin"]),
        (json!({ "admin": ["admin"] }), &[]),
        (json!(1), &[]),
        (json!(1.5), &[]),
        (json!(null), &[]),
        (json!(true), &[]),
        (json!([]), &[]),
        (json!(["a", 1, null, ["b"], { "c": "d" }, "e"]), &["a", "e"]),
    ] {
        let verified = world.accepts(&world.claim("groups", value)).await;
        assert_eq!(verified.groups().iter().collect::<Vec<_>>(), expected);
    }
    let none = world.accepts(&world.issuer.token().sign()).await;
    assert!(none.groups().is_empty());
}

#[tokio::test]
async fn groups_are_read_from_the_configured_claim_only() {
    let world = World::with(|okta| okta.groups_claim("GroupsClaim")).await;
    let groups = |value: Value| world.claim("GroupsClaim", value);
    let verified = world.accepts(&groups(json!(["admin"]))).await;
    assert!(verified.groups().contains("admin"));
    for claim in ["groups", "groupsclaim", "GroupsClaim "] {
        let verified = world.accepts(&world.claim(claim, json!(["admin"]))).await;
        assert!(verified.groups().is_empty(), "{claim}");
    }
}

#[tokio::test]
async fn null_counts_as_absent_unless_the_claim_is_required() {
    let world = World::start().await;
    let optional = [
        "jti",
        "uid",
        "cid",
        "client_id",
        "acr",
        "amr",
        "scp",
        "scope",
        "nbf",
        "iat",
    ];
    for claim in optional
        .into_iter()
        .chain(["auth_time", "nonce", "cnf", "groups"])
    {
        world.accepts(&world.claim(claim, json!(null))).await;
    }
    for claim in ["iss", "sub", "aud", "exp"] {
        world
            .blames(&world.claim(claim, json!(null)), BadClaims, claim)
            .await;
    }
}

#[tokio::test]
async fn groups_claim_of_wrong_type_is_logged_once_at_warn() {
    let world = World::with(|okta| okta.groups_claim("/realm_access/roles")).await;
    let token = |value: Value| world.claim("realm_access", json!({ "roles": value }));
    let log = Log::capture();
    let verified = world.accepts(&token(json!(["secret-group"]))).await;
    assert!(verified.groups().contains("secret-group"));
    assert_eq!(log.count("", "groups claim"), 0, "{log:?}");
    let (object, mixed) = (
        token(json!({ "secret-group": true })),
        token(json!(["secret-group", 7])),
    );
    for _ in 0..3 {
        assert!(world.accepts(&object).await.groups().is_empty());
        assert_eq!(world.accepts(&mixed).await.groups().len(), 1);
    }
    // Each token is read once, and then cached.
    assert_eq!(log.count("WARN okta_tower::auth", "groups claim"), 1);
    assert_eq!(log.count("DEBUG okta_tower::auth", "groups claim"), 1);
    let text = log.text();
    assert!(text.contains("claim=\"/realm_access/roles\""), "{text}");
    assert!(text.contains("found=\"object\""), "{text}");
    assert!(!text.contains("secret-group"), "{text}");
}

#[tokio::test]
async fn nested_groups_claim_with_dots_is_logged() {
    let world = World::with(|okta| okta.groups_claim("realm_access.roles")).await;
    let log = Log::capture();
    // Absent: nothing to report.
    world.accepts(&world.issuer.token().sign()).await;
    assert_eq!(log.count("", "groups claim"), 0, "{log:?}");
    let nested = world.claim("realm_access", json!({ "roles": ["admin"] }));
    assert!(world.accepts(&nested).await.groups().is_empty());
    assert_eq!(log.count("WARN okta_tower::auth", "JSON Pointer"), 1);
    // A claim of that very name is read.
    let dotted = world.claim("realm_access.roles", json!(["admin"]));
    assert!(world.accepts(&dotted).await.groups().contains("admin"));
}

#[tokio::test]
async fn claim_of_wrong_type_is_named_without_its_value() {
    let world = World::start().await;
    for claim in ["sub", "jti", "uid", "cid", "client_id", "acr"] {
        for value in [
            json!(17),
            json!(true),
            json!(["secret-value"]),
            json!({ "secret-value": 1 }),
        ] {
            let error = world
                .okta
                .verify(&world.claim(claim, value))
                .await
                .unwrap_err();
            let refusal = error.token_error().unwrap();
            assert_eq!((refusal.kind(), refusal.claim()), (BadClaims, Some(claim)));
            let text = format!("{error:?} {error} {refusal}");
            assert!(!text.contains("secret") && !text.contains("17"), "{text}");
        }
    }
}
