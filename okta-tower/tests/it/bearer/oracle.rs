//! Compares with `jsonwebtoken`: it accepts every token that this library accepts, and the two
//! agree on every signature.
//!
//! The reverse does not hold: this library is stricter.

use std::time::SystemTime;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{DecodingKey, Validation, decode, jwk::Jwk};
use okta_tower::{Algorithm, Okta};
use okta_tower_test::{Issuer, ManualClock, TokenBuilder};
use proptest::{
    prelude::{Just, Strategy, any},
    prop_oneof,
    strategy::ValueTree,
    test_runner::{Config, TestRunner},
};
use serde_json::{Value, json};

use super::world::okta;

/// A change to a token.
#[derive(Clone, Debug)]
enum Change {
    Nothing,
    Claim(&'static str, Value),
    Without(&'static str),
    Header(&'static str, Value),
    WithoutHeader(&'static str),
    Forged,
    /// One bit of the decoded signature.
    SignatureBit(usize),
    /// One bit of the decoded header or payload, under the old signature.
    PartBit(usize, usize),
}

fn change() -> impl Strategy<Value = Change> {
    let claims = proptest::sample::select(vec![
        "iss", "sub", "aud", "exp", "nbf", "iat", "jti", "uid", "cid", "scp", "scope", "groups",
        "nonce", "cnf", "x",
    ]);
    let headers = proptest::sample::select(vec![
        "alg", "kid", "typ", "crit", "b64", "zip", "jku", "jwk", "x",
    ]);
    prop_oneof![
        2 => Just(Change::Nothing),
        6 => (claims.clone(), value()).prop_map(|(claim, value)| Change::Claim(claim, value)),
        1 => claims.prop_map(Change::Without),
        3 => (headers.clone(), value()).prop_map(|(header, value)| Change::Header(header, value)),
        1 => headers.prop_map(Change::WithoutHeader),
        1 => Just(Change::Forged),
        2 => any::<usize>().prop_map(Change::SignatureBit),
        2 => (0_usize..2, any::<usize>()).prop_map(|(part, bit)| Change::PartBit(part, bit)),
    ]
}

/// `jsonwebtoken` requires these unused header members to have their type, and rejects an `nbf` of
/// `null`, which counts as absent here.
fn is_comparable(change: &Change) -> bool {
    !matches!(
        change,
        Change::Header("jku" | "jwk" | "x", _) | Change::Claim("nbf", Value::Null)
    )
}

fn value() -> impl Strategy<Value = Value> {
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let far: Vec<Value> = [
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(1e300),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(""),
        json!("x"),
        json!("api://default"),
        json!(["api://default", "x"]),
        json!([]),
        json!({}),
        json!([1]),
        json!("JWT"),
        json!("at+jwt"),
        json!("none"),
        json!("HS256"),
        json!("RS256"),
        json!("ES256"),
        json!("EdDSA"),
        json!(["exp"]),
        json!({ "jkt": "x" }),
    ]
    .into();
    // Near the limits, but a second of real time must not change the result.
    let near = proptest::sample::select(vec![-7200_i64, -3600, -300, -30, 0, 30, 300, 3600])
        .prop_map(move |offset| json!(now.saturating_add_signed(offset)));
    prop_oneof![2 => proptest::sample::select(far), 1 => near]
}

fn apply(token: TokenBuilder, issuer: &Issuer, change: &Change) -> String {
    match change {
        Change::Nothing => token.sign(),
        Change::Claim(name, value) => token.claim(*name, value.clone()).sign(),
        Change::Without(name) => token.without(*name).sign(),
        Change::Header(name, value) => token.header(*name, value.clone()).sign(),
        Change::WithoutHeader(name) => token.without_header(*name).sign(),
        Change::Forged => token.key(issuer.forged_key()).sign(),
        Change::SignatureBit(bit) => flipped(&token.sign(), 2, *bit),
        Change::PartBit(part, bit) => flipped(&token.sign(), *part, *bit),
    }
}

/// The token with one bit of one decoded part flipped.
fn flipped(token: &str, part: usize, bit: usize) -> String {
    let mut parts: Vec<String> = token.split('.').map(str::to_owned).collect();
    let mut bytes = URL_SAFE_NO_PAD.decode(&parts[part]).unwrap();
    let bit = bit % (bytes.len() * 8);
    bytes[bit / 8] ^= 1 << (bit % 8);
    parts[part] = URL_SAFE_NO_PAD.encode(bytes);
    parts.join(".")
}

struct Oracle {
    key: DecodingKey,
    algorithm: jsonwebtoken::Algorithm,
    rules: Validation,
}

impl Oracle {
    fn new(issuer: &Issuer) -> Self {
        let jwk: Jwk = serde_json::from_value(issuer.active_key().to_jwk()).unwrap();
        let algorithm = issuer.algorithm().as_str().parse().unwrap();
        let mut rules = Validation::new(algorithm);
        rules.set_audience(&[issuer.audience()]);
        rules.set_issuer(&[issuer.url()]);
        rules.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        rules.validate_nbf = true;
        rules.leeway = 60;
        Self {
            key: DecodingKey::from_jwk(&jwk).unwrap(),
            algorithm,
            rules,
        }
    }

    fn accepts(&self, token: &str) -> bool {
        decode::<Value>(token, &self.key, &self.rules).is_ok()
    }

    fn signature_is_right(&self, token: &str) -> bool {
        let (message, signature) = token.rsplit_once('.').unwrap();
        jsonwebtoken::crypto::verify(signature, message.as_bytes(), &self.key, self.algorithm)
            .unwrap_or(false)
    }
}

/// Whether the signature was valid, if the result shows it: later checks run only after that.
fn signature_was_right(result: Result<(), &str>) -> Option<bool> {
    match result {
        Ok(())
        | Err(
            "bad_claims"
            | "not_an_access_token"
            | "sender_constrained"
            | "missing_claim"
            | "wrong_issuer"
            | "wrong_audience"
            | "expired"
            | "not_yet_valid"
            | "issued_in_future",
        ) => Some(true),
        Err("bad_signature") => Some(false),
        Err(_) => None,
    }
}

#[test]
fn accepted_tokens_are_accepted_by_jsonwebtoken_too() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut runner = TestRunner::new(Config::default());
    for algorithm in Algorithm::ALL {
        let (mut accepted, mut wrong) = (0, 0);
        runtime.block_on(async {
            // `jsonwebtoken` always uses the system clock.
            let clock = ManualClock::at(SystemTime::now());
            let issuer = Issuer::builder().algorithm(algorithm).clock(clock.clone());
            let issuer = issuer.start().await.unwrap();
            let okta: Okta = okta(&issuer, &clock, |okta| okta.algorithms([algorithm])).await;
            let oracle = Oracle::new(&issuer);
            for _ in 0..150 {
                let change = change().new_tree(&mut runner).unwrap().current();
                let token = apply(issuer.token(), &issuer, &change);
                let result = okta.verify(&token).await;
                if result.is_ok() && is_comparable(&change) {
                    accepted += 1;
                    assert!(oracle.accepts(&token), "{algorithm} {change:?}");
                }
                let result = result
                    .as_ref()
                    .map(|_| ())
                    .map_err(okta_tower::AuthError::reason);
                if let Some(right) = signature_was_right(result) {
                    wrong += usize::from(!right);
                    assert_eq!(
                        oracle.signature_is_right(&token),
                        right,
                        "{algorithm} {change:?}"
                    );
                }
            }
        });
        assert!(
            accepted > 10 && wrong > 5,
            "{algorithm}: {accepted} accepted, {wrong} forged"
        );
    }
}
