//! The reader of challenges is strict: other tests rely on it.

use crate::world::challenge::{Challenge, parse};

#[test]
fn reader_accepts_what_the_grammar_allows() {
    let read = |field| parse(field).unwrap();
    let [one] = &read("Bearer realm=\"a \\\"b\\\"\", error=invalid_token ,scope = \"x y\"")[..]
    else {
        panic!("one challenge");
    };
    assert_eq!(one.get("realm"), Some("a \"b\""));
    assert_eq!(one.get("error"), Some("invalid_token"));
    assert_eq!(one.get("scope"), Some("x y"));
    assert!(one.is_bearer());
    let two = read("Negotiate, Bearer realm=\"a, Basic x=1\", Basic realm=b");
    let schemes: Vec<&str> = two.iter().map(|challenge| &*challenge.scheme).collect();
    assert_eq!(schemes, ["Negotiate", "Bearer", "Basic"]);
}

#[test]
fn reader_rejects_what_the_grammar_forbids() {
    for field in [
        "",
        " ",
        "Bearer realm=\"a",
        "Bearer realm=",
        "Bearer realm",
        "Bearer ,",
        ", Bearer realm=a",
        "Bearer realm=a,, error=b",
        "Bearer realm=a error=b",
        "Bearer realm=a, realm=b",
        "realm=a",
        "Bearer realm=\"a\u{7}\"",
        "Bearer realm=\"\u{e4}\"",
    ] {
        assert!(parse(field).is_err(), "{field:?}");
    }
    for field in [
        "Bearer",
        "Basic realm=a",
        "Bearer scope=\"\"",
        "Bearer scope=\"a  b\"",
        "Bearer error=\"a\\\\b\"",
    ] {
        let all = parse(field).unwrap();
        assert!(!all.iter().all(Challenge::is_bearer), "{field:?}");
    }
}
