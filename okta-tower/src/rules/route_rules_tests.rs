use proptest::prelude::*;

use super::*;
use crate::AuthErrorKind;

fn claim(text: &str) -> Require {
    Require::group(text)
}

fn table(patterns: &[&str]) -> RouteRulesBuilder {
    let name = |rules: RouteRulesBuilder, pattern: &&str| rules.at(*pattern, claim(pattern));
    patterns.iter().fold(RouteRules::new(), name)
}

fn built(patterns: &[&str]) -> RouteRules {
    table(patterns).build().unwrap()
}

/// What a table says: the requirement as printed, or the reason of refusal.
fn answer(rules: &RouteRules, method: &Method, path: &str) -> String {
    match rules.require_for(method, path) {
        Ok(require) => format!("{require:?}"),
        Err(denied) => denied.kind().as_str().to_owned(),
    }
}

/// The path leads to the rule of this pattern.
#[track_caller]
fn leads(rules: &RouteRules, path: &str, pattern: &str) {
    let found = answer(rules, &Method::GET, path);
    assert_eq!(found, format!("{:?}", claim(pattern)), "{path}");
}

#[track_caller]
fn refused(rules: &RouteRules, path: &str, kind: DeniedKind) {
    assert_eq!(answer(rules, &Method::GET, path), kind.as_str(), "{path}");
}

#[track_caller]
fn ambiguous(rules: &RouteRules, path: &str) {
    refused(rules, path, DeniedKind::AmbiguousPath);
}

fn mistake(patterns: &[&str]) -> RuleError {
    table(patterns).build().unwrap_err()
}

#[test]
fn the_more_specific_pattern_wins_in_whatever_order_they_are_written() {
    let mut patterns = ["/{*rest}", "/users/me", "/users/{id}", "/users/{id}/keys"];
    for _ in 0..2 {
        let rules = built(&patterns);
        leads(&rules, "/users/me", "/users/me");
        leads(&rules, "/users/7", "/users/{id}");
        leads(&rules, "/users/7/keys", "/users/{id}/keys");
        leads(&rules, "/users/7/x", "/{*rest}");
        leads(&rules, "/", "/{*rest}");
        patterns.reverse();
    }
}

#[test]
fn what_no_rule_names_is_refused_unless_the_table_says_otherwise() {
    refused(&built(&["/a"]), "/b", DeniedKind::Unlisted);
    let open = table(&["/a"]).allow_unlisted().build().unwrap();
    assert_eq!(answer(&open, &Method::GET, "/b"), "public");
    leads(&open, "/a", "/a");
    let known = table(&["/a"])
        .unlisted(Require::authenticated())
        .build()
        .unwrap();
    assert_eq!(answer(&known, &Method::GET, "/b"), "authenticated");
}

#[test]
fn a_method_rule_goes_before_the_one_for_any_method() {
    let rules = RouteRules::new()
        .at("/a", claim("any"))
        .on(Method::POST, "/a", claim("post"))
        .build()
        .unwrap();
    assert_eq!(
        answer(&rules, &Method::POST, "/a"),
        format!("{:?}", claim("post"))
    );
    for other in [Method::GET, Method::HEAD, Method::DELETE, Method::OPTIONS] {
        assert_eq!(answer(&rules, &other, "/a"), format!("{:?}", claim("any")));
    }
}

#[test]
fn head_has_the_rule_of_get_unless_it_has_its_own() {
    let get = RouteRules::new()
        .at("/a", Require::public())
        .on(Method::GET, "/a", claim("get"));
    let rules = get.clone().build().unwrap();
    assert_eq!(
        answer(&rules, &Method::HEAD, "/a"),
        format!("{:?}", claim("get"))
    );
    assert_eq!(answer(&rules, &Method::POST, "/a"), "public");
    let rules = get.on(Method::HEAD, "/a", claim("head")).build().unwrap();
    assert_eq!(
        answer(&rules, &Method::HEAD, "/a"),
        format!("{:?}", claim("head"))
    );
    assert_eq!(
        answer(&rules, &Method::GET, "/a"),
        format!("{:?}", claim("get"))
    );
}

