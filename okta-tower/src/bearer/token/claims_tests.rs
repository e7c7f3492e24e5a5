//! Checks 8 and 10, and what the claims become: each with the JSON types that they may and may not
//! have.

use serde_json::{Value, json};

use super::fixture::{Bench, ISSUER, at_fault, claims, header, prefixed, refused, with, without};
use crate::error::TokenErrorKind;

#[test]
fn check_8_the_payload_is_a_plain_object_with_each_member_once() {
    let bench = Bench::new();
    let bad = refused(TokenErrorKind::BadClaims);
    assert_eq!(bench.claims_text(claims().to_string()), None);
    assert_eq!(bench.claims_text(format!("\n {} ", claims())), None);
    assert_eq!(
        bench.claims_text(prefixed(&claims(), r#""x":{"a":[{"b":1},{"b":1}]}"#)),
        None
    );
    for text in [
        "null".to_owned(),
        "[]".to_owned(),
        r#""text""#.to_owned(),
        format!("[{}]", claims()),
        format!("{}{}", claims(), claims()),
        format!("{},", claims()),
        format!("\u{feff}{}", claims()),
        claims().to_string().replace('"', "'"),
        prefixed(&claims(), r#""sub":"eve""#),
        prefixed(&claims(), r#""s\u0075b":"eve""#),
        prefixed(&claims(), r#""x":1,"x":1"#),
        prefixed(&claims(), r#""x":{"a":1,"\u0061":2}"#),
        prefixed(&claims(), r#""x":[[{"a":1,"a":1}]]"#),
        prefixed(
            &claims(),
            r#""x":{"$serde_json::private::RawValue":"{\"a\":1,\"a\":2}"}"#,
        ),
        prefixed(&claims(), r#""x":"\ud800""#),
        prefixed(&claims(), "\"x\":\"\n\""),
    ] {
        assert_eq!(bench.claims_text(&text), bad, "{text}");
    }
    let latin = [b"{\"x\":\"\xe4\",", &claims().to_string().as_bytes()[1..]].concat();
    assert_eq!(bench.claims_text(latin), bad);
}

#[test]
fn check_8_depth_and_the_number_of_members_are_bounded() {
    let bench = Bench::new();
    let bad = refused(TokenErrorKind::BadClaims);
    let nest = |depth: usize| format!(r#""x":{}1{}"#, "[".repeat(depth), "]".repeat(depth));
    assert_eq!(bench.claims_text(prefixed(&claims(), &nest(15))), None);
    assert_eq!(bench.claims_text(prefixed(&claims(), &nest(16))), bad);
    assert_eq!(bench.claims_text(prefixed(&claims(), &nest(5000))), bad);
    let own = claims().as_object().unwrap().len();
    let members = |count: usize| {
        let members: Vec<String> = (0..count).map(|n| format!(r#""{n}":1"#)).collect();
        members.join(",")
    };
    assert_eq!(
        bench.claims_text(prefixed(&claims(), &members(512 - own))),
        None
    );
    assert_eq!(
        bench.claims_text(prefixed(&claims(), &members(513 - own))),
        bad
    );
    let inner = format!(r#""x":{{{}}}"#, members(512 - own));
    assert_eq!(bench.claims_text(prefixed(&claims(), &inner)), bad);
}

#[test]
fn check_8_a_claim_of_another_type_is_named() {
    let bench = Bench::new();
    let values = [
        json!(1),
        json!(1.5),
        json!(null),
        json!(true),
        json!({}),
        json!(["a"]),
        json!("a"),
    ];
    for claim in ["iss", "sub", "jti", "uid", "cid", "client_id", "acr"] {
        for value in values.iter().filter(|value| !value.is_string()) {
            let is_absent = value.is_null() && !["iss", "sub"].contains(&claim);
            let expected = at_fault(TokenErrorKind::BadClaims, claim).filter(|_| !is_absent);
            assert_eq!(
                bench.claims(&with(claims(), claim, value.clone())),
                expected,
                "{value}"
            );
        }
    }
    for claim in ["aud", "scp", "scope", "amr"] {
        let lists = |value: &&Value| !value.is_string() && !value.is_array();
        let mixed = [json!([1]), json!(["a", null]), json!([["a"]]), json!([{}])];
        for value in values.iter().filter(lists).chain(&mixed) {
            let is_absent = value.is_null() && claim != "aud";
            let expected = at_fault(TokenErrorKind::BadClaims, claim).filter(|_| !is_absent);
            assert_eq!(
                bench.claims(&with(claims(), claim, value.clone())),
                expected,
                "{value}"
            );
        }
    }
}

#[test]
fn check_10_the_issuer_is_compared_as_text() {
    let mut bench = Bench::new();
    assert_eq!(bench.claims(&claims()), None);
    let missing = at_fault(TokenErrorKind::MissingClaim, "iss");
    assert_eq!(bench.claims(&without(claims(), "iss")), missing);
    let wrong = refused(TokenErrorKind::WrongIssuer);
    for iss in [
        String::new(),
        format!("{ISSUER}/"),
        format!(" {ISSUER}"),
        format!("{ISSUER}\0"),
        ISSUER.to_uppercase(),
        ISSUER.replace("https", "http"),
        ISSUER.replace(".com", ".com:443"),
        ISSUER.replace("default", "%64efault"),
        ISSUER.replace("/oauth2/default", ""),
        ISSUER.replace("example", "attacker"),
    ] {
        assert_eq!(
            bench.claims(&with(claims(), "iss", iss.clone())),
            wrong,
            "{iss}"
        );
    }
    let array = with(claims(), "iss", json!([ISSUER]));
    assert_eq!(
        bench.claims(&array),
        at_fault(TokenErrorKind::BadClaims, "iss")
    );
    // A custom domain of the same authorization server.
    let custom = "https://login.example.com/oauth2/default";
    let custom_token = with(claims(), "iss", custom);
    assert_eq!(bench.claims(&custom_token), wrong);
    bench.policy.extra_issuers = vec![custom.into()];
    let verified = bench.accepts(&custom_token).verified;
    assert_eq!(
        (verified.issuer(), verified.identity_issuer()),
        (custom, ISSUER)
    );
    let verified = bench.accepts(&claims()).verified;
    assert_eq!(
        (verified.issuer(), verified.identity_issuer()),
        (ISSUER, ISSUER)
    );
}

#[test]
fn check_10_one_audience_at_least_is_a_configured_one() {
    let mut bench = Bench::new();
    let missing = at_fault(TokenErrorKind::MissingClaim, "aud");
    assert_eq!(bench.claims(&without(claims(), "aud")), missing);
    let wrong = refused(TokenErrorKind::WrongAudience);
    for aud in [
        json!(""),
        json!([]),
        json!("api://Default"),
        json!("api://default/"),
        json!("api://default api://other"),
        json!(["api://other"]),
        json!(["api://other", "api://defaul"]),
    ] {
        assert_eq!(
            bench.claims(&with(claims(), "aud", aud.clone())),
            wrong,
            "{aud}"
        );
    }
    for aud in [
        json!(["api://default"]),
        json!(["api://other", "api://default"]),
    ] {
        let verified = bench.accepts(&with(claims(), "aud", aud.clone())).verified;
        assert_eq!(json!(verified.audience().collect::<Vec<_>>()), aud);
    }
    bench.policy.audiences.push("api://other".into());
    assert_eq!(bench.claims(&with(claims(), "aud", "api://other")), None);
}

#[test]
fn missing_or_empty_sub_and_empty_ids_are_rejected() {
    let bench = Bench::new();
    let missing = at_fault(TokenErrorKind::MissingClaim, "sub");
    assert_eq!(bench.claims(&without(claims(), "sub")), missing);
    assert_eq!(bench.claims(&with(claims(), "sub", "")), missing);
    for claim in ["uid", "cid", "client_id"] {
        let empty = with(claims(), claim, "");
        assert_eq!(
            bench.claims(&empty),
            at_fault(TokenErrorKind::BadClaims, claim)
        );
        assert_eq!(bench.claims(&with(claims(), claim, "x")), None);
    }
}

#[test]
fn what_the_token_says_is_what_the_claims_say() {
    let bench = Bench::new();
    let all = with(
        with(claims(), "amr", json!(["pwd", "mfa"])),
        "acr",
        "urn:okta:loa:2fa:any",
    );
    let verified = bench.accepts(&all).verified;
    assert_eq!(verified.subject(), "ada@example.com");
    assert_eq!(verified.client_id(), Some("0oa1gm3t1yZ1IsKOm0h7"));
    assert_eq!(verified.token_id(), all["jti"].as_str());
    assert_eq!(verified.acr(), Some("urn:okta:loa:2fa:any"));
    assert_eq!(verified.amr().collect::<Vec<_>>(), ["pwd", "mfa"]);
    assert_eq!(verified.raw_json(), all.to_string());
    assert_eq!(verified.claim("ver"), Some(&json!(1)));
    assert_eq!(verified.claim("ssn"), None);
    let lone = bench.accepts(&with(claims(), "amr", "pwd")).verified;
    assert_eq!(lone.amr().collect::<Vec<_>>(), ["pwd"]);
}

#[test]
fn a_refusal_says_nothing_from_the_token() {
    let bench = Bench::new();
    let secret = "ssn-078-05-1120";
    for claims in [
        with(claims(), "iss", secret),
        with(claims(), "exp", secret),
        with(claims(), secret, secret),
    ] {
        let token = bench.sign(
            prefixed(&header(), &format!(r#""{secret}":1"#)),
            claims.to_string(),
        );
        let text = format!("{:?}", bench.verify(&token));
        assert!(!text.contains(secret) && !text.contains("ada@"), "{text}");
    }
}
