//! Checks 9 and 12: which kind of token it is, and for which client.

use serde_json::{Value, json};

use super::{
    TokenType,
    fixture::{Bench, NOW, at_fault, claims, header, refused, with, without},
};
use crate::error::TokenErrorKind;

const CLIENT: &str = "0oa1gm3t1yZ1IsKOm0h7";

/// As in Okta's reference, for a client that is a configured audience too: nothing but its kind is
/// wrong.
fn id_token() -> Value {
    json!({
        "ver": 1, "sub": "00uid4BxXw6I6TV4m0g3", "iss": super::fixture::ISSUER, "aud": CLIENT,
        "iat": NOW,
        "exp": NOW + 3600, "jti": "ID.4eAWJOCMB3SX8XewDfVR", "auth_time": NOW, "amr": ["pwd"],
        "idp": "00ok1u7AsAkrwdZL3z0g3", "nonce": "n-0S6_WzA2Mj",
        "at_hash": "pDKx6AYBjm8Ah9n8G0R8Fg",
    })
}

#[test]
fn check_9_id_token_is_rejected_even_with_a_known_audience() {
    let mut bench = Bench::new();
    bench.policy.audiences = vec![CLIENT.into()];
    let access = with(claims(), "aud", CLIENT);
    assert_eq!(bench.claims(&access), None);
    let not_access = |claim| at_fault(TokenErrorKind::NotAnAccessToken, claim);
    let refusal = bench.claims(&id_token()).unwrap();
    assert_eq!(refusal.kind(), TokenErrorKind::NotAnAccessToken);
    // Whichever of its marks is left, it is enough.
    let bare = without(without(without(id_token(), "nonce"), "at_hash"), "jti");
    assert_eq!(bench.claims(&bare), not_access("cid"));
    assert_eq!(
        bench.claims(&with(bare.clone(), "jti", "ID.x")),
        not_access("jti")
    );
    assert_eq!(
        bench.claims(&with(bare.clone(), "jti", "AT.x")),
        not_access("cid")
    );
    assert_eq!(bench.claims(&with(bare.clone(), "cid", CLIENT)), None);
    assert_eq!(bench.claims(&with(bare.clone(), "client_id", CLIENT)), None);
    assert_eq!(bench.claims(&with(bare.clone(), "scp", json!([]))), None);
    assert_eq!(bench.claims(&with(bare, "scope", "")), None);
}

#[test]
fn check_9_each_mark_of_another_kind_of_token_is_enough() {
    let bench = Bench::new();
    assert_eq!(bench.claims(&claims()), None);
    let other_types = [json!(null), json!(false), json!(["created"]), json!([])];
    for (claim, marks, others) in [
        ("nonce", [json!("x"), json!("")], [json!(7), json!({})]),
        ("at_hash", [json!("x"), json!("")], [json!(7), json!({})]),
        ("c_hash", [json!("x"), json!("")], [json!(7), json!({})]),
        ("s_hash", [json!("x"), json!("")], [json!(7), json!({})]),
        (
            "events",
            [json!({}), json!({ "a": 1 })],
            [json!(7), json!("created")],
        ),
        ("toe", [json!(NOW), json!(1.5)], [json!("big"), json!("")]),
    ] {
        for value in marks {
            let refusal = bench.claims(&with(claims(), claim, value)).unwrap();
            assert_eq!(refusal, TokenErrorKind::NotAnAccessToken.at(claim));
        }
        // An application's own claim may have the name, with another type.
        for value in others.iter().chain(&other_types) {
            let own = with(claims(), claim, value.clone());
            assert_eq!(bench.claims(&own), None, "{claim} {value}");
        }
    }
    let logout = json!({ "http://schemas.openid.net/event/backchannel-logout": {} });
    assert!(bench.claims(&with(claims(), "events", logout)).is_some());
    // Names near to these mean nothing.
    for claim in ["Nonce", "athash", "event", "sid", "azp"] {
        assert_eq!(bench.claims(&with(claims(), claim, "x")), None, "{claim}");
    }
    let id = with(claims(), "jti", "ID.4eAWJOCMB3SX8XewDfVR");
    assert_eq!(
        bench.claims(&id),
        at_fault(TokenErrorKind::NotAnAccessToken, "jti")
    );
    assert_eq!(
        bench.claims(&with(claims(), "jti", "id.4eAWJOCMB3SX8XewDfVR")),
        None
    );
}

