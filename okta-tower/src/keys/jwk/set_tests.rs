//! Whole documents: what spoils one, what a second document keeps of the first, and what a token's
//! header selects.

use std::{collections::BTreeSet, sync::Arc};

use serde_json::{Value, json};

use super::{
    Algorithm, KeySet, PreparedKey, Selection, SkipReason, SkippedKey,
    fixture::{SigningKey, document, key_set},
    set::DocumentError,
};

type Parsed = Result<(KeySet, Vec<SkippedKey>), DocumentError>;

fn parse(keys: &[Value]) -> Parsed {
    parse_after(keys, &KeySet::default())
}

fn parse_after(keys: &[Value], previous: &KeySet) -> Parsed {
    KeySet::parse(&document(keys), &all(), previous)
}

fn parse_text(text: impl AsRef<[u8]>) -> Parsed {
    KeySet::parse(text.as_ref(), &all(), &KeySet::default())
}

fn all() -> BTreeSet<Algorithm> {
    Algorithm::ALL.into()
}

fn skipped(entries: &[(usize, SkipReason)]) -> Vec<SkippedKey> {
    let skipped = |(index, reason): &(usize, SkipReason)| SkippedKey {
        index: *index,
        reason: *reason,
    };
    entries.iter().map(skipped).collect()
}

fn rsa(kid: &str) -> Value {
    SigningKey::new(Algorithm::Rs256).jwk(kid)
}

fn other_rsa(kid: &str) -> Value {
    SigningKey::other_rsa().jwk(kid)
}

fn without_alg(mut jwk: Value) -> Value {
    jwk.as_object_mut().unwrap().remove("alg");
    jwk
}

fn selected(set: &KeySet, kid: &str, algorithm: Algorithm) -> Option<Arc<PreparedKey>> {
    match set.select(kid, algorithm) {
        Selection::Key(key) => Some(Arc::clone(key)),
        Selection::OtherAlgorithm | Selection::Unknown => None,
    }
}