#[test]
fn a_method_that_a_named_path_has_no_rule_for_is_refused_even_where_the_unlisted_is_allowed() {
    let rules = RouteRules::new()
        .on(Method::GET, "/a/b", claim("get"))
        .at("/a/{*rest}", Require::public())
        .allow_unlisted()
        .build()
        .unwrap();
    assert_eq!(answer(&rules, &Method::POST, "/a/b"), "unlisted");
    assert_eq!(answer(&rules, &Method::OPTIONS, "/a/b"), "unlisted");
    assert_eq!(answer(&rules, &Method::POST, "/a/c"), "public");
    assert_eq!(answer(&rules, &Method::POST, "/x"), "public");
}

#[test]
fn a_method_in_lower_case_does_not_slip_past_the_rule_of_its_name() {
    let odd = Method::from_bytes(b"Post").unwrap();
    let plain = Method::from_bytes(b"PURGE").unwrap();
    let rules = RouteRules::new()
        .at("/a", Require::public())
        .on(Method::POST, "/a", claim("post"))
        .at("/b", Require::public());
    let table = rules.clone().build().unwrap();
    assert_eq!(answer(&table, &odd, "/a"), "unlisted");
    assert_eq!(answer(&table, &plain, "/a"), "public");
    assert_eq!(answer(&table, &odd, "/b"), "public");
    let named = rules.on(odd.clone(), "/a", claim("odd")).build().unwrap();
    assert_eq!(answer(&named, &odd, "/a"), format!("{:?}", claim("odd")));
}

#[test]
fn a_catch_all_covers_its_root_unless_that_is_named() {
    let rules = table(&["/admin/{*any}", "/{page}"])
        .allow_unlisted()
        .build()
        .unwrap();
    for path in ["/admin", "/admin/", "/admin/x", "/admin/x/y", "/admin/x/"] {
        leads(&rules, path, "/admin/{*any}");
    }
    leads(&rules, "/admins", "/{page}");

    let rules = built(&["/admin/{*any}", "/admin"]);
    leads(&rules, "/admin", "/admin");
    leads(&rules, "/admin/x", "/admin/{*any}");
    ambiguous(&rules, "/admin/");

    let rules = built(&["/Admin/{*any}", "/Admin/"]);
    leads(&rules, "/Admin/", "/Admin/");
    ambiguous(&rules, "/Admin");
    ambiguous(&rules, "/admin");
    ambiguous(&rules, "/admin/x");
}

#[test]
fn nested_prefixes_leave_no_hole() {
    let rules = built(&["/{*rest}", "/a/{*rest}", "/a/b/{*rest}", "/{t}/c/{*rest}"]);
    leads(&rules, "/a", "/a/{*rest}");
    leads(&rules, "/a/b", "/a/b/{*rest}");
    leads(&rules, "/a/b/", "/a/b/{*rest}");
    leads(&rules, "/a/bc", "/a/{*rest}");
    leads(&rules, "/x/c", "/{t}/c/{*rest}");
    leads(&rules, "/x/d", "/{*rest}");
}

/// A table in which everything is open but one corner, and the same with the corner alone.
fn open_but_admin() -> [RouteRules; 2] {
    let admin = |rules: RouteRulesBuilder| rules.at("/admin/{*any}", claim("admin"));
    [
        admin(RouteRules::new()).at("/{*rest}", Require::public()),
        admin(RouteRules::new()).allow_unlisted(),
    ]
    .map(|rules| rules.build().unwrap())
}