#[test]
fn check_9_a_token_bound_to_a_key_is_no_bearer_token() {
    let bench = Bench::new();
    let bound = refused(TokenErrorKind::SenderConstrained)
        .map(|_| TokenErrorKind::SenderConstrained.at("cnf"));
    for cnf in [
        json!({ "jkt": "x" }),
        json!({ "x5t#S256": "x" }),
        json!({}),
        json!([]),
        json!(""),
    ] {
        assert_eq!(bench.claims(&with(claims(), "cnf", cnf)), bound);
    }
    assert_eq!(bench.claims(&with(claims(), "cnf", json!(null))), None);
    assert_eq!(
        bench.claims(&with(claims(), "Cnf", json!({ "jkt": "x" }))),
        None
    );
}

#[test]
fn check_9_does_not_depend_on_which_claim_holds_the_groups() {
    let mut bench = Bench::new();
    for (claim, mark) in [
        ("nonce", json!("admin")),
        ("at_hash", json!("admin")),
        ("events", json!({ "admin": 1 })),
        ("cnf", json!(["admin"])),
    ] {
        bench.policy.groups_claim = claim.into();
        assert_eq!(bench.claims(&claims()), None);
        assert!(
            bench.claims(&with(claims(), claim, mark)).is_some(),
            "{claim}"
        );
    }
}

#[test]
fn check_12_only_allowed_clients_where_any_are_named() {
    let mut bench = Bench::new();
    let strange = with(claims(), "cid", "0oaStranger");
    assert_eq!(bench.claims(&strange), None);
    bench.policy.client_ids = [CLIENT.into(), "0oaOther".into()].into();
    let not_allowed = refused(TokenErrorKind::ClientNotAllowed);
    assert_eq!(bench.claims(&claims()), None);
    assert_eq!(bench.claims(&with(claims(), "cid", "0oaOther")), None);
    assert_eq!(bench.claims(&strange), not_allowed);
    assert_eq!(
        bench.claims(&with(claims(), "cid", CLIENT.to_lowercase())),
        not_allowed
    );
    assert_eq!(bench.claims(&without(claims(), "cid")), not_allowed);
    let rfc9068 = |client: &str| with(without(claims(), "cid"), "client_id", client);
    assert_eq!(bench.claims(&rfc9068(CLIENT)), None);
    assert_eq!(bench.claims(&rfc9068("0oaStranger")), not_allowed);
    // Where both are there, Okta's own is the one that counts.
    assert_eq!(
        bench.claims(&with(strange, "client_id", CLIENT)),
        not_allowed
    );
    assert_eq!(
        bench.claims(&with(claims(), "client_id", "0oaStranger")),
        None
    );
}

#[test]
fn check_12_where_rfc_9068_is_asked_for_its_claims_are_complete() {
    let mut bench = Bench::new();
    bench.policy.token_type = TokenType::Rfc9068;
    let complete = with(claims(), "client_id", CLIENT);
    let head = with(header(), "typ", "at+jwt").to_string();
    let refusal =
        |bench: &Bench, claims: &Value| bench.refusal(&bench.sign(&head, claims.to_string()));
    assert_eq!(refusal(&bench, &complete), None);
    let required = ["iss", "exp", "aud", "sub", "client_id", "iat", "jti"];
    for claim in required {
        let missing = at_fault(TokenErrorKind::MissingClaim, claim);
        assert_eq!(
            refusal(&bench, &without(complete.clone(), claim)),
            missing,
            "{claim}"
        );
    }
    for claim in ["ver", "cid", "uid", "scp", "auth_time"] {
        assert_eq!(
            refusal(&bench, &without(complete.clone(), claim)),
            None,
            "{claim}"
        );
    }
    bench.policy.token_type = TokenType::Lenient;
    for claim in ["client_id", "iat", "jti"] {
        assert_eq!(
            refusal(&bench, &without(complete.clone(), claim)),
            None,
            "{claim}"
        );
    }
}

#[test]
fn a_person_has_a_user_id_and_a_service_has_none() {
    let bench = Bench::new();
    let person = bench.accepts(&claims()).verified;
    assert_eq!(person.user_id(), Some("00u1gm3kbvJ1IsKOm0h7"));
    assert!(!person.is_service());
    let service = with(without(claims(), "uid"), "sub", CLIENT);
    let service = bench.accepts(&service).verified;
    assert_eq!(
        (service.user_id(), service.client_id()),
        (None, Some(CLIENT))
    );
    assert!(service.is_service());
}
