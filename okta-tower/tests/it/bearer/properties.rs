//! Properties that hold for every input: nothing panics, and a token that differs from a valid one
//! is rejected.

use std::sync::LazyLock;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use okta_tower::{Algorithm, TokenError, TokenErrorKind, Verified};
use okta_tower_test::Key;
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use tokio::runtime::Runtime;

use super::world::{World, issuer};

/// One issuer for all cases, because starting an issuer is slow. It publishes a key per algorithm.
struct Setup {
    runtime: Runtime,
    world: World,
    keys: Vec<Key>,
}

static SETUP: LazyLock<Setup> = LazyLock::new(|| {
    let runtime = Runtime::new().unwrap();
    let (world, keys) = runtime.block_on(async {
        let (issuer, clock) = issuer().await;
        let others = [
            Algorithm::Ps256,
            Algorithm::Es256,
            Algorithm::Es384,
            Algorithm::EdDsa,
        ];
        let mut keys: Vec<Key> = others.into_iter().map(Key::generate).collect();
        keys.iter().for_each(|key| issuer.publish_key(key));
        keys.push(issuer.active_key());
        let world = World::on(issuer, clock, |okta| okta.algorithms(Algorithm::ALL)).await;
        (world, keys)
    });
    Setup {
        runtime,
        world,
        keys,
    }
});

fn verify(token: &str) -> Result<Verified, TokenError> {
    let result = SETUP.runtime.block_on(SETUP.world.okta.verify(token));
    result.map_err(|error| *error.token_error().unwrap())
}

/// A valid token by each key.
fn good_tokens() -> Vec<String> {
    let token = |key: &Key| {
        SETUP
            .world
            .issuer
            .token()
            .key(key.clone())
            .groups(["admin"])
            .sign()
    };
    SETUP.keys.iter().map(token).collect()
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Any JSON, with known member names among its names.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (1_767_260_000_i64..1_767_280_000).prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        Just(json!("api://default")),
        Just(json!(SETUP.world.issuer.url())),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((any_name(), inner), 0..6)
                .prop_map(|members| Value::Object(Map::from_iter(members))),
        ]
    })
}

const NAMES: [&str; 34] = [
    "alg",
    "typ",
    "kid",
    "crit",
    "b64",
    "zip",
    "jku",
    "jwk",
    "iss",
    "sub",
    "aud",
    "exp",
    "nbf",
    "iat",
    "auth_time",
    "jti",
    "uid",
    "cid",
    "client_id",
    "scp",
    "scope",
    "groups",
    "acr",
    "amr",
    "cnf",
    "nonce",
    "at_hash",
    "c_hash",
    "s_hash",
    "events",
    "toe",
    "ver",
    "azp",
    "$serde_json::private::RawValue",
];

fn any_name() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => prop::sample::select(NAMES.to_vec()).prop_map(str::to_owned),
        1 => ".{0,8}",
    ]
}

/// A valid object with a few members set and a few removed.
fn spoilt(base: &str, changes: &[(String, Option<Value>)]) -> Value {
    let mut object: Map<String, Value> = serde_json::from_str(base).unwrap();
    for (name, value) in changes {
        match value {
            Some(value) => object.insert(name.clone(), value.clone()),
            None => object.remove(name),
        };
    }
    Value::Object(object)
}