#[test]
fn no_spelling_of_a_guarded_path_is_taken_for_an_open_one() {
    for rules in open_but_admin() {
        for (evil, innocent) in [
            ("//admin/x", "//public/x"),
            ("/public/../admin/x", "/public/../public/x"),
            ("/./admin/x", "/./public/x"),
            ("/public/%2e%2e/admin/x", "/public/%2e%2e/public/x"),
            ("/public/.%2E/admin/x", "/public/.%2E/x"),
            ("/public/..%2fadmin/x", "/public/..%2fx"),
            ("/public/..%252fadmin/x", "/public/..%252fx"),
            ("/%61dmin/x", "/%62dmin/x"),
            ("/%2561dmin/x", "/%2562dmin/x"),
            ("/admin%2fx", "/public%2fx"),
            ("/%2fadmin/x", "/%2fpublic/x"),
            ("/%5cadmin/x", "/%5cpublic/x"),
            ("/\\admin/x", "/\\public/x"),
            ("/public\\..\\admin\\x", "/public\\..\\x"),
            ("/public/..;/admin/x", "/public/..;/x"),
            ("/public/..;a=b/admin/x", "/public/..;a=b/x"),
            ("/;x/admin/y", "/;x/public/y"),
            ("/admin;x/y", "/public;x/y"),
            ("/admin%3bx/y", "/public%3bx/y"),
            ("/admin%3fx", "/public%3fx"),
            ("/admin%23x", "/public%23x"),
            ("/admin?x", "/public?x"),
            ("/ADMIN/x", "/PUBLIC/x"),
            ("/aDmin", "/pUblic"),
            ("/%41dmin/x", "/%42dmin/x"),
            ("//evil.example/admin/x", "//evil.example/public/x"),
            (
                "/public/../admin//..///../public/x",
                "/public/../public//..///../public/x",
            ),
            ("/adm\u{131}n/x", "/adm\u{e9}n/x"),
            ("/adm%C4%B1n/x", "/adm%C3%A9n/x"),
        ] {
            let found = answer(&rules, &Method::GET, evil);
            assert!(found != "public", "{evil}");
            assert_eq!(
                answer(&rules, &Method::GET, innocent),
                "public",
                "{innocent}"
            );
        }
    }
}

#[test]
fn what_cannot_be_read_is_refused_even_where_one_rule_covers_all() {
    let rules = RouteRules::new()
        .at("/{*rest}", Require::public())
        .build()
        .unwrap();
    let long = |length: usize| format!("/%20{}", "a".repeat(length - 4));
    for path in [
        "/%c0%afx",
        "/a%",
        "/a%2",
        "/%u002e",
        "/a%00b",
        "/a\u{0}b",
        "/a%0ab",
        &long(8193),
    ] {
        ambiguous(&rules, path);
    }
    for path in [
        "/%c3%af",
        "/a%25",
        "/a%20",
        "/a..",
        "/a%2ab",
        "/a//b/../c;d",
        "/A%2F/",
        &long(8192),
    ] {
        assert_eq!(answer(&rules, &Method::GET, path), "public", "{path}");
    }
    let plain = format!("/{}", "a".repeat(100_000));
    assert_eq!(answer(&rules, &Method::GET, &plain), "public");
}

#[test]
fn a_request_without_a_path_is_refused_by_every_table() {
    let rules = table(&["/{*rest}", "/"]).allow_unlisted().build().unwrap();
    for path in ["", "*", "a", "host:443", "\u{0}"] {
        refused(&rules, path, DeniedKind::Unlisted);
    }
    leads(&rules, "/", "/");
    let absolute: http::Uri = "http://host/x".parse().unwrap();
    leads(&rules, absolute.path(), "/{*rest}");
    let bare: http::Uri = "http://host".parse().unwrap();
    leads(&rules, bare.path(), "/");
}

#[test]
fn a_slash_at_the_end_must_be_as_the_table_has_it() {
    let rules = table(&["/a", "/b/", "/c/{id}"])
        .allow_unlisted()
        .build()
        .unwrap();
    leads(&rules, "/a", "/a");
    ambiguous(&rules, "/a/");
    leads(&rules, "/b/", "/b/");
    ambiguous(&rules, "/b");
    ambiguous(&rules, "/b//");
    leads(&rules, "/c/1", "/c/{id}");
    ambiguous(&rules, "/c/1/");
    assert_eq!(answer(&rules, &Method::GET, "/d/"), "public");
}

