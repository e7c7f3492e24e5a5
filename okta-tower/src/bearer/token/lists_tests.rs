//! Scopes and groups, in the forms in which administrators have them sent.

use serde_json::{Value, json};

use super::fixture::{Bench, at_fault, claims, prefixed, with, without};
use crate::error::TokenErrorKind;

#[test]
fn scopes_come_as_an_array_or_as_text_between_spaces() {
    let bench = Bench::new();
    let scopes = |claims: &Value| -> Vec<String> {
        let verified = bench.accepts(claims).verified;
        verified.scopes().iter().map(str::to_owned).collect()
    };
    let bare = without(claims(), "scp");
    for (claim, value, expected) in [
        ("scp", json!(["a", "b c"]), &["a", "b c"][..]),
        ("scp", json!("a b"), &["a", "b"]),
        ("scp", json!([]), &[]),
        ("scope", json!("a b"), &["a", "b"]),
        ("scope", json!(" a  b "), &["a", "b"]),
        ("scope", json!(""), &[]),
        ("scope", json!("a\tb"), &["a\tb"]),
        ("scope", json!(["a", "b"]), &["a", "b"]),
    ] {
        assert_eq!(
            scopes(&with(bare.clone(), claim, value.clone())),
            expected,
            "{value}"
        );
    }
    assert!(scopes(&bare).is_empty());
    assert_eq!(
        scopes(&with(claims(), "scope", "admin")),
        ["openid", "profile"]
    );
}

#[test]
fn groups_come_in_whatever_form_and_only_text_grants_anything() {
    let mut bench = Bench::new();
    let groups = |bench: &Bench, claim: &str, value: &Value| -> Vec<String> {
        let verified = bench
            .accepts(&with(claims(), claim, value.clone()))
            .verified;
        verified.groups().iter().map(str::to_owned).collect()
    };
    for (value, expected) in [
        (
            json!(["admin", "Ops Team", "Größe, \"x\""]),
            &["admin", "Ops Team", "Größe, \"x\""][..],
        ),
        (json!("admin"), &["admin"]),
        (json!("a b, c"), &["a b, c"]),
        (json!([]), &[]),
        (json!({ "admin": true, "groups": ["admin"] }), &[]),
        (json!(17), &[]),
        (json!(-1), &[]),
        (json!(1.5), &[]),
        (json!(true), &[]),
        (json!(null), &[]),
        (
            json!(["a", 1, null, { "b": "c" }, ["d", ["e"]], true, -2, 0.5, "f"]),
            &["a", "f"],
        ),
    ] {
        assert_eq!(groups(&bench, "groups", &value), expected, "{value}");
    }
    assert!(bench.accepts(&claims()).verified.groups().is_empty());
    let many: Vec<String> = (0..500).map(|n| format!("group {n}")).collect();
    assert_eq!(groups(&bench, "groups", &json!(many)).len(), 500);
    // The strictness of every other value holds for what is dropped too.
    for dropped in [
        r#"{"a":1,"a":2}"#.to_owned(),
        r#"[[{"a":1,"a":2}]]"#.to_owned(),
        "[".repeat(16) + &"]".repeat(16),
    ] {
        let text = prefixed(&claims(), &format!(r#""groups":{dropped}"#));
        assert_eq!(
            bench.claims_text(text),
            at_fault(TokenErrorKind::BadClaims, "groups"),
            "{dropped}"
        );
    }
    // A JSON Pointer, through objects and arrays.
    let nested = json!({ "roles": ["admin", 7], "a/b": ["x"], "one": "y", "o": {} });
    for (pointer, expected) in [
        ("/realm_access/roles", &["admin"][..]),
        ("/realm_access/a~1b", &["x"]),
        ("/realm_access/one", &["y"]),
        ("/realm_access/roles/0", &["admin"]),
        ("/realm_access/o", &[]),
        ("/realm_access/roles/admin", &[]),
        ("/realm_access", &[]),
        ("/other/roles", &[]),
        ("realm_access.roles", &[]),
    ] {
        bench.policy.groups_claim = pointer.into();
        assert_eq!(
            groups(&bench, "realm_access", &nested),
            expected,
            "{pointer}"
        );
    }
    bench.policy.groups_claim = "/groups".into();
    assert_eq!(groups(&bench, "groups", &json!(["admin"])), ["admin"]);
    // A name with dots is one claim.
    bench.policy.groups_claim = "https://example.com/roles".into();
    let named = groups(&bench, "https://example.com/roles", &json!(["admin"]));
    assert_eq!(named, ["admin"]);
    // Another name, and then the usual one means nothing.
    bench.policy.groups_claim = "GroupsClaim".into();
    assert_eq!(groups(&bench, "GroupsClaim", &json!(["admin"])), ["admin"]);
    assert!(groups(&bench, "groups", &json!(["admin"])).is_empty());
    assert!(groups(&bench, "groupsclaim", &json!(["admin"])).is_empty());
}

#[test]
fn text_in_place_of_other_lists_is_one_element() {
    let bench = Bench::new();
    for (value, expected) in [
        (json!("mfa"), &["mfa"][..]),
        (json!("otp mfa"), &["otp mfa"]),
        (json!(""), &[""]),
        (json!(["otp", "mfa"]), &["otp", "mfa"]),
        (json!([]), &[]),
    ] {
        let verified = bench
            .accepts(&with(claims(), "amr", value.clone()))
            .verified;
        assert_eq!(verified.amr().collect::<Vec<_>>(), expected, "{value}");
    }
}
