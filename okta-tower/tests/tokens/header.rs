//! The JOSE header (RFC 8725 sections 3.1, 3.2, 3.10, 3.11; RFC 7515 section 4).

use okta_tower::{
    Algorithm,
    TokenErrorKind::{
        AlgorithmNotAllowed, BadHeader, BadSignature, Critical, KeyMismatch, MissingKeyId,
        TypeNotAllowed, UnknownKey,
    },
    TokenType,
};
use okta_tower_test::{Key, unsigned};
use serde_json::{Value, json};

use crate::bench::{Bench, members};

#[tokio::test]
async fn alg_none_is_refused_in_every_spelling_with_and_without_a_signature() {
    let bench = Bench::start().await;
    let token = bench.issuer.token();
    let good = token.sign();
    bench.accepts(&good).await;
    let (_, signature) = good.rsplit_once('.').unwrap();
    for name in ["none", "None", "NONE", "noNE", "nOnE", ""] {
        let header = token.clone().header("alg", name).header_json();
        let bare = unsigned(&header, &token.claims_json());
        bench
            .refuses(&bare, okta_tower::TokenErrorKind::NotCompact)
            .await;
        bench
            .refuses(&format!("{bare}{signature}"), AlgorithmNotAllowed)
            .await;
        bench
            .refuses(
                &token.clone().header("alg", name).sign(),
                AlgorithmNotAllowed,
            )
            .await;
    }
}

#[tokio::test]
async fn a_public_key_is_no_hmac_secret_in_any_of_its_forms() {
    let bench = Bench::start().await;
    let token = bench.issuer.token();
    bench.accepts(&token.sign()).await;
    let key = bench.issuer.active_key();
    let pem = key.public_pem();
    for secret in [
        pem.clone().into_bytes(),
        pem.trim_end().as_bytes().to_vec(),
        key.public_der(),
        key.to_jwk().to_string().into_bytes(),
        key.to_jwk()["n"].as_str().unwrap().into(),
        Vec::new(),
    ] {
        bench
            .refuses(&token.hs256(secret), AlgorithmNotAllowed)
            .await;
    }
    // Nor where it says RS256 and is signed so.
    let header = token.header_json();
    let forged = okta_tower_test::hmac_sha256(&header, &token.claims_json(), pem);
    bench.refuses(&forged, BadSignature).await;
}

#[tokio::test]
async fn a_shared_secret_in_the_key_set_is_not_used() {
    let bench = Bench::start().await;
    let token = bench.issuer.token();
    let secret = b"a secret that somebody published";
    let oct = json!({ "kty": "oct", "kid": "shared", "alg": "HS256", "k": "YSBzZWNyZXQgdGhhdCBzb21lYm9keSBwdWJsaXNoZWQ" });
    bench.issuer.publish_jwk(oct);
    let other = crate::bench::okta(&bench.issuer, &bench.clock, |okta| okta).await;
    let hmac = token.clone().header("kid", "shared").hs256(secret);
    for okta in [&bench.okta, &other] {
        let refusal = okta.verify(&hmac).await.unwrap_err();
        assert_eq!(refusal.token_error().unwrap().kind(), AlgorithmNotAllowed);
        assert!(okta.verify(&token.sign()).await.is_ok());
    }
    assert_eq!(other.key_state().skipped.len(), 1);
}

#[tokio::test]
async fn alg_is_compared_exactly() {
    let bench = Bench::start().await;
    bench
        .accepts(&bench.issuer.token().header("alg", "RS256").sign())
        .await;
    for name in [
        "rs256",
        "Rs256",
        "RS256 ",
        " RS256",
        "RS-256",
        "RS256\u{0}",
        "RS2560",
    ] {
        let token = bench.issuer.token().header("alg", name).sign();
        bench.refuses(&token, AlgorithmNotAllowed).await;
    }
    let missing = bench.issuer.token().without_header("alg").sign();
    bench.blames(&missing, BadHeader, "alg").await;
    for value in [
        json!(null),
        json!(256),
        json!(["RS256"]),
        json!({ "RS256": 1 }),
    ] {
        bench
            .refuses(&bench.issuer.token().header("alg", value).sign(), BadHeader)
            .await;
    }
}

