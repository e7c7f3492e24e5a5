//! Each reason for skipping a key, next to a key that differs in that point alone and is used.

use serde_json::{Value, json};

use super::{
    Algorithm, KeySet, MAX_KID_BYTES, SkipReason, SkippedKey, fixture::SigningKey,
    set::DocumentError,
};

const OTHER: &str = "other";

/// The result for `jwk` next to a good key: the reason, or the algorithms it is used for.
pub(super) fn fate(jwk: &Value) -> Result<Vec<Algorithm>, SkipReason> {
    fate_of_text(&jwk.to_string(), &Algorithm::ALL)
}

fn fate_of_text(jwk: &str, algorithms: &[Algorithm]) -> Result<Vec<Algorithm>, SkipReason> {
    let good = SigningKey::new(Algorithm::EdDsa).jwk(OTHER);
    let document = format!(r#"{{"keys":[{jwk},{good}]}}"#);
    let allowed = (algorithms.iter().copied().chain([Algorithm::EdDsa])).collect();
    let (set, skipped) = KeySet::parse(document.as_bytes(), &allowed, &KeySet::default()).unwrap();
    assert!(set.kids().contains(&OTHER), "the other key is spoilt too");
    match &skipped[..] {
        [] => Ok(set.algorithms_besides(OTHER)),
        [one] => {
            assert_eq!(one.index, 0);
            assert_eq!(set.kids(), [OTHER], "skipped and used");
            Err(one.reason)
        }
        many => panic!("{many:?}"),
    }
}

pub(super) fn rsa() -> Value {
    SigningKey::new(Algorithm::Rs256).jwk("k")
}

pub(super) fn ec() -> Value {
    SigningKey::new(Algorithm::Es256).jwk("k")
}

pub(super) fn okp() -> Value {
    SigningKey::new(Algorithm::EdDsa).jwk("k")
}

/// The key with one member set.
pub(super) fn with(mut jwk: Value, member: &str, value: impl Into<Value>) -> Value {
    jwk[member] = value.into();
    jwk
}

pub(super) fn without(mut jwk: Value, member: &str) -> Value {
    jwk.as_object_mut().unwrap().remove(member);
    jwk
}

#[test]
fn a_key_of_each_algorithm_is_used_for_that_algorithm_alone() {
    for algorithm in Algorithm::ALL {
        let jwk = SigningKey::new(algorithm).jwk("k");
        assert_eq!(fate(&jwk), Ok(vec![algorithm]));
    }
}

#[test]
fn key_without_algorithm_is_used_for_all_of_its_type() {
    let rsa = without(rsa(), "alg");
    assert_eq!(fate(&rsa), Ok(Algorithm::ALL[..6].to_vec()));
    let only = [Algorithm::Rs256];
    assert_eq!(fate_of_text(&rsa.to_string(), &only), Ok(only.to_vec()));
    assert_eq!(fate(&without(ec(), "alg")), Ok(vec![Algorithm::Es256]));
    assert_eq!(fate(&without(okp(), "alg")), Ok(vec![Algorithm::EdDsa]));
    let rfc_9864 = with(okp(), "alg", "Ed25519");
    assert_eq!(fate(&rfc_9864), Ok(vec![Algorithm::EdDsa]));
}

#[test]
fn unknown_unfit_or_disallowed_algorithm_is_foreign() {
    let foreign = Err(SkipReason::ForeignAlgorithm);
    for alg in [
        "Ed25519", "ES256", "HS256", "none", "rs256", "RSA-OAEP", "RSA1_5", "", "RS256 ",
    ] {
        assert_eq!(fate(&with(rsa(), "alg", alg)), foreign, "{alg:?}");
    }
    assert_eq!(
        fate(&with(rsa(), "alg", "RS384")),
        Ok(vec![Algorithm::Rs384])
    );
    assert_eq!(fate(&with(ec(), "alg", "ES384")), foreign);
    assert_eq!(fate(&with(ec(), "alg", "ES512")), foreign);

    let allowed = [Algorithm::Rs256];
    assert_eq!(
        fate_of_text(&rsa().to_string(), &allowed),
        Ok(allowed.to_vec())
    );
    let rs384 = with(rsa(), "alg", "RS384").to_string();
    assert_eq!(fate_of_text(&rs384, &allowed), foreign);
    let nameless = without(ec(), "alg").to_string();
    assert_eq!(fate_of_text(&nameless, &allowed), foreign);
}

#[test]
fn element_that_is_no_strict_object_is_malformed() {
    let good = rsa().to_string();
    let all = Algorithm::ALL;
    assert!(fate_of_text(&good, &all).is_ok());
    let prefixed = |member: &str| format!("{{{member},{}", &good[1..]);
    assert!(fate_of_text(&prefixed(r#""x5t":{"a":[1]}"#), &all).is_ok());
    for bad in [
        "1".to_owned(),
        "null".to_owned(),
        "[]".to_owned(),
        r#""RSA""#.to_owned(),
        prefixed(r#""kty":"RSA""#),
        prefixed(r#""\u006bty":"RSA""#),
        prefixed(r#""x5t":{"a":1,"a":1}"#),
        prefixed(&format!(r#""x5t":{}1{}"#, "[".repeat(16), "]".repeat(16))),
        prefixed(
            &(0..64)
                .map(|n| format!(r#""m{n}":1"#))
                .collect::<Vec<_>>()
                .join(","),
        ),
    ] {
        assert_eq!(
            fate_of_text(&bad, &all),
            Err(SkipReason::Malformed),
            "{bad}"
        );
    }
    for member in ["kty", "kid", "alg", "use", "n", "e", "crv", "x", "y"] {
        for value in [json!(1), json!(null), json!(["a"]), json!({}), json!(true)] {
            let jwk = with(rsa(), member, value);
            assert_eq!(fate(&jwk), Err(SkipReason::Malformed), "{jwk}");
        }
    }
    for operations in [json!("verify"), json!([1]), json!(null)] {
        let jwk = with(rsa(), "key_ops", operations);
        assert_eq!(fate(&jwk), Err(SkipReason::Malformed));
    }
}

#[test]
fn a_key_without_a_usable_name_is_skipped() {
    let missing = Err(SkipReason::MissingKeyId);
    assert_eq!(fate(&without(rsa(), "kid")), missing);
    assert_eq!(fate(&with(rsa(), "kid", "")), missing);
    assert_eq!(
        fate(&with(rsa(), "kid", "k".repeat(MAX_KID_BYTES + 1))),
        missing
    );
    assert!(fate(&with(rsa(), "kid", "k".repeat(MAX_KID_BYTES))).is_ok());
    assert!(fate(&with(rsa(), "kid", " ü/\"")).is_ok());
}

#[test]
fn a_key_that_is_not_for_signatures_is_skipped() {
    let foreign_use = Err(SkipReason::NotForSignatures);
    assert!(fate(&without(rsa(), "use")).is_ok());
    for usage in ["enc", "SIG", "", "sig "] {
        assert_eq!(fate(&with(rsa(), "use", usage)), foreign_use, "{usage:?}");
    }
    assert!(fate(&with(rsa(), "key_ops", json!(["verify"]))).is_ok());
    assert!(fate(&with(rsa(), "key_ops", json!(["encrypt", "verify"]))).is_ok());
    for operations in [
        json!([]),
        json!(["encrypt"]),
        json!(["sign"]),
        json!(["Verify"]),
    ] {
        assert_eq!(fate(&with(rsa(), "key_ops", operations)), foreign_use);
    }
}

#[test]
fn a_key_with_private_members_and_a_symmetric_key_are_skipped() {
    let private = Err(SkipReason::PrivateMembers);
    for member in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
        assert_eq!(fate(&with(rsa(), member, "c2VjcmV0")), private, "{member}");
        assert_eq!(
            fate(&with(rsa(), member, json!([{ "r": 1 }]))),
            private,
            "{member}"
        );
    }
    assert!(fate(&with(rsa(), "D", "c2VjcmV0")).is_ok());
    assert_eq!(fate(&with(ec(), "d", "c2VjcmV0")), private);
    assert_eq!(fate(&with(okp(), "d", "c2VjcmV0")), private);
    assert_eq!(
        fate(&json!({ "kty": "oct", "kid": "k", "alg": "HS256" })),
        private
    );
    let oct = json!({ "kty": "oct", "kid": "k", "alg": "HS256", "k": "c2VjcmV0" });
    assert_eq!(fate(&oct), private);
}

#[test]
fn an_unknown_type_or_curve_is_skipped() {
    for kty in ["rsa", "AKP", "", "EC2"] {
        let jwk = with(rsa(), "kty", kty);
        assert_eq!(fate(&jwk), Err(SkipReason::UnknownType), "{kty:?}");
    }
    assert_eq!(fate(&without(rsa(), "kty")), Err(SkipReason::UnknownType));
    for crv in ["P-521", "p-256", "secp256k1", "", "Ed25519"] {
        let jwk = with(ec(), "crv", crv);
        assert_eq!(fate(&jwk), Err(SkipReason::UnknownCurve), "{crv:?}");
    }
    assert_eq!(fate(&without(ec(), "crv")), Err(SkipReason::UnknownCurve));
    for crv in ["Ed448", "X25519", "P-256"] {
        let jwk = with(okp(), "crv", crv);
        assert_eq!(fate(&jwk), Err(SkipReason::UnknownCurve), "{crv:?}");
    }
}

#[test]
fn every_reason_has_its_own_code() {
    let all = [
        SkipReason::Malformed,
        SkipReason::MissingKeyId,
        SkipReason::NotForSignatures,
        SkipReason::PrivateMembers,
        SkipReason::UnknownType,
        SkipReason::UnknownCurve,
        SkipReason::ForeignAlgorithm,
        SkipReason::BadNumbers,
        SkipReason::RsaSize,
        SkipReason::RsaExponent,
        SkipReason::Conflict,
        SkipReason::TooMany,
    ];
    let codes: std::collections::BTreeSet<String> = all.iter().map(ToString::to_string).collect();
    assert_eq!(codes.len(), all.len());
}

#[test]
fn a_set_of_nothing_but_odd_keys_is_refused_as_a_whole() {
    let document = json!({ "keys": [with(rsa(), "use", "enc")] }).to_string();
    let parsed = KeySet::parse(
        document.as_bytes(),
        &Algorithm::ALL.into(),
        &KeySet::default(),
    );
    let skipped = SkippedKey {
        index: 0,
        reason: SkipReason::NotForSignatures,
    };
    assert_eq!(
        parsed.unwrap_err(),
        DocumentError::NothingUsable(vec![skipped])
    );
}
