//! Checks 1 to 7: the form of a token, and whose signature it has. Each rejection is paired
//! with an accepted token.

use serde_json::{Value, json};

use super::{
    CheckError, Window,
    fixture::{Bench, KID, claims, header, refused, with, without},
};
use crate::{
    error::TokenErrorKind,
    keys::jwk::{
        Algorithm, MAX_KID_BYTES,
        fixture::{SigningKey, encode, key_set},
    },
};

fn good(bench: &Bench) -> String {
    bench.sign(header().to_string(), claims().to_string())
}

#[test]
fn a_token_as_okta_mints_it_is_accepted() {
    let bench = Bench::new();
    let accepted = bench.verify(&good(&bench)).unwrap();
    assert_eq!(accepted.verified.subject(), "ada@example.com");
    assert_eq!(accepted.key.kid(), KID);
    assert!(bench.keys.holds(accepted.key));
    let Window { expires, .. } = accepted.window;
    assert_eq!(expires, bench.now + 3600 + 60);
}

#[test]
fn check_1_the_length_limit_is_exact() {
    let mut bench = Bench::new();
    let token = good(&bench);
    bench.policy.max_token_bytes = token.len();
    assert_eq!(bench.refusal(&token), None);
    bench.policy.max_token_bytes = token.len() - 1;
    assert_eq!(bench.refusal(&token), refused(TokenErrorKind::TooLarge));
    let huge = "a".repeat(1 << 20);
    assert_eq!(bench.refusal(&huge), refused(TokenErrorKind::TooLarge));
}

