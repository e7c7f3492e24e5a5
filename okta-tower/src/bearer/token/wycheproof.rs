//! Checks 1 to 7 against third-party vectors: Wycheproof's files on JSON Web Signatures
//! and Keys.
//!
//! The files are not part of this repository. They are read from `$OKTA_TOWER_VECTORS/wycheproof`,
//! or from `shared/vectors/wycheproof` next to the repository. If they are absent, the tests say so
//! and pass, unless `OKTA_TOWER_REQUIRE_TOOLS` is `1`.

use std::{io::Write, path::PathBuf};

use serde_json::{Value, json};

use super::{Policy, authenticate, fixture::policy, header::Header, split};
use crate::keys::jwk::{Algorithm, KeySet};

/// Why the result of a vector is not compared with the file's.
type Reason = &'static str;

const SYMMETRIC: Reason = "its key is symmetric: such keys and HMAC are always rejected";
const ENCRYPTED: Reason = "a JWE: encrypted tokens are refused, whatever they hold";
const P521: Reason = "ES512 on P-521 is not among the algorithms here";
const OTHER_ALGORITHM: Reason = "the key says PS256 and the token PS384: the key decides";
const EMPTY_PAYLOAD: Reason = "an empty part is rejected before the signature check";
const ROCA: Reason =
    "weak keys of one vendor's chips are not detected: the issuer chooses its keys";

/// What is to be done with a vector.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    /// The result must be the file's.
    Compare,
    /// Marked valid, and rejected by policy: it must be rejected.
    Stricter(Reason),
    /// Nothing can be learnt from it here.
    Excused(Reason),
}

/// The one place where vectors are set aside, each with its reason.
fn purpose(group: &Value, test: &Value) -> Use {
    if test.get("jws").is_none() {
        return Use::Excused(ENCRYPTED);
    }
    let says = |object: &Value, name: &str, value: &str| object[name] == value;
    let valid = says(test, "result", "valid");
    if says(group, "comment", "jws_rsa_roca_key") {
        return Use::Excused(ROCA);
    }
    if !valid {
        return Use::Compare;
    }
    let keys = published(group);
    if keys.iter().any(|key| says(key, "kty", "oct")) {
        return Use::Stricter(SYMMETRIC);
    }
    if keys.iter().any(|key| says(key, "crv", "P-521")) {
        return Use::Stricter(P521);
    }
    if says(test, "comment", "emptyPayload") {
        return Use::Stricter(EMPTY_PAYLOAD);
    }
    if says(test, "comment", "Figure20") {
        return Use::Stricter(OTHER_ALGORITHM);
    }
    Use::Compare
}

/// The keys that a group is to be verified with: the public ones, or the symmetric ones that have
/// no public half.
fn published(group: &Value) -> Vec<Value> {
    let keys = group.get("public").unwrap_or(&group["private"]);
    match keys.get("keys") {
        Some(Value::Array(keys)) => keys.clone(),
        _ => vec![keys.clone()],
    }
}

/// Whether the signature of a token is one of these keys'.
fn verifies(keys: &[Value], token: &str) -> bool {
    let mut policy = policy();
    policy.algorithms = Algorithm::ALL.into();
    let document = json!({ "keys": keys }).to_string();
    match KeySet::parse(document.as_bytes(), &policy.algorithms, &KeySet::default()) {
        Ok((set, _)) => split(token.as_bytes(), &policy).is_ok_and(|parts| {
            let check_type = |header: &Header<'_>, policy: &Policy| header.check_type(policy);
            authenticate(&parts, &set, &policy, check_type).is_ok()
        }),
        Err(_) => false,
    }
}

/// Runs one file. What was done with how many of its vectors: compared, refused on purpose,
/// excused.
fn run(name: &str, total: usize) -> Option<[usize; 3]> {
    let file = vectors(name)?;
    let document: Value = serde_json::from_slice(&file).unwrap();
    let mut counts = [0; 3];
    for group in document["testGroups"].as_array().unwrap() {
        let keys = published(group);
        for test in group["tests"].as_array().unwrap() {
            let is_valid = || {
                // The JSON serialisation is an object, or its text: neither is a token.
                let token = test["jws"]
                    .as_str()
                    .map_or(test["jws"].to_string(), str::to_owned);
                verifies(&keys, &token)
            };
            let label = format!(
                "{name} {} {} {}",
                test["tcId"], group["comment"], test["comment"]
            );
            match purpose(group, test) {
                Use::Compare => {
                    counts[0] += 1;
                    assert_eq!(is_valid(), test["result"] == "valid", "{label}");
                }
                Use::Stricter(reason) => {
                    counts[1] += 1;
                    assert!(!is_valid(), "{label}: accepted, and yet {reason}");
                }
                Use::Excused(_) => counts[2] += 1,
            }
        }
    }
    assert_eq!(
        counts.iter().sum::<usize>(),
        total,
        "{name}: vectors came or went"
    );
    assert_eq!(document["numberOfTests"], total, "{name}");
    let [compared, stricter, excused] = counts;
    say(&format!(
        "{name}: {compared} compared, {stricter} valid ones refused on purpose, {excused} excused"
    ));
    Some(counts)
}

/// The file's content. `None`, said aloud, where it is absent.
fn vectors(name: &str) -> Option<Vec<u8>> {
    let root = std::env::var_os("OKTA_TOWER_VECTORS").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/vectors")),
        PathBuf::from,
    );
    let path = root.join("wycheproof").join(name);
    match std::fs::read(&path) {
        Ok(file) => Some(file),
        Err(error) => {
            let message = format!("{}: {error}", path.display());
            let required =
                std::env::var_os("OKTA_TOWER_REQUIRE_TOOLS").is_some_and(|value| value == "1");
            assert!(!required, "{message}");
            say(&format!("SKIPPED: {message}"));
            None
        }
    }
}

/// Past the test harness, which swallows what passing tests print.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

#[test]
fn signatures_are_judged_as_wycheproof_judges_them() {
    if let Some(counts) = run("json_web_signature_test.json", 401) {
        // All 355 invalid ones are among the compared.
        assert_eq!(counts, [381, 20, 0]);
    }
}

#[test]
fn keys_are_judged_as_wycheproof_judges_them() {
    if let Some(counts) = run("json_web_key_test.json", 26) {
        assert_eq!(counts, [21, 4, 1]);
    }
}

#[test]
fn signatures_of_mixed_vectors_match_wycheproof() {
    if let Some(counts) = run("json_web_crypto_test.json", 83) {
        assert_eq!(counts, [46, 2, 35]);
    }
}
