//! Check 11: `exp`, `nbf` and `iat`, to the second, and the numbers that they may be.

use std::time::Duration;

use serde_json::{Value, json};

use super::fixture::{Bench, NOW, at_fault, claims, header, prefixed, refused, with, without};
use crate::error::{TokenError, TokenErrorKind};

const LAST_SECOND: i64 = 253_402_300_799;

/// The result for a token with one claim written exactly like this, at one moment.
fn refusal_at(now: i64, claim: &str, number: &str) -> Option<TokenError> {
    let mut bench = Bench::new();
    bench.now = now;
    let text = prefixed(&without(claims(), claim), &format!(r#""{claim}":{number}"#));
    bench.refusal(&bench.sign(header().to_string(), text))
}

#[test]
fn check_11_a_token_ends_at_the_very_second_of_exp_plus_leeway() {
    let exp = NOW + 100;
    let text = exp.to_string();
    assert_eq!(refusal_at(exp, "exp", &text), None);
    assert_eq!(refusal_at(exp + 59, "exp", &text), None);
    assert_eq!(
        refusal_at(exp + 60, "exp", &text),
        refused(TokenErrorKind::Expired)
    );
    assert_eq!(
        refusal_at(exp + 61, "exp", &text),
        refused(TokenErrorKind::Expired)
    );
}

#[test]
fn check_11_token_begins_at_nbf_and_iat_less_leeway() {
    for (claim, kind) in [
        ("nbf", TokenErrorKind::NotYetValid),
        ("iat", TokenErrorKind::IssuedInFuture),
    ] {
        let text = (NOW + 100).to_string();
        assert_eq!(refusal_at(NOW + 39, claim, &text), refused(kind), "{claim}");
        assert_eq!(refusal_at(NOW + 40, claim, &text), None, "{claim}");
    }
}

#[test]
fn check_11_without_leeway_the_second_itself_counts() {
    let mut bench = Bench::new();
    bench.policy.leeway = Duration::ZERO;
    let times = with(with(claims(), "exp", NOW + 10), "nbf", NOW - 10);
    for (now, expected) in [
        (NOW - 1, refused(TokenErrorKind::IssuedInFuture)),
        (NOW, None),
        (NOW + 9, None),
        (NOW + 10, refused(TokenErrorKind::Expired)),
    ] {
        bench.now = now;
        assert_eq!(bench.claims(&times), expected, "{now}");
    }
    bench.now = NOW - 11;
    assert_eq!(bench.claims(&times), refused(TokenErrorKind::NotYetValid));
}

#[test]
fn fractions_are_rounded_to_the_stricter_side() {
    let fraction = format!("{}.25", NOW + 100);
    assert_eq!(refusal_at(NOW + 159, "exp", &fraction), None);
    assert_eq!(
        refusal_at(NOW + 160, "exp", &fraction),
        refused(TokenErrorKind::Expired)
    );
    assert_eq!(
        refusal_at(NOW + 40, "nbf", &fraction),
        refused(TokenErrorKind::NotYetValid)
    );
    assert_eq!(refusal_at(NOW + 41, "nbf", &fraction), None);
    assert_eq!(
        refusal_at(NOW + 40, "iat", &fraction),
        refused(TokenErrorKind::IssuedInFuture)
    );
    assert_eq!(refusal_at(NOW + 41, "iat", &fraction), None);
    let whole = format!("{}.0", NOW + 100);
    assert_eq!(refusal_at(NOW + 159, "exp", &whole), None);
    assert_eq!(refusal_at(NOW + 40, "nbf", &whole), None);
}

#[test]
fn a_time_is_a_number_from_1970_to_the_year_9999() {
    for claim in ["exp", "nbf", "iat", "auth_time"] {
        let bad = at_fault(TokenErrorKind::BadClaims, claim);
        let null = refusal_at(NOW, claim, "null");
        assert_eq!(null, bad.filter(|_| claim == "exp"), "{claim}");
        for number in [
            "true",
            "\"1767272400\"",
            "\"\"",
            "[1767272400]",
            "{}",
            "-1",
            "-0.5",
            "-1e300",
            "1e300",
            "1e400",
            "1e11111111111",
            "-9223372036854775808",
            "9223372036854775807",
            "18446744073709551615",
            "18446744073709551616",
            "253402300800",
            "253402300799.5",
        ] {
            assert_eq!(refusal_at(NOW, claim, number), bad, "{claim} {number}");
        }
        // No numbers of JSON at all.
        for text in [
            "NaN", "Infinity", "0x10", "1_000", "01", "+1", "1.", ".5", "1e",
        ] {
            let kind = refusal_at(NOW, claim, text).map(|error| error.kind());
            assert_eq!(kind, Some(TokenErrorKind::BadClaims), "{claim} {text}");
        }
    }
    assert_eq!(refusal_at(NOW, "exp", &LAST_SECOND.to_string()), None);
    assert_eq!(refusal_at(NOW, "exp", "2.53402300799e11"), None);
    assert_eq!(refusal_at(NOW, "exp", "1.767272400E9"), None);
    assert_eq!(
        refusal_at(NOW, "exp", "0"),
        refused(TokenErrorKind::Expired)
    );
    assert_eq!(
        refusal_at(NOW, "exp", "1e-300"),
        refused(TokenErrorKind::Expired)
    );
    for claim in ["nbf", "iat"] {
        assert_eq!(refusal_at(NOW, claim, "0"), None);
        assert_eq!(refusal_at(NOW, claim, "-0.0"), None);
        let far = refusal_at(NOW, claim, &LAST_SECOND.to_string());
        assert!(far.is_some(), "{claim}");
    }
}

#[test]
fn exp_is_required_and_the_others_are_not() {
    let bench = Bench::new();
    let missing = at_fault(TokenErrorKind::MissingClaim, "exp");
    assert_eq!(bench.claims(&without(claims(), "exp")), missing);
    for claim in ["nbf", "iat", "auth_time"] {
        assert_eq!(bench.claims(&without(claims(), claim)), None, "{claim}");
    }
}

#[test]
fn no_leeway_and_no_moment_overflows() {
    let mut bench = Bench::new();
    let edges: Value = json!({ "exp": LAST_SECOND, "nbf": 0, "iat": 0 });
    let mut token = claims();
    for (name, value) in edges.as_object().unwrap() {
        token[name] = value.clone();
    }
    for leeway in [Duration::ZERO, Duration::from_secs(300), Duration::MAX] {
        bench.policy.leeway = leeway;
        for now in [i64::MIN, -1, 0, NOW, i64::MAX - 1, i64::MAX] {
            bench.now = now;
            let inside = (0..LAST_SECOND).contains(&now);
            let refusal = bench.claims(&token);
            assert!(
                refusal.is_none() || !inside || leeway != Duration::ZERO,
                "{now} {leeway:?}"
            );
            if leeway == Duration::ZERO {
                assert_eq!(refusal.is_none(), inside, "{now}");
            }
        }
    }
}

#[test]
fn window_agrees_with_the_result_of_the_check() {
    let mut bench = Bench::new();
    let token = with(with(claims(), "nbf", NOW + 5), "exp", NOW + 20);
    let window = bench.accepts(&token).window;
    for now in NOW - 100..NOW + 100 {
        bench.now = now;
        let refusal = bench.claims(&token).map(|error| error.kind());
        assert_eq!(window.check(now).err(), refusal, "{now}");
    }
}

#[test]
fn times_are_returned_as_they_were_checked() {
    let bench = Bench::new();
    let text = prefixed(
        &without(without(without(claims(), "exp"), "iat"), "auth_time"),
        r#""exp":1767272400.9,"nbf":1767268000.1,"iat":1767268000.1,"auth_time":1767268000.9"#,
    );
    let token = bench.sign(header().to_string(), text);
    let verified = bench.verify(&token).unwrap().verified;
    let seconds = |time| crate::base::clock::unix_seconds(time);
    assert_eq!(seconds(verified.expires_at()), 1_767_272_400);
    assert_eq!(verified.not_before().map(seconds), Some(1_767_268_001));
    assert_eq!(verified.issued_at().map(seconds), Some(1_767_268_001));
    assert_eq!(verified.auth_time().map(seconds), Some(1_767_268_000));
}