fn changes() -> impl Strategy<Value = Vec<(String, Option<Value>)>> {
    prop::collection::vec((any_name(), prop::option::weighted(0.8, any_json())), 0..4)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn arbitrary_text_is_rejected(text in any::<String>()) {
        prop_assert!(verify(&text).is_err());
    }

    #[test]
    fn arbitrary_text_between_dots_is_rejected(
        parts in prop::collection::vec("[A-Za-z0-9_=+/ -]{0,40}", 0..8),
    ) {
        prop_assert!(verify(&parts.join(".")).is_err());
    }

    #[test]
    fn arbitrary_bytes_in_three_parts_are_rejected(
        header in any::<Vec<u8>>(), payload in any::<Vec<u8>>(), signature in any::<Vec<u8>>(),
    ) {
        let token = [header, payload, signature].map(encode).join(".");
        prop_assert!(verify(&token).is_err());
    }

    #[test]
    fn arbitrary_signed_header_is_rejected(header in any_json(), text in any::<String>()) {
        let token = SETUP.world.issuer.token();
        for header in [header.to_string(), text] {
            let result = verify(&token.sign_raw(&header, &token.claims_json()));
            prop_assert!(result.is_err());
        }
    }

    #[test]
    fn arbitrary_signed_payload_is_rejected(payload in any_json(), text in any::<String>()) {
        let token = SETUP.world.issuer.token();
        for payload in [payload.to_string(), text] {
            let result = verify(&token.sign_raw(&token.header_json(), &payload));
            // Random text never contains the right issuer and audience.
            prop_assert!(result.is_err());
        }
    }

    /// States the rules a second time, in another way than the library.
    #[test]
    fn accepted_token_satisfies_every_rule(
        header in changes(), claims in changes(), key in 0_usize..5,
    ) {
        let token = SETUP.world.issuer.token().key(SETUP.keys[key].clone());
        let header = spoilt(&token.header_json(), &header);
        let claims = spoilt(&token.claims_json(), &claims);
        let result = verify(&token.sign_raw(&header.to_string(), &claims.to_string()));
        let Ok(verified) = result else { return Ok(()) };

        prop_assert_eq!(header["alg"].as_str(), Some(SETUP.keys[key].algorithm().as_str()));
        prop_assert_eq!(header["kid"].as_str(), Some(SETUP.keys[key].kid()));
        for name in ["crit", "b64", "zip"] {
            prop_assert!(header.get(name).is_none());
        }
        prop_assert_eq!(claims["iss"].as_str(), Some(SETUP.world.issuer.url()));
        let audience = &claims["aud"];
        let is_ours = |value: &Value| value == "api://default";
        let holds_ours = |all: &Vec<Value>| all.iter().any(is_ours);
        prop_assert!(is_ours(audience) || audience.as_array().is_some_and(holds_ours));
        // Noon on the manual clock, and a minute of leeway.
        let noon = 1_767_268_800.0;
        prop_assert!(claims["exp"].as_f64().unwrap() > noon - 60.0);
        for name in ["nbf", "iat"] {
            let time = claims.get(name).filter(|time| !time.is_null());
            prop_assert!(time.is_none_or(|time| time.as_f64().unwrap() <= noon + 60.0));
        }
        prop_assert!(claims.get("cnf").is_none_or(Value::is_null));
        for name in ["nonce", "at_hash", "c_hash", "s_hash"] {
            prop_assert!(!claims[name].is_string());
        }
        prop_assert!(!claims["events"].is_object() && !claims["toe"].is_number());
        prop_assert_eq!(claims["sub"].as_str(), Some(verified.subject()));
        prop_assert!(!verified.subject().is_empty());
        prop_assert_eq!(claims.get("uid").and_then(Value::as_str), verified.user_id());
        prop_assert!(!claims.to_string().contains("$serde_json::private::RawValue"));
    }

    #[test]
    fn replaced_text_at_any_place_is_rejected(
        which in 0_usize..5, place in any::<prop::sample::Index>(), length in 0_usize..4,
        text in "\\PC{0,3}",
    ) {
        let token = &good_tokens()[which];
        let start = place.index(token.len());
        let end = (start + length).min(token.len());
        let changed = format!("{}{text}{}", &token[..start], &token[end..]);
        prop_assume!(changed != *token);
        prop_assert!(verify(&changed).is_err(), "{changed}");
    }

    #[test]
    fn flipped_bit_in_a_decoded_part_is_rejected(
        which in 0_usize..5, part in 0_usize..3, bit in any::<prop::sample::Index>(),
    ) {
        let token = &good_tokens()[which];
        let mut parts: Vec<String> = token.split('.').map(str::to_owned).collect();
        let mut bytes = URL_SAFE_NO_PAD.decode(&parts[part]).unwrap();
        let bit = bit.index(bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        parts[part] = encode(bytes);
        prop_assert!(verify(&parts.join(".")).is_err());
    }
}

/// At each place of a token: another letter, one more, one less, two swapped.
#[test]
fn single_change_at_any_place_is_rejected() {
    for token in good_tokens() {
        assert!(verify(&token).is_ok());
        for place in 0..token.len() {
            let (before, after) = token.split_at(place);
            let mut letters = after.chars();
            let letter = letters.next().unwrap();
            let rest = letters.as_str();
            let neighbour = match letter {
                'A' => 'B',
                'z' => 'y',
                '.' => '_',
                other => char::from(other as u8 ^ 1),
            };
            let mut changed = vec![
                format!("{before}{rest}"),
                format!("{before}{neighbour}{rest}"),
                format!("{before}{}{rest}", if letter == 'A' { 'Q' } else { 'A' }),
                format!("{before}{letter}{letter}{rest}"),
                format!("{before}A{after}"),
                format!("{before}.{after}"),
                format!("{before}={after}"),
                format!("{before}\n{after}"),
            ];
            if let Some(next) = rest.chars().next().filter(|next| *next != letter) {
                changed.push(format!("{before}{next}{letter}{}", &rest[1..]));
            }
            for changed in changed.iter().filter(|changed| **changed != token) {
                assert!(verify(changed).is_err(), "{changed}");
            }
        }
        for longer in [
            format!("{token}="),
            format!("{token}A"),
            format!("{token}\0"),
            format!("{token} "),
        ] {
            assert!(verify(&longer).is_err());
        }
    }
}

#[test]
fn extreme_tokens_within_the_size_limit_get_a_result() {
    // Many empty entries and deep nesting, all within the size limit.
    let token = SETUP.world.issuer.token();
    let nothing = vec![""; 3500];
    let listed = token.clone().claim("aud", json!(nothing)).sign();
    assert_eq!(
        verify(&listed).unwrap_err().kind(),
        TokenErrorKind::WrongAudience
    );
    let grouped = token.clone().claim("groups", json!(nothing)).sign();
    assert_eq!(verify(&grouped).unwrap().groups().len(), 3500);
    let nested = format!(r#"{{"x":{}{}}}"#, "[".repeat(5500), "]".repeat(5500));
    let nested = token.sign_raw(&token.header_json(), &nested);
    assert_eq!(
        verify(&nested).unwrap_err().kind(),
        TokenErrorKind::BadClaims
    );
    let nested_header = format!(r#"{{"x":{}"#, "{\"a\":".repeat(2000));
    let nested_header = token.sign_raw(&nested_header, "{}");
    assert_eq!(
        verify(&nested_header).unwrap_err().kind(),
        TokenErrorKind::BadHeader
    );
}
