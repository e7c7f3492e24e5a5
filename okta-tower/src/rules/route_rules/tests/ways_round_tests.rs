//! Attempts to bypass a table of rules, each with an innocent request that differs in that point
//! alone.

use super::*;

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
fn no_spelling_of_a_guarded_path_is_open() {
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
fn unreadable_path_is_rejected_even_with_one_rule_for_all() {
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
fn escaped_slash_at_the_end_is_ambiguous() {
    let rules = table(&["/c/{id}"]).allow_unlisted().build().unwrap();
    leads(&rules, "/c/1%20", "/c/{id}");
    ambiguous(&rules, "/c/1%2f");
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
    fn mixed_spellings_of_a_guarded_path_are_never_open(
        choices in prop::collection::vec(any::<u8>(), 16),
        before in prop::sample::select(
            vec!["", "/public/..", "/public/%2e%2e", "/a/b/../..", "/x;y/../"],
        ),
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