#[tokio::test]
async fn only_the_algorithms_configured_are_accepted_and_only_by_their_own_keys() {
    let all = Bench::with(|okta| okta.algorithms(Algorithm::ALL)).await;
    let narrow = crate::bench::okta(&all.issuer, &all.clock, |okta| okta).await;
    let token = all.issuer.token();
    for algorithm in [Algorithm::Rs384, Algorithm::Rs512, Algorithm::Ps256] {
        // Genuinely signed with the issuer's key, which is published for RS256.
        let token = token.clone().algorithm(algorithm).sign();
        all.refuses(&token, KeyMismatch).await;
        let refusal = narrow.verify(&token).await.unwrap_err();
        assert_eq!(refusal.token_error().unwrap().kind(), AlgorithmNotAllowed);
    }
    for okta in [&all.okta, &narrow] {
        assert!(okta.verify(&token.sign()).await.is_ok());
    }
    // Named RS256, signed otherwise, and the reverse.
    let mixed = token
        .clone()
        .algorithm(Algorithm::Ps256)
        .header("alg", "RS256")
        .sign();
    all.refuses(&mixed, BadSignature).await;
    all.refuses(&token.clone().header("alg", "ES256").sign(), KeyMismatch)
        .await;
}

#[tokio::test]
async fn every_algorithm_works_end_to_end() {
    let clock = okta_tower_test::ManualClock::new();
    for algorithm in Algorithm::ALL {
        let issuer = okta_tower_test::Issuer::builder()
            .algorithm(algorithm)
            .clock(clock.clone());
        let issuer = issuer.start().await.unwrap();
        let okta = crate::bench::okta(&issuer, &clock, |okta| okta.algorithms([algorithm])).await;
        let verified = okta
            .verify(&issuer.token().user("ada@example.com").sign())
            .await
            .unwrap();
        assert_eq!(verified.subject(), "ada@example.com", "{algorithm}");
        let forged = issuer.token().key(issuer.forged_key()).sign();
        let refusal = okta.verify(&forged).await.unwrap_err();
        assert_eq!(refusal.reason(), "bad_signature", "{algorithm}");
    }
}

#[tokio::test]
async fn kid_is_required_bounded_and_a_string() {
    let bench = Bench::start().await;
    bench.accepts(&bench.issuer.token().sign()).await;
    let with = |value: Value| bench.issuer.token().header("kid", value).sign();
    bench
        .refuses(
            &bench.issuer.token().without_header("kid").sign(),
            MissingKeyId,
        )
        .await;
    bench.refuses(&with("".into()), MissingKeyId).await;
    bench
        .refuses(&with("k".repeat(257).into()), MissingKeyId)
        .await;
    bench
        .refuses(&with("k".repeat(256).into()), UnknownKey)
        .await;
    for value in [json!(1), json!(null), json!(["k"]), json!({}), json!(true)] {
        bench.refuses(&with(value), BadHeader).await;
    }
}

#[tokio::test]
async fn kid_is_looked_up_and_nothing_else() {
    let bench = Bench::start().await;
    let kid = bench.issuer.active_key().kid().to_owned();
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
        bench
            .refuses(
                &bench.issuer.token().header("kid", other).sign(),
                UnknownKey,
            )
            .await;
    }
    // The name of another key of the set: genuine, and not that key's.
    let next = bench.issuer.next_key().kid().to_owned();
    bench
        .refuses(
            &bench.issuer.token().header("kid", next).sign(),
            BadSignature,
        )
        .await;
    bench
        .accepts(&bench.issuer.token().key(bench.issuer.next_key()).sign())
        .await;
}

