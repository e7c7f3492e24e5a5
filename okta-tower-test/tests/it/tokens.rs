//! Tokens, verified with another library.

use std::time::Duration;

use jsonwebtoken::{DecodingKey, Validation, decode, errors::ErrorKind, jwk::JwkSet};
use okta_tower::{Algorithm, clock::Clock};
use okta_tower_test::{Issuer, Key, hmac_sha256};
use serde_json::{Value, json};

use crate::world::{issuer_with_clock, part};

/// Returns header and claims, unverified.
fn parts(token: &str) -> (Value, Value) {
    (part(token, 0), part(token, 1))
}

fn names(object: &Value) -> Vec<&str> {
    let mut names: Vec<&str> = object
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    names.sort_unstable();
    names
}

/// Verifies a token with the published keys, as a resource server does.
fn verify(issuer: &Issuer, token: &str) -> Result<Value, ErrorKind> {
    let keys: JwkSet = serde_json::from_value(issuer.key_set()).unwrap();
    let kid = parts(token).0["kid"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let jwk = keys.find(&kid).ok_or(ErrorKind::InvalidKeyFormat)?;
    let algorithm = jwk.common.key_algorithm.unwrap().to_string();
    let mut rules = Validation::new(algorithm.parse().unwrap());
    rules.set_audience(&[issuer.audience()]);
    rules.set_issuer(&[issuer.url()]);
    rules.validate_nbf = true;
    rules.leeway = 0;
    let key = DecodingKey::from_jwk(jwk).unwrap();
    decode::<Value>(token, &key, &rules)
        .map(|token| token.claims)
        .map_err(jsonwebtoken::errors::Error::into_kind)
}

#[tokio::test]
async fn other_library_verifies_each_algorithm_and_rejects_forgery() {
    for algorithm in Algorithm::ALL {
        let issuer = Issuer::builder()
            .algorithm(algorithm)
            .start()
            .await
            .unwrap();
        let token = issuer.token().user("ada@example.com").sign();
        let claims = verify(&issuer, &token).unwrap_or_else(|why| panic!("{algorithm}: {why:?}"));
        assert_eq!(claims["sub"], "ada@example.com");

        let forged = issuer.token().key(issuer.forged_key()).sign();
        assert_eq!(parts(&forged).0, parts(&token).0);
        assert_eq!(verify(&issuer, &forged), Err(ErrorKind::InvalidSignature));
    }
}

#[tokio::test]
async fn user_token_has_exactly_okta_claims() {
    let (issuer, clock) = issuer_with_clock().await;
    let (header, claims) = parts(&issuer.token().sign());

    assert_eq!(
        header,
        json!({ "alg": "RS256", "kid": issuer.active_key().kid() })
    );
    assert_eq!(
        names(&claims),
        [
            "aud",
            "auth_time",
            "cid",
            "exp",
            "iat",
            "iss",
            "jti",
            "scp",
            "sub",
            "uid",
            "ver"
        ]
    );
    let now = clock
        .now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs();
    assert_eq!(claims["ver"], 1);
    assert_eq!(claims["iss"], issuer.url());
    assert_eq!(claims["aud"], "api://default");
    assert_eq!(claims["iat"], now);
    assert_eq!(claims["exp"], now + 3600);
    assert_eq!(claims["scp"], json!(["openid"]));
    assert_eq!(claims["sub"], "user@example.com");
    assert!(claims["jti"].as_str().unwrap().starts_with("AT."));
    assert!(claims["cid"].as_str().unwrap().starts_with("0oa"));
    let uid = claims["uid"].as_str().unwrap();
    assert!(uid.starts_with("00u") && uid.len() == 20, "{uid}");
}

#[tokio::test]
async fn uid_is_derived_from_the_login() {
    let issuer = Issuer::start().await;
    let uid = |login: &str| parts(&issuer.token().user(login).sign()).1["uid"].clone();
    assert_eq!(uid("ada@example.com"), uid("ada@example.com"));
    assert_ne!(uid("ada@example.com"), uid("bob@example.com"));
    let id_token = issuer.id_token().user("ada@example.com").sign();
    assert_eq!(parts(&id_token).1["sub"], uid("ada@example.com"));
}

#[tokio::test]
async fn service_token_has_client_and_no_user_claims() {
    let issuer = Issuer::start().await;
    let (_, claims) = parts(
        &issuer
            .token()
            .service("0oaSvc")
            .scopes(["reports:read"])
            .sign(),
    );
    assert_eq!(claims["sub"], "0oaSvc");
    assert_eq!(claims["cid"], "0oaSvc");
    assert_eq!(claims["scp"], json!(["reports:read"]));
    assert_eq!(claims.get("uid"), None);
    assert_eq!(claims.get("auth_time"), None);
}

#[tokio::test]
async fn id_token_is_for_the_client_without_access_claims() {
    let issuer = Issuer::start().await;
    let access = issuer.token().sign();
    let token = issuer
        .id_token()
        .client_id("0oaApp")
        .nonce("n-0S6_WzA2Mj")
        .issued_with(&access)
        .sign();
    let (_, claims) = parts(&token);
    assert_eq!(claims["aud"], "0oaApp");
    assert_eq!(claims["nonce"], "n-0S6_WzA2Mj");
    assert!(claims["jti"].as_str().unwrap().starts_with("ID."));
    assert!(claims["sub"].as_str().unwrap().starts_with("00u"));
    assert_eq!(claims["at_hash"].as_str().unwrap().len(), 22);
    for absent in ["cid", "uid", "scp"] {
        assert_eq!(claims.get(absent), None, "{absent}");
    }
    assert_eq!(verify(&issuer, &token), Err(ErrorKind::InvalidAudience));
}

#[tokio::test]
async fn at_hash_matches_the_specification() {
    // OpenID Connect Core, appendix A.3: an access token and the at_hash of its ID token.
    let issuer = Issuer::start().await;
    let token = issuer
        .id_token()
        .issued_with("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y")
        .sign();
    assert_eq!(parts(&token).1["at_hash"], "77QmUPtjPfzWtF2AnpK9RQ");
}

#[tokio::test]
async fn later_claim_setting_replaces_earlier_one() {
    let issuer = Issuer::builder()
        .groups_claim("GroupsClaim")
        .start()
        .await
        .unwrap();
    let token = issuer
        .token()
        .groups(["admin", "Everyone"])
        .audiences(["api://one", "api://two"])
        .client_id("0oaFirst")
        .client_id("0oaSecond")
        .uid("00uAda")
        .issuer_claim("https://elsewhere.example")
        .claim("level", 7)
        .claim("exp", json!("soon"))
        .without("sub")
        .without("ver")
        .claim("ver", 2)
        .sign();
    let (_, claims) = parts(&token);
    assert_eq!(claims["GroupsClaim"], json!(["admin", "Everyone"]));
    assert_eq!(claims["aud"], json!(["api://one", "api://two"]));
    assert_eq!(claims["cid"], "0oaSecond");
    assert_eq!(claims["uid"], "00uAda");
    assert_eq!(claims["iss"], "https://elsewhere.example");
    assert_eq!(claims["level"], 7);
    assert_eq!(claims["exp"], "soon");
    assert_eq!(claims["ver"], 2);
    assert_eq!(claims.get("sub"), None);
    assert_eq!(claims.get("groups"), None);
}

#[tokio::test]
async fn header_members_can_be_added_and_removed() {
    let issuer = Issuer::start().await;
    let token = issuer
        .token()
        .typ("at+jwt")
        .header("crit", json!(["b64"]))
        .without_header("kid")
        .sign();
    let expected = json!({ "alg": "RS256", "typ": "at+jwt", "crit": ["b64"] });
    assert_eq!(parts(&token).0, expected);
}

#[tokio::test]
async fn token_times_follow_the_clock_at_signing() {
    let (issuer, clock) = issuer_with_clock().await;
    let now = clock
        .now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs();

    let expired = parts(&issuer.token().expires_in(-60).sign()).1;
    assert_eq!(expired["exp"], now - 60);
    assert_eq!(
        expired["iat"],
        now - 60 - 3600,
        "it was issued before it expired"
    );

    let early = issuer
        .token()
        .issued_ago(-30)
        .not_before_in(30)
        .expires_in(90);
    let claims = parts(&early.sign()).1;
    assert_eq!(
        (&claims["iat"], &claims["nbf"]),
        (&json!(now + 30), &json!(now + 30))
    );
    assert_eq!(claims["exp"], now + 90);

    let old = parts(&issuer.token().issued_ago(7200).sign()).1;
    assert_eq!(old["exp"], now - 3600, "an hour after it was issued");

    let fixed = clock.now() + Duration::from_secs(5);
    let exact = issuer
        .token()
        .issued_at(fixed)
        .not_before(fixed)
        .expires_at(fixed);
    clock.advance(Duration::from_secs(1000));
    assert_eq!(parts(&early.sign()).1["exp"], now + 1090);
    let claims = parts(&exact.sign()).1;
    for name in ["iat", "nbf", "exp"] {
        assert_eq!(claims[name], now + 5, "{name}");
    }
}

#[tokio::test]
async fn expired_and_early_tokens_are_rejected() {
    let issuer = Issuer::start().await;
    let verdict = |token: String| verify(&issuer, &token).map(|_| ());
    assert_eq!(verdict(issuer.token().expires_in(60).sign()), Ok(()));
    assert_eq!(
        verdict(issuer.token().expires_in(-60).sign()),
        Err(ErrorKind::ExpiredSignature)
    );
    assert_eq!(verdict(issuer.token().not_before_in(-60).sign()), Ok(()));
    assert_eq!(
        verdict(issuer.token().not_before_in(60).sign()),
        Err(ErrorKind::ImmatureSignature)
    );
}

#[tokio::test]
async fn unsigned_token_has_alg_none_and_empty_signature() {
    let issuer = Issuer::start().await;
    let token = issuer.token().user("ada@example.com").unsigned();
    assert!(token.ends_with('.'));
    let (header, claims) = parts(&token);
    assert_eq!(header["alg"], "none");
    assert_eq!(header["kid"], issuer.active_key().kid());
    assert_eq!(claims["sub"], "ada@example.com");
}

#[tokio::test]
async fn hs256_token_is_a_valid_hmac_over_the_public_key() {
    let issuer = Issuer::start().await;
    let key = issuer.active_key();
    let mut rules = Validation::new(jsonwebtoken::Algorithm::HS256);
    rules.set_audience(&[issuer.audience()]);
    for secret in [
        key.public_pem().into_bytes(),
        key.public_der(),
        key.to_jwk().to_string().into_bytes(),
    ] {
        let token = issuer.token().hs256(&secret);
        let verify = |secret: &[u8]| {
            let secret = DecodingKey::from_secret(secret).unwrap();
            decode::<Value>(&token, &secret, &rules).is_ok()
        };
        assert!(verify(&secret));
        assert!(!verify(b"another secret"));
        assert_eq!(parts(&token).0["kid"], key.kid());
    }
    let by_hand = hmac_sha256(r#"{"alg":"HS256"}"#, "{}", "secret");
    assert_eq!(parts(&by_hand), (json!({ "alg": "HS256" }), json!({})));
}

#[tokio::test]
async fn any_text_can_be_signed() {
    let issuer = Issuer::start().await;
    let token = issuer.token();
    // Verifiers that take the first of two members and those that take the last disagree here.
    let claims = token
        .claims_json()
        .replacen('{', r#"{"level":1,"level":2,"#, 1);
    let twice = token.sign_raw(&token.header_json(), &claims);
    assert_eq!(verify(&issuer, &twice).unwrap()["level"], 2);
    assert_eq!(
        issuer
            .active_key()
            .sign_raw("not", "json")
            .split('.')
            .count(),
        3
    );
}

#[tokio::test]
async fn rsa_key_signs_any_rsa_algorithm_but_verifies_only_its_own() {
    let issuer = Issuer::start().await;
    let token = issuer.token().algorithm(Algorithm::Ps256).sign();
    assert_eq!(parts(&token).0["alg"], "PS256");
    assert_eq!(verify(&issuer, &token), Err(ErrorKind::InvalidAlgorithm));

    // The signature is valid: the same key, published for PS256, verifies it.
    let mut jwk = issuer.active_key().to_jwk();
    jwk["alg"] = json!("PS256");
    let key = DecodingKey::from_jwk(&serde_json::from_value(jwk).unwrap()).unwrap();
    let mut rules = Validation::new(jsonwebtoken::Algorithm::PS256);
    rules.set_audience(&[issuer.audience()]);
    assert!(decode::<Value>(&token, &key, &rules).is_ok());
}

#[tokio::test]
#[should_panic(expected = "a key for RS256 cannot sign with ES256")]
async fn key_of_another_type_panics_with_advice() {
    let issuer = Issuer::start().await;
    let _ = issuer.token().algorithm(Algorithm::Es256).sign();
}

#[test]
fn live_keys_never_share_material_or_kid() {
    let keys: Vec<Key> = (0..3).map(|_| Key::generate(Algorithm::Rs256)).collect();
    for (index, key) in keys.iter().enumerate() {
        for other in &keys[..index] {
            assert_ne!(key.public_der(), other.public_der());
            assert_ne!(key.kid(), other.kid());
        }
    }
    let renamed = keys[0].clone().with_kid("renamed");
    assert_eq!(renamed.public_der(), keys[0].public_der());
}

#[test]
fn debug_output_has_no_key_material() {
    let text = format!("{:?}", Key::generate(Algorithm::EdDsa).with_kid("mine"));
    assert_eq!(text, r#"Key { kid: "mine", algorithm: EdDsa, .. }"#);
}