#[test]
fn case_must_be_as_the_table_has_it() {
    let rules = table(&["/bank.v1.Ledger/Post", "/bank.v1.Ledger/{*any}", "/Open"])
        .allow_unlisted()
        .build()
        .unwrap();
    leads(&rules, "/bank.v1.Ledger/Post", "/bank.v1.Ledger/Post");
    leads(&rules, "/bank.v1.Ledger/Read", "/bank.v1.Ledger/{*any}");
    ambiguous(&rules, "/bank.v1.Ledger/post");
    ambiguous(&rules, "/bank.v1.ledger/Read");
    leads(&rules, "/Open", "/Open");
    ambiguous(&rules, "/open");
    assert_eq!(answer(&rules, &Method::GET, "/Shut"), "public");
}

#[test]
fn odd_spellings_that_stay_within_one_rule_are_served() {
    let rules = built(&["/files/{name}", "/files/list", "/tree/{*rest}"]);
    leads(&rules, "/files/Report%20May.pdf", "/files/{name}");
    leads(&rules, "/files/100%25", "/files/{name}");
    leads(&rules, "/files/.hidden", "/files/{name}");
    leads(&rules, "/files/caf%C3%A9", "/files/{name}");
    leads(&rules, "/tree/a%2Fb//c", "/tree/{*rest}");
    leads(&rules, "/tree/a/../b", "/tree/{*rest}");
    for path in [
        "/files/LIST",
        "/files/l%69st",
        "/files/a%2fb",
        "/tree/../files/a",
        "/files/;a",
    ] {
        ambiguous(&rules, path);
    }
}