#[test]
fn a_document_that_is_no_plain_object_is_malformed() {
    let good = String::from_utf8(document(&[rsa("k")])).unwrap();
    assert!(parse_text(&good).is_ok());
    assert!(parse_text(format!(" {good}\n")).is_ok());
    let prefixed = |member: &str| format!("{{{member},{}", &good[1..]);
    assert!(parse_text(prefixed(r#""extra":{"a":1}"#)).is_ok());
    for bad in [
        String::new(),
        "null".to_owned(),
        "[]".to_owned(),
        format!("[{good}]"),
        format!("{good}x"),
        good[..good.len() - 1].to_owned(),
        format!("\u{feff}{good}"),
        prefixed(r#""keys":[]"#),
        prefixed(r#""\u006beys":[]"#),
        prefixed(r#""extra":{"a":1,"a":2}"#),
        prefixed(&format!(
            r#""extra":{}{}"#,
            "[".repeat(100_000),
            "]".repeat(100_000)
        )),
    ] {
        assert_eq!(parse_text(&bad).unwrap_err(), DocumentError::Malformed);
    }
    let latin = [&b"{\"name\":\"\xe4\","[..], &good.as_bytes()[1..]].concat();
    assert_eq!(parse_text(latin).unwrap_err(), DocumentError::Malformed);
}

#[test]
fn a_document_without_an_array_of_keys_says_so() {
    for text in [
        "{}",
        r#"{"keys":null}"#,
        r#"{"keys":{}}"#,
        r#"{"Keys":[]}"#,
        r#"{"keys":"k"}"#,
    ] {
        assert_eq!(
            parse_text(text).unwrap_err(),
            DocumentError::NoKeys,
            "{text}"
        );
    }
    let empty = parse_text(r#"{"keys":[]}"#).unwrap_err();
    assert_eq!(empty, DocumentError::NothingUsable(Vec::new()));
}

#[test]
fn odd_key_is_skipped_alone_and_reported_with_its_index() {
    let mut numeric = rsa("a");
    numeric["kid"] = json!(17);
    let mut encryption = rsa("b");
    encryption["use"] = "enc".into();
    let deep: Value =
        serde_json::from_str(&format!("{}{}", "[".repeat(100), "]".repeat(100))).unwrap();
    let (set, odd) = parse(&[numeric, rsa("good"), encryption, deep, other_rsa("also")]).unwrap();
    assert_eq!(set.kids(), ["good", "also"]);
    let malformed = SkipReason::Malformed;
    let expected = [
        (0, malformed),
        (2, SkipReason::NotForSignatures),
        (3, malformed),
    ];
    assert_eq!(odd, skipped(&expected));
}

#[test]
fn different_keys_under_one_id_and_algorithm_are_skipped() {
    let (set, odd) = parse(&[rsa("twice"), rsa("good"), other_rsa("twice")]).unwrap();
    assert_eq!(set.kids(), ["good"]);
    assert_eq!(
        odd,
        skipped(&[(0, SkipReason::Conflict), (2, SkipReason::Conflict)])
    );
    // Skipped keys are reported in the document's order, whichever check found them.
    let mut numeric = rsa("a");
    numeric["kid"] = json!(17);
    let (_, odd) = parse(&[rsa("twice"), numeric, other_rsa("twice"), rsa("good")]).unwrap();
    let conflict = SkipReason::Conflict;
    let expected = [(0, conflict), (1, SkipReason::Malformed), (2, conflict)];
    assert_eq!(odd, skipped(&expected));
    // Three of them, two alike: no majority decides.
    let (set, odd) = parse(&[rsa("x"), rsa("x"), other_rsa("x"), rsa("good")]).unwrap();
    assert_eq!((set.kids(), odd.len()), (vec!["good"], 3));
    let lonely = parse(&[rsa("twice"), other_rsa("twice")]).unwrap_err();
    let both = skipped(&[(0, conflict), (1, conflict)]);
    assert_eq!(lonely, DocumentError::NothingUsable(both));
}

#[test]
fn a_conflicting_key_that_names_no_algorithm_is_reported_once() {
    let keys = [
        without_alg(rsa("x")),
        without_alg(other_rsa("x")),
        rsa("good"),
    ];
    let (set, odd) = parse(&keys).unwrap();
    assert_eq!(set.kids(), ["good"]);
    assert_eq!(
        odd,
        skipped(&[(0, SkipReason::Conflict), (1, SkipReason::Conflict)])
    );
}

#[test]
fn different_keys_may_share_a_name_if_their_algorithms_differ() {
    let elliptic = SigningKey::new(Algorithm::Es256).jwk("shared");
    let (set, odd) = parse(&[rsa("shared"), elliptic]).unwrap();
    assert!(odd.is_empty());
    let one = selected(&set, "shared", Algorithm::Rs256).unwrap();
    let other = selected(&set, "shared", Algorithm::Es256).unwrap();
    assert!(!Arc::ptr_eq(&one, &other));
    assert_eq!(set.kids(), ["shared"]);
}

#[test]
fn a_key_that_is_listed_twice_counts_once() {
    let (set, odd) = parse(&[rsa("k"), other_rsa("l"), rsa("k")]).unwrap();
    assert!(odd.is_empty());
    assert_eq!(set.kids(), ["k", "l"]);
    assert_eq!(set.len(), 2);
}

#[test]
fn what_is_already_known_is_kept_and_what_changed_is_made_anew() {
    let before = key_set(&[rsa("k"), other_rsa("l")]);
    let held = |set: &KeySet, kid: &str| selected(set, kid, Algorithm::Rs256).unwrap();
    let (same, _) = parse_after(&[other_rsa("l"), rsa("k")], &before).unwrap();
    for kid in ["k", "l"] {
        assert!(Arc::ptr_eq(&held(&before, kid), &held(&same, kid)), "{kid}");
        assert!(same.holds(&held(&before, kid)));
    }
    // The same names with the materials exchanged are other keys.
    let (swapped, _) = parse_after(&[rsa("l"), other_rsa("k")], &before).unwrap();
    for kid in ["k", "l"] {
        assert!(!swapped.holds(&held(&before, kid)), "{kid}");
    }
    // So is the same material for another algorithm.
    let rs384 = SigningKey::new(Algorithm::Rs256)
        .with(Algorithm::Rs384)
        .jwk("k");
    let (other, _) = parse_after(&[rs384], &before).unwrap();
    assert!(!other.holds(&held(&before, "k")));
    // What is gone is gone, and comes back as another value.
    let (gone, _) = parse_after(&[rsa("k")], &before).unwrap();
    assert!(gone.holds(&held(&before, "k")) && !gone.holds(&held(&before, "l")));
    let (back, _) = parse_after(&[rsa("k"), other_rsa("l")], &gone).unwrap();
    assert!(!back.holds(&held(&before, "l")));
}

#[test]
fn a_new_kid_for_known_material_is_a_new_key() {
    let before = key_set(&[rsa("old")]);
    let (after, _) = parse_after(&[rsa("new")], &before).unwrap();
    assert!(!after.holds(&before.first()));
    assert!(matches!(
        after.select("old", Algorithm::Rs256),
        Selection::Unknown
    ));
}

#[test]
fn a_hundred_keys_are_looked_at_and_the_rest_is_reported_once() {
    let keys: Vec<Value> = (0..101).map(|n| rsa(&n.to_string())).collect();
    let (set, odd) = parse(&keys[..100]).unwrap();
    assert_eq!((set.len(), odd.len()), (100, 0));
    let (set, odd) = parse(&keys).unwrap();
    assert_eq!(set.len(), 100);
    assert_eq!(odd, skipped(&[(100, SkipReason::TooMany)]));
    assert!(matches!(
        set.select("100", Algorithm::Rs256),
        Selection::Unknown
    ));
    assert!(selected(&set, "99", Algorithm::Rs256).is_some());
}

#[test]
fn a_key_is_selected_by_its_whole_name_and_its_algorithm() {
    let set = key_set(&[
        rsa("rsa"),
        without_alg(other_rsa("any")),
        SigningKey::new(Algorithm::Es256).jwk("ec"),
        SigningKey::new(Algorithm::EdDsa).jwk("ed"),
    ]);
    let fits = |kid: &str, algorithm: Algorithm| match kid {
        "rsa" => algorithm == Algorithm::Rs256,
        "any" => Algorithm::ALL[..6].contains(&algorithm),
        "ec" => algorithm == Algorithm::Es256,
        _ => algorithm == Algorithm::EdDsa,
    };
    for algorithm in Algorithm::ALL {
        for kid in ["rsa", "any", "ec", "ed"] {
            match set.select(kid, algorithm) {
                Selection::Key(key) => {
                    assert!(fits(kid, algorithm), "{kid} {algorithm}");
                    assert_eq!((key.kid(), key.algorithm()), (kid, algorithm));
                }
                Selection::OtherAlgorithm => assert!(!fits(kid, algorithm), "{kid} {algorithm}"),
                Selection::Unknown => panic!("{kid}"),
            }
        }
        for kid in ["", "rs", "rsaa", "RSA", " rsa", "rsa\0"] {
            assert!(
                matches!(set.select(kid, algorithm), Selection::Unknown),
                "{kid:?}"
            );
        }
    }
    let nothing = KeySet::default();
    assert!(matches!(
        nothing.select("rsa", Algorithm::Rs256),
        Selection::Unknown
    ));
}

#[test]
fn algorithm_verifies_only_its_own_signatures() {
    for algorithm in Algorithm::ALL {
        let key = SigningKey::new(algorithm);
        let token = key.sign("{}", "{}");
        let (message, signature) = token.rsplit_once('.').unwrap();
        let signature = crate::base::base64url::decode(signature).unwrap();
        let set = key_set(&[without_alg(key.jwk("k"))]);
        for other in Algorithm::ALL {
            if let Some(prepared) = selected(&set, "k", other) {
                let verifies = prepared.verifies(message.as_bytes(), &signature);
                assert_eq!(verifies, other == algorithm, "{algorithm} by {other}");
            }
        }
        let prepared = selected(&set, "k", algorithm).unwrap();
        assert!(!prepared.verifies(b"another message", &signature));
        assert!(!prepared.verifies(message.as_bytes(), b""));
        let debug = format!("{prepared:?}");
        assert!(debug.contains("\"k\"") && debug.len() < 100, "{debug}");
    }
}
