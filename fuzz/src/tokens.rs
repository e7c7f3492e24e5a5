//! Tokens and their payloads, compared with `jsonwebtoken` and `serde_json`.

use std::{sync::LazyLock, time::UNIX_EPOCH};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{DecodingKey, Validation};
use okta_tower::{
    Verified,
    fuzzing::{Application, Keys},
};
use serde_json::{Value, json};

use crate::json::unique;

pub(crate) const ISSUER: &str = "https://acme.okta.com/oauth2/default";
const AUDIENCE: &str = "api://default";
pub(crate) const KID: &str = "active";
const NOW: i64 = 1_767_268_800;

pub(crate) static APPLICATION: LazyLock<Application> = LazyLock::new(|| {
    let redirect_uri = "https://app.example.com/authorization-code/callback";
    Application::new(ISSUER, AUDIENCE, redirect_uri)
});

/// A fixed key, so that tokens and findings are the same in each run.
static KEY: LazyLock<Ed25519KeyPair> =
    LazyLock::new(|| Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap());

static KEYS: LazyLock<Keys> = LazyLock::new(|| {
    let set = json!({ "keys": [jwk()] }).to_string();
    Keys::parse(set.as_bytes(), &Keys::default()).unwrap()
});

/// The public half of the key.
pub(crate) fn jwk() -> Value {
    json!({
        "kty": "OKP", "crv": "Ed25519", "kid": KID, "alg": "EdDSA", "use": "sig", "x": public(),
    })
}

pub(crate) fn public() -> String {
    URL_SAFE_NO_PAD.encode(KEY.public_key().as_ref())
}

fn header() -> String {
    json!({ "alg": "EdDSA", "kid": KID }).to_string()
}

fn claims() -> String {
    json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": "ada@example.com", "cid": "0oa1", "uid": "00u1",
        "scp": ["openid"], "iat": NOW, "exp": NOW + 3600,
    })
    .to_string()
}

fn sign(header: &[u8], payload: &[u8]) -> String {
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let signed = format!("{}.{}", encode(header), encode(payload));
    let signature = encode(KEY.sign(signed.as_bytes()).as_ref());
    format!("{signed}.{signature}")
}

/// The token that each accepted input must be.
pub(crate) fn good_token() -> String {
    sign(header().as_bytes(), claims().as_bytes())
}

pub(crate) fn verify(token: &str, keys: &Keys) -> Option<Verified> {
    APPLICATION.verify(token.as_bytes(), keys, NOW)
}

/// A whole token, or a header that is then signed. Only the signed bytes are accepted.
pub(crate) fn token(data: &[u8]) {
    static GOOD: LazyLock<String> = LazyLock::new(good_token);
    let is_accepted = APPLICATION.verify(data, &KEYS, NOW).is_some();
    assert_eq!(
        is_accepted,
        data == GOOD.as_bytes(),
        "only the signed token is accepted"
    );

    // One byte of the good token is replaced or inserted, or the token is cut.
    if let [place, low, byte, what, ..] = data {
        let mut bytes = GOOD.clone().into_bytes();
        let at = usize::from(u16::from_be_bytes([*place, *low])) % bytes.len();
        match what % 3 {
            0 => bytes[at] = *byte,
            1 => bytes.insert(at, *byte),
            _ => bytes.truncate(at),
        }
        let is_accepted = APPLICATION.verify(&bytes, &KEYS, NOW).is_some();
        assert_eq!(
            is_accepted,
            bytes == GOOD.as_bytes(),
            "a changed token is rejected"
        );
    }

    let token = sign(data, claims().as_bytes());
    if verify(&token, &KEYS).is_some() {
        let header = unique(data).expect("an accepted header is JSON without duplicates");
        assert_eq!(
            (&header["alg"], &header["kid"]),
            (&json!("EdDSA"), &json!(KID))
        );
        assert!(
            header.get("crit").is_none(),
            "no critical extension is understood"
        );
        assert_jsonwebtoken_accepts(&token);
    }
}

/// A payload, which is then signed.
pub(crate) fn payload(data: &[u8]) {
    let token = sign(header().as_bytes(), data);
    let Some(verified) = verify(&token, &KEYS) else {
        let expected = unique(data);
        let is_good = expected == serde_json::from_str(&claims()).ok();
        assert!(
            !is_good,
            "the good claims are accepted in any order and spacing"
        );
        return;
    };
    let claims = unique(data).expect("an accepted payload is JSON without duplicates");
    let strings = |name: &str| -> Vec<String> {
        match &claims[name] {
            Value::String(one) if name == "aud" => vec![one.clone()],
            Value::String(words) => words
                .split(' ')
                .filter(|w| !w.is_empty())
                .map(Into::into)
                .collect(),
            Value::Array(all) => all.iter().map(|one| one.as_str().unwrap().into()).collect(),
            _ => Vec::new(),
        }
    };
    assert_eq!(claims["iss"], ISSUER);
    assert_eq!(claims["sub"], verified.subject());
    assert_eq!(claims["uid"].as_str(), verified.user_id());
    assert!(strings("aud").iter().any(|audience| audience == AUDIENCE));
    assert_eq!(strings("aud"), verified.audience().collect::<Vec<_>>());
    let scopes = if claims["scp"].is_null() {
        "scope"
    } else {
        "scp"
    };
    assert_eq!(
        strings(scopes),
        verified.scopes().into_iter().collect::<Vec<_>>()
    );
    let exp = claims["exp"].as_f64().expect("`exp` is a number");
    assert!(exp + 60.0 >= NOW as f64, "an expired token is rejected");
    let expires_at = verified.expires_at().duration_since(UNIX_EPOCH).unwrap();
    assert!((expires_at.as_secs_f64() - exp).abs() < 1.0);
    for (name, value) in claims.as_object().unwrap() {
        assert_eq!(verified.claim(name), Some(value), "{name}");
    }
    assert_jsonwebtoken_accepts(&token);
}

fn assert_jsonwebtoken_accepts(token: &str) {
    let mut validation = Validation::new(jsonwebtoken::Algorithm::EdDSA);
    validation.validate_exp = false;
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[AUDIENCE]);
    let key = DecodingKey::from_ed_components(&public()).unwrap();
    let found = jsonwebtoken::decode::<Value>(token, &key, &validation);
    assert!(found.is_ok(), "jsonwebtoken rejects: {:?}", found.err());
}