#[tokio::test]
async fn keys_in_and_beside_the_token_are_never_used() {
    let bench = Bench::start().await;
    let attacker = Key::generate(Algorithm::Rs256).with_kid(bench.issuer.active_key().kid());
    let url = "http://127.0.0.1:9/keys";
    for (name, value) in [
        ("jwk", attacker.to_jwk()),
        ("jku", json!(url)),
        ("x5u", json!(url)),
        ("x5c", json!(["MIIBIjANBgkq"])),
        ("x5t", json!("abc")),
    ] {
        let token = bench.issuer.token().header(name, value);
        let forged = token.clone().key(attacker.clone()).sign();
        bench.refuses(&forged, BadSignature).await;
        // Ignored, as RFC 7515 section 4.1 has it: the genuine signature still counts.
        bench.accepts(&token.sign()).await;
    }
}

#[tokio::test]
async fn extensions_that_must_be_understood_are_refused() {
    let bench = Bench::start().await;
    for (name, value) in [
        ("crit", json!(["exp"])),
        ("crit", json!(["b64"])),
        ("crit", json!([])),
        ("crit", json!(null)),
        ("b64", json!(false)),
        ("b64", json!(true)),
        ("zip", json!("DEF")),
    ] {
        bench
            .refuses(&bench.issuer.token().header(name, value).sign(), Critical)
            .await;
    }
    bench
        .accepts(
            &bench
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
    let bench = Bench::start().await;
    let token = bench
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
    bench
        .refuses(&raw, okta_tower::TokenErrorKind::BadEncoding)
        .await;
    bench.refuses(&encoded, Critical).await;
}

#[tokio::test]
async fn typ_absent_jwt_and_at_jwt_are_accepted_by_default() {
    let bench = Bench::start().await;
    bench.accepts(&bench.issuer.token().sign()).await;
    for typ in [
        "JWT",
        "jwt",
        "at+jwt",
        "AT+JWT",
        "application/at+jwt",
        "Application/AT+jwt",
    ] {
        bench.accepts(&bench.issuer.token().typ(typ).sign()).await;
    }
    for typ in FOREIGN {
        bench
            .refuses(&bench.issuer.token().typ(typ).sign(), TypeNotAllowed)
            .await;
    }
    for value in [json!(1), json!(null), json!(["JWT"])] {
        bench
            .refuses(&bench.issuer.token().header("typ", value).sign(), BadHeader)
            .await;
    }
}

#[tokio::test]
async fn typ_must_be_at_jwt_where_rfc_9068_is_asked_for() {
    let bench = Bench::with(|okta| okta.token_type(TokenType::Rfc9068)).await;
    let token = bench
        .issuer
        .token()
        .claim("client_id", "0oaTestClient0000001");
    for typ in ["at+jwt", "AT+JWT", "application/at+jwt"] {
        bench.accepts(&token.clone().typ(typ).sign()).await;
    }
    bench.refuses(&token.sign(), TypeNotAllowed).await;
    for typ in FOREIGN.into_iter().chain(["JWT", "application/jwt"]) {
        bench
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
    let bench = Bench::start().await;
    bench
        .accepts(&bench.header_text(r#""x":{"a":1,"b":[{"a":1}]}"#))
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
        bench.refuses(&bench.header_text(text), BadHeader).await;
    }
}

#[tokio::test]
async fn the_header_is_bounded_in_depth_and_members() {
    let bench = Bench::start().await;
    let nest = |depth: usize| format!(r#""x":{}1{}"#, "[".repeat(depth), "]".repeat(depth));
    bench.accepts(&bench.header_text(&nest(15))).await;
    bench
        .refuses(&bench.header_text(&nest(16)), BadHeader)
        .await;
    bench
        .refuses(&bench.header_text(&nest(4000)), BadHeader)
        .await;
    bench.accepts(&bench.header_text(&members(30))).await;
    bench
        .refuses(&bench.header_text(&members(31)), BadHeader)
        .await;
}

#[tokio::test]
async fn the_header_is_one_object_in_utf8_without_a_mark() {
    let bench = Bench::start().await;
    let token = bench.issuer.token();
    let (header, claims) = (token.header_json(), token.claims_json());
    bench
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
        bench
            .refuses(&token.sign_raw(&bad, &claims), BadHeader)
            .await;
    }
}