#[test]
fn callers_are_judged_by_the_rule_found() {
    let rules = table(&["/ops"])
        .at("/open", Require::public())
        .build()
        .unwrap();
    let ops = Verified::for_test(r#"{"sub":"ada","groups":["/ops"]}"#);
    let other = Verified::for_test(r#"{"sub":"bob","groups":["x"]}"#);
    let kind = |path: &str, caller| {
        let refused = rules.check(&Method::GET, path, caller).err();
        refused.map(|error| (error.kind(), error.reason()))
    };
    assert_eq!(kind("/ops", Some(&ops)), None);
    assert_eq!(
        kind("/ops", Some(&other)),
        Some((AuthErrorKind::Forbidden, "group"))
    );
    assert_eq!(
        kind("/ops", None),
        Some((AuthErrorKind::MissingCredentials, "missing_credentials"))
    );
    assert_eq!(kind("/open", None), None);
    assert_eq!(kind("/open", Some(&other)), None);
    assert_eq!(
        kind("/x", None),
        Some((AuthErrorKind::Forbidden, "unlisted"))
    );
    assert_eq!(
        kind("/OPEN", Some(&ops)),
        Some((AuthErrorKind::Forbidden, "ambiguous_path"))
    );
}

#[test]
fn mistakes_in_a_table_are_found_when_it_is_built() {
    let both = |kind: fn(String, String) -> RuleError, a: &str, b: &str| {
        assert_eq!(mistake(&["/z", a, b]), kind(b.into(), a.into()));
    };
    let conflict = |pattern, with| RuleError::Conflict { pattern, with };
    both(conflict, "/{a}", "/{b}");
    both(conflict, "/{a}", "/{*b}");
    both(conflict, "/x/{a}/y", "/x/{b}/y");
    both(conflict, "/x/{a}", "/x/{*rest}");
    let clash = |pattern, with| RuleError::CaseClash { pattern, with };
    both(clash, "/a", "/A");
    both(clash, "/A/{x}", "/a/{y}/");
    both(clash, "/A/{x}", "/a/{*y}");
    let shadowed = |pattern, by| RuleError::Shadowed { pattern, by };
    both(shadowed, "/a", "/a/");
    both(shadowed, "/a/{x}/", "/a/{y}");
    assert_eq!(RouteRules::new().build().unwrap_err(), RuleError::Empty);
    assert_eq!(
        RouteRules::new().allow_unlisted().build().unwrap_err(),
        RuleError::Empty
    );
    assert!(
        matches!(mistake(&["/a", "b"]), RuleError::BadPattern { pattern, .. } if pattern == "b")
    );
    assert!(
        matches!(mistake(&["/a//b"]), RuleError::NotCanonical { pattern, .. } if pattern == "/a//b")
    );
}

#[test]
fn patterns_that_only_look_alike_go_together() {
    built(&[
        "/{a}",
        "/a",
        "/{a}/b",
        "/{c}/d",
        "/x{a}",
        "/x{a}.png",
        "/",
        "/a/b/",
        "/{{a}}",
    ]);
    built(&["/{*a}", "/b/{*a}", "/b/c/{d}/{*e}", "/b", "/B/c"]);
}

#[test]
fn a_pattern_has_one_rule_for_each_method_and_one_for_any() {
    let once = RouteRules::new()
        .at("/a", claim("any"))
        .on(Method::GET, "/a", claim("get"))
        .on(Method::HEAD, "/a", claim("head"));
    assert!(once.clone().build().is_ok());
    let duplicate = |method: &str| RuleError::Duplicate {
        pattern: "/a".into(),
        method: method.into(),
    };
    let again = once.clone().at("/a", claim("any")).build();
    assert_eq!(again.unwrap_err(), duplicate("any method"));
    let again = once.on(Method::GET, "/a", claim("get")).build();
    assert_eq!(again.unwrap_err(), duplicate("GET"));
}

#[test]
fn debug_prints_the_table() {
    let rules = table(&["/a"])
        .on(Method::GET, "/b", Require::user())
        .build()
        .unwrap();
    let text = format!("{rules:?}");
    assert!(
        text.contains("/a: any_group([\"/a\"])") && text.contains("GET /b: user"),
        "{text}"
    );
}

/// Ways to write one byte of a path that some service takes for that byte.
fn spelled(byte: char, choice: u8) -> String {
    let code = u32::from(byte);
    match (byte, choice % 8) {
        ('/', 0) => "//".into(),
        ('/', 1) => "/./".into(),
        ('/', 2) => "/x/../".into(),
        ('/', 3) => ";p=q/".into(),
        ('/', 4) => "\\".into(),
        ('/', 5) => "%2f".into(),
        ('/', 6) => "/%2e/".into(),
        (_, 0) => format!("%{code:02x}"),
        (_, 1) => format!("%{code:02X}"),
        (_, 2) => format!("%25{code:02x}"),
        (_, 3) => byte.to_ascii_uppercase().into(),
        _ => byte.into(),
    }
}

proptest! {
    #[test]
    fn no_mixture_of_spellings_of_a_guarded_path_is_taken_for_an_open_one(
        choices in prop::collection::vec(any::<u8>(), 16),
        before in prop::sample::select(vec!["", "/public/..", "/public/%2e%2e", "/a/b/../..", "/x;y/../"]),
        after in prop::sample::select(vec!["", "/", "//", "/.", ";a", "?b", "%3f", "%23c"]),
    ) {
        let letters = "/admin/secret".chars().zip(choices);
        let middle: String = letters.map(|(letter, choice)| spelled(letter, choice)).collect();
        let path = format!("/{before}{middle}{after}");
        let path = path.strip_prefix('/').filter(|rest| rest.starts_with('/')).unwrap_or(&path);
        for rules in open_but_admin() {
            prop_assert_ne!(answer(&rules, &Method::GET, path), "public", "{}", path);
        }
    }

    #[test]
    fn no_path_panics_and_a_plain_one_is_never_ambiguous(
        odd in "[/.%\\\\;?#a-cA-C0-9 \u{e9}]{0,40}",
        plain in "(/[a-z0-9][a-z0-9._~-]{0,6}){1,6}",
    ) {
        for rules in open_but_admin() {
            let _ = answer(&rules, &Method::GET, &odd);
            prop_assert_ne!(answer(&rules, &Method::GET, &plain), "ambiguous_path");
        }
    }

    #[test]
    fn no_pattern_panics(pattern in "[/{}*:.a-cA-C]{0,12}", other in "/[/{}*.a-c]{0,12}") {
        let _ = table(&[&pattern, &other]).build();
    }
}
