use proptest::prelude::*;

use super::*;
use crate::error::AuthErrorKind;

mod ways_round_tests;

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

/// What a table says: the requirement as printed, or the reason for the rejection.
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
fn template_of_a_path_finds_the_rule_of_its_paths() {
    let rules = built(&["/users/me", "/users/{id}", "/files/{*rest}"]);
    leads(&rules, "/users/me", "/users/me");
    leads(&rules, "/users/{id}", "/users/{id}");
    leads(&rules, "/users/{userId}", "/users/{id}");
    leads(&rules, "/files/{name}", "/files/{*rest}");
    leads(&rules, "/files/{*path}", "/files/{*rest}");
    refused(&rules, "/groups/{id}", DeniedKind::Unlisted);
}

#[test]
fn more_specific_pattern_wins_in_any_order() {
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
fn unlisted_path_is_rejected_by_default() {
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
fn method_without_a_rule_is_rejected_despite_allow_unlisted() {
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
fn lower_case_method_does_not_evade_its_rule() {
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
    let rules = built(&["/{*rest}", "/a/{*rest}", "/a/b/{*rest}", "/x/{t}/c/{*rest}"]);
    leads(&rules, "/a", "/a/{*rest}");
    leads(&rules, "/a/b", "/a/b/{*rest}");
    leads(&rules, "/a/b/", "/a/b/{*rest}");
    leads(&rules, "/a/bc", "/a/{*rest}");
    leads(&rules, "/x/y/c", "/x/{t}/c/{*rest}");
    leads(&rules, "/x/y/d", "/{*rest}");
    leads(&rules, "/x/c", "/{*rest}");
}

#[test]
fn caller_is_checked_by_the_rule_of_the_path() {
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
        "/{a}", "/a", "/{a}/b", "/{c}/d", "/x", "/x/{a}", "/", "/a/b/", "/{{a}}",
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

/// Whether a pattern is for a path, by the definition alone.
fn is_for(pattern: &str, path: &str) -> bool {
    let (mut wanted, mut given) = (pattern[1..].split('/'), path[1..].split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) | (Some("{*r}"), _) => return true,
            (Some(wanted), Some(given)) => {
                let matches = wanted == "{x}" || wanted == given;
                if !matches {
                    return false;
                }
            }
            _ => return false,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn the_rule_found_is_for_the_path_and_none_is_missed(
        patterns in prop::collection::vec(
            "(/(a|b|ab|\\{x\\})){1,4}(/\\{\\*r\\})?|/\\{\\*r\\}",
            1..6,
        ),
        path in "(/(a|b|ab|aab|c)){1,5}",
    ) {
        let mut kept = RouteRules::new();
        let mut names: Vec<String> = Vec::new();
        for pattern in patterns {
            let longer = kept.clone().at(&pattern, claim(&pattern));
            if longer.clone().build().is_ok() {
                kept = longer;
                names.push(pattern);
            }
        }
        let found = answer(&kept.build().unwrap(), &Method::GET, &path);
        let right = names.iter().filter(|name| is_for(name, &path));
        let right: Vec<String> = right.map(|name| format!("{:?}", claim(name))).collect();
        if right.is_empty() {
            prop_assert_eq!(found, "unlisted");
        } else {
            prop_assert!(right.contains(&found), "{} in {:?} gave {}", path, names, found);
        }
    }
}
