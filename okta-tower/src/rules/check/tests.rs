#![expect(
    clippy::needless_pass_by_value,
    reason = "a requirement written in place reads better without a reference"
)]

use super::*;

fn ada() -> Verified {
    Verified::for_test(
        r#"{"sub":"ada","uid":"00u1","cid":"web","scp":["a","b"],"groups":["ops","eng"],
            "site":["berlin","oslo"],"grade":7}"#,
    )
}

fn batch_job() -> Verified {
    Verified::for_test(r#"{"sub":"job","cid":"job","scp":["a"]}"#)
}

/// The kind of rejection and the scopes named, or `None` if the caller passes.
fn refusal(require: &Require) -> Option<(DeniedKind, Option<String>)> {
    let denied = require.check(&ada()).err()?;
    Some((denied.kind(), denied.needed_scope().map(str::to_owned)))
}

#[track_caller]
fn accepts(require: Require) {
    assert_eq!(refusal(&require), None, "{require:?}");
}

#[track_caller]
fn refuses(require: Require, kind: DeniedKind) {
    assert_eq!(refusal(&require), Some((kind, None)), "{require:?}");
}

#[track_caller]
fn asks_for(require: Require, scopes: &str) {
    let expected = (DeniedKind::Scope, Some(scopes.to_owned()));
    assert_eq!(refusal(&require), Some(expected), "{require:?}");
}

fn none() -> [&'static str; 0] {
    []
}

#[test]
fn groups_are_required_one_any_or_all() {
    accepts(Require::group("ops"));
    refuses(Require::group("Ops"), DeniedKind::Group);
    accepts(Require::any_group(["admin", "eng"]));
    refuses(Require::any_group(["admin", "root"]), DeniedKind::Group);
    accepts(Require::all_groups(["eng", "ops"]));
    refuses(Require::all_groups(["eng", "admin"]), DeniedKind::Group);
}

#[test]
fn result_for_one_caller_is_not_used_for_another() {
    let [ada, bob] = [["g1", "g2", "g3", "g4"], ["g1", "g2", "g3", "x4"]].map(|names| {
        let claims = serde_json::json!({ "sub": "s", "groups": names, "scp": ["x4", "g2"] });
        Verified::for_test(&claims.to_string())
    });
    let names = ["g1", "g2", "g3", "g4"];
    // Enough names to be remembered, and more requirements than are.
    let requirements = [
        (Require::all_groups(names), true, false),
        (Require::any_group(["x4", "x5", "x6", "x7"]), false, true),
        (Require::all_scopes(names), false, false),
        (Require::any_scope(names), true, true),
        (Require::any_scope(["g1", "x5", "x6", "x7"]), false, false),
        (Require::all_groups(["g1", "g2", "g3", "x4"]), false, true),
        (
            Require::any_group(names).and(Require::all_groups(names)),
            true,
            false,
        ),
    ];
    for round in 0..20 {
        for (require, adas, bobs) in requirements.iter().cycle().skip(round).take(5) {
            for _ in 0..2 {
                assert_eq!(require.check(&ada).is_ok(), *adas, "{require:?}");
                assert_eq!(require.clone().check(&bob).is_ok(), *bobs, "{require:?}");
            }
        }
    }
}

#[test]
fn scopes_are_required_one_any_or_all_and_named_when_they_lack() {
    accepts(Require::scope("a"));
    asks_for(Require::scope("c"), "c");
    accepts(Require::any_scope(["c", "b"]));
    asks_for(Require::any_scope(["d", "c"]), "d");
    accepts(Require::all_scopes(["b", "a"]));
    asks_for(Require::all_scopes(["c", "a", "c"]), "c a");
}

#[test]
fn every_alternative_of_scopes_is_named() {
    let alternatives = |require: Require| -> Vec<String> {
        let denied = require.check(&ada()).unwrap_err();
        denied.scope_alternatives().map(str::to_owned).collect()
    };
    let any = || Require::any_scope(["d", "c", "d"]);
    assert_eq!(alternatives(any()), ["d", "c"]);
    assert_eq!(alternatives(Require::scope("c")), ["c"]);
    assert_eq!(
        alternatives(any().or(Require::all_scopes(["e", "a"]))),
        ["d", "c", "e a"]
    );
    // With what is required beside them.
    assert_eq!(alternatives(any().and(Require::scope("e"))), ["d e", "c e"]);
    assert_eq!(alternatives(any().and(Require::group("ops"))), ["d", "c"]);
    // An alternative that a scope would not open is not named.
    let by_group = Require::group("admin").and(Require::scope("f"));
    assert_eq!(alternatives(by_group.or(any())), ["d", "c"]);
    assert!(alternatives(Require::group("admin")).is_empty());
    // A product stays small.
    let ten = || Require::any_scope((0..10).map(|n| format!("s{n}")));
    assert_eq!(alternatives(Require::all([ten(), any(), ten()])).len(), 32);
    let many = Require::any_scope((0..1000).map(|n| format!("s{n}")));
    assert_eq!(alternatives(many).len(), 32);
}

#[test]
fn scope_with_an_illegal_name_is_never_granted_or_named() {
    let held = Verified::for_test(r#"{"sub":"x","scp":["a b","q\"q","b\\s","\u00e9","","ok"]}"#);
    for name in ["a b", "q\"q", "b\\s", "\u{e9}", "", "a\u{7f}", "a\n"] {
        for require in [
            Require::scope(name),
            Require::any_scope([name]),
            Require::all_scopes(["ok", name]),
        ] {
            let denied = require.check(&held).unwrap_err();
            assert_eq!(denied.kind(), DeniedKind::Nobody, "{name:?}");
            assert_eq!(denied.needed_scope(), None, "{name:?}");
        }
        assert!(Require::any_scope([name, "ok"]).check(&held).is_ok());
        asks_for(Require::any_scope([name, "c"]), "c");
    }
    for name in ["!", "#", "[", "]", "~", "reports:read", "https://a/b"] {
        asks_for(Require::scope(name), name);
    }
}

#[test]
fn claims_and_clients_are_compared() {
    accepts(Require::claim("site", "oslo"));
    refuses(Require::claim("site", "paris"), DeniedKind::Claim);
    accepts(Require::claim("grade", 7));
    refuses(Require::claim("rank", 7), DeniedKind::Claim);
    accepts(Require::client_id("web"));
    refuses(Require::client_id("ada"), DeniedKind::Client);
    accepts(Require::any_client_id(["app", "web"]));
    refuses(Require::any_client_id(["app", "job"]), DeniedKind::Client);
    let anonymous_application = Verified::for_test(r#"{"sub":"x"}"#);
    assert!(
        Require::client_id("")
            .check(&anonymous_application)
            .is_err()
    );
}

#[test]
fn users_and_services_are_distinguished_by_uid() {
    accepts(Require::user());
    refuses(Require::service(), DeniedKind::CallerType);
    assert!(Require::service().check(&batch_job()).is_ok());
    let denied = Require::user().check(&batch_job()).unwrap_err();
    assert_eq!(denied.kind(), DeniedKind::CallerType);
}

#[test]
fn the_applications_own_check_decides() {
    accepts(Require::predicate(|caller| caller.subject() == "ada"));
    refuses(
        Require::predicate(|caller| caller.subject() == "bob"),
        DeniedKind::Predicate,
    );
}

#[test]
fn empty_list_rejects_every_caller() {
    for require in [
        Require::nobody(),
        Require::any_group(none()),
        Require::all_groups(none()),
        Require::any_scope(none()),
        Require::all_scopes(none()),
        Require::any_client_id(none()),
        Require::any([]),
        Require::all([]),
        Require::any([Require::nobody(), Require::any([])]),
        Require::all([Require::authenticated(), Require::any_group(none())]),
    ] {
        assert!(!require.is_public());
        refuses(require, DeniedKind::Nobody);
    }
}

#[test]
fn public_adds_nothing_to_and_but_opens_or() {
    let tellers = || Require::group("tellers");
    assert!(Require::public().is_public());
    for closed in [
        Require::authenticated(),
        Require::public().and(tellers()),
        tellers().and(Require::public()),
        Require::public().and(Require::authenticated()),
        Require::all([Require::public(), Require::all([])]),
        tellers().or(Require::authenticated()),
        Require::any([tellers()]),
    ] {
        assert!(!closed.is_public(), "{closed:?}");
    }
    refuses(Require::public().and(tellers()), DeniedKind::Group);
    for open in [
        Require::public().and(Require::public()),
        Require::public().or(tellers()),
        tellers().or(Require::public()),
        Require::nobody().or(Require::public()),
        Require::all([Require::public()]),
    ] {
        assert!(open.is_public(), "{open:?}");
        accepts(open);
    }
    accepts(Require::authenticated());
}

#[test]
fn and_wants_both_and_or_wants_one() {
    let (yes, no) = (
        || Require::group("ops"),
        || Require::user().and(Require::service()),
    );
    accepts(yes().and(yes()));
    refuses(yes().and(no()), DeniedKind::CallerType);
    refuses(no().and(yes()), DeniedKind::CallerType);
    accepts(yes().or(no()));
    accepts(no().or(yes()));
    refuses(no().or(no()), DeniedKind::CallerType);
    accepts(Require::all([yes(), yes(), Require::any([no(), yes()])]));
    accepts(no().or(no()).or(yes()));
    refuses(yes().and(yes()).and(no()), DeniedKind::CallerType);
    accepts(Require::nobody().or(yes()));
}

#[test]
fn scopes_are_asked_for_only_where_they_alone_would_be_enough() {
    let lacking = || Require::scope("c");
    // With a group that is held, the scope is enough; with one that is not, it is not.
    asks_for(Require::group("ops").and(lacking()), "c");
    refuses(Require::group("admin").and(lacking()), DeniedKind::Group);
    refuses(lacking().and(Require::group("admin")), DeniedKind::Group);
    // A way in that scopes would open is named rather than one that they would not.
    asks_for(Require::group("admin").or(lacking()), "c");
    asks_for(lacking().or(Require::group("admin")), "c");
    asks_for(
        Require::any([
            Require::scope("d").and(Require::group("admin")),
            Require::scope("c"),
        ]),
        "c",
    );
    // If none would be, the first alternative gives the reason.
    refuses(
        Require::any([
            Require::client_id("app").and(lacking()),
            Require::group("admin"),
        ]),
        DeniedKind::Client,
    );
}

#[test]
fn scopes_already_granted_are_asked_for_again() {
    asks_for(Require::scope("a").and(Require::scope("c")), "a c");
    asks_for(
        Require::all([
            Require::all_scopes(["a", "c"]),
            Require::scope("c"),
            Require::scope("d"),
        ]),
        "a c d",
    );
    // What is met without a scope asks for none.
    let by_group = Require::scope("z").or(Require::group("ops"));
    asks_for(by_group.and(Require::scope("c")), "c");
    let by_scope = Require::scope("z").or(Require::scope("a"));
    asks_for(by_scope.and(Require::scope("c")), "a c");
}

#[test]
fn debug_prints_the_requirement() {
    let require = Require::any_group(["ops"])
        .and(Require::scope("a").or(Require::predicate(|_| true)))
        .and(Require::claim("site", "oslo"));
    let text = format!("{require:?}");
    for part in [
        "any_group([\"ops\"])",
        "any([all_scopes([\"a\"]), predicate])",
        "claim(\"site\"",
    ] {
        assert!(text.contains(part), "{text}");
    }
}