#[test]
fn check_2_a_token_has_three_parts_that_are_not_empty() {
    let bench = Bench::new();
    let token = good(&bench);
    let parts: Vec<&str> = token.split('.').collect();
    let [head, payload, signature] = parts[..] else {
        panic!("{token}");
    };
    assert_eq!(bench.refusal(&[head, payload, signature].join(".")), None);
    let not_compact = [
        String::new(),
        ".".to_owned(),
        "..".to_owned(),
        head.to_owned(),
        format!("{head}.{payload}"),
        format!("{head}.{payload}."),
        format!("{head}..{signature}"),
        format!(".{payload}.{signature}"),
        format!("{token}."),
        format!("{token}.{signature}"),
        format!(".{token}"),
        format!("{token}...."),
        format!("{token}{}", ".".repeat(1000)),
        format!(r#"{{"payload":"{payload}","protected":"{head}","signature":"{signature}"}}"#),
    ];
    for token in not_compact {
        let expected = refused(TokenErrorKind::NotCompact);
        assert_eq!(bench.refusal(&token), expected, "{token}");
    }
}

#[test]
fn check_2_five_parts_are_an_encrypted_token_and_said_to_be_one() {
    let bench = Bench::new();
    let jwe = encode(br#"{"alg":"RSA-OAEP-256","enc":"A256GCM"}"#);
    for token in [
        format!("{jwe}.a.b.c.d"),
        // Direct encryption has an empty second part (RFC 7516 section 5.1).
        format!("{jwe}..b.c.d"),
        "....".to_owned(),
    ] {
        assert_eq!(
            bench.refusal(&token),
            refused(TokenErrorKind::Encrypted),
            "{token}"
        );
    }
    for token in [format!("{jwe}.a.b.c"), format!("{jwe}.a.b.c.d.e")] {
        assert_eq!(
            bench.refusal(&token),
            refused(TokenErrorKind::NotCompact),
            "{token}"
        );
    }
}

#[test]
fn check_2_each_part_has_one_spelling() {
    let bench = Bench::new();
    let token = good(&bench);
    let parts: Vec<&str> = token.split('.').collect();
    for index in 0..3 {
        let spelt = |part: String| {
            let mut parts = parts.clone();
            parts[index] = &part;
            bench.refusal(&parts.join("."))
        };
        let part = parts[index];
        assert_eq!(spelt(part.to_owned()), None);
        for bad in [
            format!("{part}="),
            format!("{part}=="),
            format!(" {part}"),
            format!("{part} "),
            format!("{part}\n"),
            format!("{part}\0"),
            format!("{part}+"),
            format!("{part}/"),
            format!("{}%3D", &part[..part.len() - 1]),
            format!("{}ä", &part[..part.len() - 2]),
        ] {
            assert_eq!(
                spelt(bad.clone()),
                refused(TokenErrorKind::BadEncoding),
                "{bad}"
            );
        }
    }
    // A signature of 256 bytes leaves 4 bits of its last letter unused: they must be zero.
    let (rest, last) = token.split_at(token.len() - 1);
    assert!("AQgw".contains(last));
    for other in ["B", "R", "h", "x"] {
        let respelt = format!("{rest}{other}");
        assert_eq!(
            bench.refusal(&respelt),
            refused(TokenErrorKind::BadEncoding)
        );
    }
}

#[test]
fn check_6_kid_names_a_key_for_this_algorithm() {
    let mut bench = Bench::new();
    let missing = refused(TokenErrorKind::MissingKeyId);
    assert_eq!(bench.header(&without(header(), "kid")), missing);
    assert_eq!(bench.header(&with(header(), "kid", "")), missing);
    let long = with(header(), "kid", "k".repeat(MAX_KID_BYTES + 1));
    assert_eq!(bench.header(&long), missing);
    for value in [json!(1), json!(null), json!([KID])] {
        let head = with(header(), "kid", value);
        assert_eq!(
            bench.header(&head),
            refused(TokenErrorKind::BadHeader),
            "{head}"
        );
    }
    for kid in [
        "other",
        "ACTIVE",
        "activ",
        "active ",
        "../active",
        &"k".repeat(MAX_KID_BYTES),
    ] {
        let head = with(header(), "kid", kid);
        let token = bench.sign(head.to_string(), claims().to_string());
        let refusal = bench.verify(&token).unwrap_err();
        assert_eq!(refusal, CheckError::UnknownKey(kid.into()));
    }
    // The key decides the algorithm: allowed by the policy, genuine, and still not this key's.
    bench.policy.algorithms.insert(Algorithm::Rs512);
    let rs512 = bench.key.clone().with(Algorithm::Rs512);
    let token = rs512.sign(
        with(header(), "alg", "RS512").to_string(),
        claims().to_string(),
    );
    assert_eq!(bench.refusal(&token), refused(TokenErrorKind::KeyMismatch));
    bench.keys = key_set(&[rs512.jwk(KID)]);
    assert_eq!(bench.refusal(&token), None);
}

#[test]
fn check_7_signature_is_of_the_named_key_over_this_text() {
    let bench = Bench::new();
    let token = good(&bench);
    let bad = refused(TokenErrorKind::BadSignature);
    let forged = SigningKey::other_rsa().sign(header().to_string(), claims().to_string());
    assert_eq!(bench.refusal(&forged), bad);
    let (message, signature) = token.rsplit_once('.').unwrap();
    let other = bench.sign(
        header().to_string(),
        with(claims(), "sub", "eve").to_string(),
    );
    let (other_message, _) = other.rsplit_once('.').unwrap();
    assert_eq!(bench.refusal(&format!("{message}.{signature}")), None);
    assert_eq!(bench.refusal(&format!("{other_message}.{signature}")), bad);
    for length in [1, 64, 255, 257, 512] {
        let bytes = encode(&vec![1; length]);
        assert_eq!(
            bench.refusal(&format!("{message}.{bytes}")),
            bad,
            "{length}"
        );
    }
    // The other key of the set is trusted under its own name and no other.
    let next = SigningKey::other_rsa().sign(
        with(header(), "kid", "next").to_string(),
        claims().to_string(),
    );
    assert_eq!(bench.refusal(&next), None);
}

#[test]
fn signature_is_checked_before_the_payload() {
    let bench = Bench::new();
    for payload in ["", "not json", r#"{"exp":1}"#] {
        let genuine = bench.sign(header().to_string(), payload);
        let forged = SigningKey::other_rsa().sign(header().to_string(), payload);
        let expected = match payload {
            "" => TokenErrorKind::NotCompact,
            _ => TokenErrorKind::BadSignature,
        };
        assert_eq!(bench.refusal(&forged), refused(expected));
        assert!(
            bench
                .refusal(&genuine)
                .is_some_and(|error| error.kind() != TokenErrorKind::BadSignature)
        );
    }
}

/// A token that fails several checks gets the reason of the first.
#[test]
fn first_failing_check_gives_the_reason() {
    let mut bench = Bench::new();
    bench.policy.client_ids = ["0oaAllowed".into()].into();
    let (mut head, mut body) = (header(), claims());
    for (member, value) in [("typ", "secevent+jwt"), ("kid", "")] {
        head = with(head, member, value);
    }
    for (member, value) in [("iss", "https://other.example"), ("aud", "api://other")] {
        body = with(body, member, value);
    }
    body = with(body, "exp", bench.now - 3600);
    let refusal = |bench: &Bench, head: &Value, body: &Value| {
        bench.refusal(&bench.sign(head.to_string(), body.to_string()))
    };
    for (member, value, kind) in [
        ("typ", json!("JWT"), TokenErrorKind::TypeNotAllowed),
        ("kid", json!(KID), TokenErrorKind::MissingKeyId),
    ] {
        assert_eq!(refusal(&bench, &head, &body), refused(kind));
        head = with(head, member, value);
    }
    for (member, kind) in [
        ("iss", TokenErrorKind::WrongIssuer),
        ("aud", TokenErrorKind::WrongAudience),
        ("exp", TokenErrorKind::Expired),
    ] {
        assert_eq!(refusal(&bench, &head, &body), refused(kind));
        body = with(body, member, claims()[member].clone());
    }
    let client = refused(TokenErrorKind::ClientNotAllowed);
    assert_eq!(refusal(&bench, &head, &body), client);
    body = with(body, "cid", "0oaAllowed");
    assert_eq!(refusal(&bench, &head, &body), None);
}
