//! Properties of every key document, well-formed or not.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{
    Algorithm, KeySet,
    fixture::{SigningKey, document},
};

fn parse(text: &[u8]) -> Option<KeySet> {
    let parsed = KeySet::parse(text, &Algorithm::ALL.into(), &KeySet::default());
    parsed.ok().map(|(set, _)| set)
}

/// A value for any member: what keys have there, and what they do not.
fn value() -> impl Strategy<Value = Value> {
    let known = [
        "RSA", "EC", "OKP", "oct", "sig", "enc", "verify", "RS256", "ES384", "EdDSA", "P-256",
        "P-384", "Ed25519",
    ];
    prop_oneof![
        prop::sample::select(known.to_vec()).prop_map(Value::from),
        "[A-Za-z0-9_=-]{0,90}".prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        Just(Value::Null),
        Just(json!([])),
        Just(json!(["verify"])),
        Just(json!({ "a": 1 })),
        Just(json!("\u{0}\u{fffd}")),
    ]
}

fn member() -> impl Strategy<Value = (String, Value)> {
    let names = [
        "kty", "kid", "alg", "use", "key_ops", "crv", "n", "e", "x", "y", "d", "k", "x5c", "other",
    ];
    (prop::sample::select(names.to_vec()), value())
        .prop_map(|(name, value)| (name.to_owned(), value))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn arbitrary_bytes_do_not_panic(
        bytes in any::<Vec<u8>>(),
        text in "\\{\"keys\":\\[.{0,60}\\]\\}",
    ) {
        parse(&bytes);
        parse(text.as_bytes());
    }

    #[test]
    fn arbitrary_keys_do_not_panic_or_spoil_others(
        keys in prop::collection::vec(prop::collection::vec(member(), 0..9), 0..6),
        place in any::<prop::sample::Index>(),
    ) {
        let object = |members| Value::Object(Map::from_iter::<Vec<_>>(members));
        let mut keys: Vec<Value> = keys.into_iter().map(object).collect();
        parse(&document(&keys));
        let name = "a name that no other key has";
        keys.insert(place.index(keys.len() + 1), SigningKey::new(Algorithm::Es256).jwk(name));
        let set = parse(&document(&keys)).unwrap();
        prop_assert!(set.kids().contains(&name));
    }

    #[test]
    fn good_key_with_changed_members_does_not_panic(
        which in 0_usize..9,
        changes in prop::collection::vec(member(), 1..4),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut jwk = SigningKey::new(Algorithm::ALL[which]).jwk("k");
        for (name, value) in changes {
            jwk[name] = value;
        }
        let text = document(&[jwk]);
        parse(&text);
        parse(&text[..cut.index(text.len())]);
    }
}
