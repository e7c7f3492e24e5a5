//! Checks 3 to 5: the JOSE header. Each rejection is paired with an accepted token.

use serde_json::{Value, json};

use super::{
    TokenType,
    fixture::{Bench, KID, at_fault, claims, header, prefixed, refused, with, without},
};
use crate::{
    error::TokenErrorKind,
    keys::jwk::{
        Algorithm,
        fixture::{SigningKey, key_set},
    },
};

#[test]
fn check_3_the_header_is_a_plain_object_with_each_member_once() {
    let bench = Bench::new();
    let refusal = |head: &str| bench.refusal(&bench.sign(head, claims().to_string()));
    assert_eq!(refusal(&header().to_string()), None);
    assert_eq!(refusal(&format!(" {}\n", header())), None);
    assert_eq!(
        refusal(&prefixed(&header(), r#""x":{"a":[{"b":1}]}"#)),
        None
    );
    for bad in [
        "null".to_owned(),
        "1".to_owned(),
        "[]".to_owned(),
        r#""RS256""#.to_owned(),
        format!("[{}]", header()),
        format!("{}x", header()),
        format!("{}{}", header(), header()),
        format!("\u{feff}{}", header()),
        header().to_string().replace('"', "'"),
        prefixed(&header(), r#""alg":"RS256""#),
        prefixed(&header(), r#""\u0061lg":"none""#),
        prefixed(&header(), r#""k\u0069d":"other""#),
        prefixed(&header(), r#""x":1,"x":1"#),
        prefixed(&header(), r#""x":{"a":1,"\u0061":2}"#),
        prefixed(&header(), r#""x":[{"a":1,"a":2}]"#),
        prefixed(
            &header(),
            &format!(r#""x":{}1{}"#, "[".repeat(16), "]".repeat(16)),
        ),
        prefixed(&header(), &members(31)),
        prefixed(&header(), r#""x":{"$serde_json::private::RawValue":"{}"}"#),
    ] {
        assert_eq!(refusal(&bad), refused(TokenErrorKind::BadHeader), "{bad}");
    }
    assert_eq!(refusal(&prefixed(&header(), &members(30))), None);
    let latin = [b"{\"\xe4\":1,", &header().to_string().as_bytes()[1..]].concat();
    let token = bench.sign(latin, claims().to_string());
    assert_eq!(bench.refusal(&token), refused(TokenErrorKind::BadHeader));
}

fn members(count: usize) -> String {
    let members: Vec<String> = (0..count).map(|n| format!(r#""m{n}":1"#)).collect();
    members.join(",")
}

#[test]
fn check_3_critical_members_reject_and_others_are_ignored() {
    let bench = Bench::new();
    for (member, value) in [
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("crit", json!("b64")),
        ("crit", json!(null)),
        ("b64", json!(false)),
        ("b64", json!(true)),
        ("zip", json!("DEF")),
    ] {
        let token = with(header(), member, value);
        assert_eq!(
            bench.header(&token),
            refused(TokenErrorKind::Critical),
            "{token}"
        );
    }
    let attacker = SigningKey::other_rsa();
    for (member, value) in [
        ("jwk", attacker.jwk(KID)),
        ("jku", json!("https://attacker.example/keys")),
        ("x5u", json!("https://attacker.example/chain.pem")),
        ("x5c", json!(["MIIB"])),
        ("Crit", json!(["exp"])),
        ("cty", json!("JWT")),
    ] {
        let head = with(header(), member, value);
        assert_eq!(bench.header(&head), None, "{head}");
        // The same header over the attacker's own signature.
        let forged = attacker.sign(head.to_string(), claims().to_string());
        assert_eq!(
            bench.refusal(&forged),
            refused(TokenErrorKind::BadSignature),
            "{head}"
        );
    }
}

#[test]
fn check_4_the_algorithm_is_an_allowed_one_by_its_exact_name() {
    let mut bench = Bench::new();
    assert_eq!(bench.header(&header()), None);
    let missing = at_fault(TokenErrorKind::BadHeader, "alg");
    assert_eq!(bench.header(&without(header(), "alg")), missing);
    for value in [json!(null), json!(256), json!(["RS256"]), json!({})] {
        let head = with(header(), "alg", value);
        assert_eq!(
            bench.header(&head),
            refused(TokenErrorKind::BadHeader),
            "{head}"
        );
    }
    for name in [
        "none", "None", "NONE", "noNE", "nOnE", "", "rs256", "Rs256", "RS256 ", " RS256",
        "RS256\0", "HS256", "HS384", "HS512", "RS384", "RS512", "PS256", "ES256", "ES256K",
        "ES512", "EdDSA", "Ed25519", "RSA-OAEP",
    ] {
        let head = with(header(), "alg", name);
        let expected = refused(TokenErrorKind::AlgorithmNotAllowed);
        assert_eq!(bench.header(&head), expected, "{name:?}");
    }
    // Allowed in general, and then by the key too.
    bench.policy.algorithms = Algorithm::ALL.into();
    for algorithm in Algorithm::ALL {
        bench.key = SigningKey::new(algorithm);
        bench.keys = key_set(&[bench.key.jwk(KID)]);
        let head = with(header(), "alg", algorithm.as_str());
        assert_eq!(bench.header(&head), None, "{algorithm}");
        bench.policy.algorithms.remove(&algorithm);
        let expected = refused(TokenErrorKind::AlgorithmNotAllowed);
        assert_eq!(bench.header(&head), expected, "{algorithm}");
        bench.policy.algorithms.insert(algorithm);
    }
    // The name of RFC 9864 for EdDSA, by the last key.
    for (name, expected) in [
        ("Ed25519", None),
        ("ed25519", refused(TokenErrorKind::AlgorithmNotAllowed)),
        ("Ed448", refused(TokenErrorKind::AlgorithmNotAllowed)),
    ] {
        assert_eq!(
            bench.header(&with(header(), "alg", name)),
            expected,
            "{name}"
        );
    }
}

#[test]
fn check_5_the_type_is_that_of_an_access_token() {
    let mut bench = Bench::new();
    let strict_claims = with(claims(), "client_id", "0oa1gm3t1yZ1IsKOm0h7");
    let refusal = |bench: &Bench, typ: &Value| {
        let head = match typ {
            Value::Null => header(),
            typ => with(header(), "typ", typ.clone()),
        };
        bench.refusal(&bench.sign(head.to_string(), strict_claims.to_string()))
    };
    let at_jwt = [
        "at+jwt",
        "AT+JWT",
        "application/at+jwt",
        "Application/At+Jwt",
    ];
    let jwt = ["JWT", "jwt", "application/jwt"];
    let foreign = [
        "",
        "at",
        "at+jwt ",
        " JWT",
        "application/",
        "application/application/at+jwt",
        "text/at+jwt",
        // As long as `application/`, and not it.
        "xpplication/at+jwt",
        "application;JWT",
        "JWS",
        "JOSE",
        "dpop+jwt",
        "logout+jwt",
        "secevent+jwt",
        "global-token-revocation+jwt",
        "application/okta-internal-at+jwt",
        "okta-internal-at+jwt",
        "id+jwt",
        "at+jwt+x",
    ];
    let not_allowed = refused(TokenErrorKind::TypeNotAllowed);
    for (strict, token_type) in [(false, TokenType::Lenient), (true, TokenType::Rfc9068)] {
        bench.policy.token_type = token_type;
        let lenient = if strict { not_allowed } else { None };
        assert_eq!(refusal(&bench, &Value::Null), lenient);
        for typ in at_jwt {
            assert_eq!(refusal(&bench, &typ.into()), None, "{typ}");
        }
        for typ in jwt {
            assert_eq!(refusal(&bench, &typ.into()), lenient, "{typ}");
        }
        for typ in foreign {
            assert_eq!(refusal(&bench, &typ.into()), not_allowed, "{typ:?}");
        }
        for typ in [json!(1), json!(["JWT"]), json!({})] {
            assert_eq!(
                refusal(&bench, &typ),
                refused(TokenErrorKind::BadHeader),
                "{typ}"
            );
        }
    }
}

#[test]
fn type_of_an_id_token_is_absent_or_jwt() {
    let check = |typ: &str| {
        let header = format!(r#"{{"alg":"RS256"{typ}}}"#);
        super::header::read(header.as_bytes())
            .unwrap()
            .check_id_type()
    };
    for typ in ["", r#","typ":"JWT""#, r#","typ":"application/jwt""#] {
        assert_eq!(check(typ), Ok(()), "{typ}");
    }
    for typ in ["at+jwt", "logout+jwt", "secevent+jwt", ""] {
        let found = check(&format!(r#","typ":"{typ}""#));
        assert_eq!(
            found.err(),
            at_fault(TokenErrorKind::NotAnIdToken, "typ"),
            "{typ}"
        );
    }
}
