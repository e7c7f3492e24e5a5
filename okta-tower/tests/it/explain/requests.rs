//! Which rule of a table rejects a request, and what its caller lacks.

use http::Method;
use okta_tower::{
    Require, RouteRules,
    explain::{Check, Finding, Outcome},
};

use super::world::{World, assert_hides, first_failure, of};

fn rules() -> RouteRules {
    RouteRules::new()
        .at("/health", Require::public())
        .on(Method::GET, "/reports/{id}", Require::scope("reports:read"))
        .at(
            "/admin/{*any}",
            Require::group("admin").and(Require::user()),
        )
        .build()
        .unwrap()
}

#[tokio::test]
async fn request_is_explained_as_its_rule_decides() {
    let world = World::start().await;
    let rules = rules();
    let ada = world.token().groups(["staff"]).scopes(["openid"]).sign();
    let root = (world.token().groups(["admin"]))
        .scopes(["reports:read"])
        .sign();
    let expired = world.token().expires_in(-300).sign();
    for (token, method, path, reason, check, says) in [
        (&root, Method::GET, "/reports/7", None, None, ""),
        (&root, Method::HEAD, "/reports/7", None, None, ""),
        (&root, Method::POST, "/admin/users", None, None, ""),
        (
            &ada,
            Method::GET,
            "/reports/7",
            Some("scope"),
            Some(Check::Requirement),
            r#"the scopes ["reports:read"]"#,
        ),
        (
            &ada,
            Method::POST,
            "/admin/users",
            Some("group"),
            Some(Check::Requirement),
            r#"one of the groups ["admin"]"#,
        ),
        (
            &root,
            Method::POST,
            "/reports/7",
            Some("unlisted"),
            Some(Check::Rule),
            "`POST /reports/7`",
        ),
        (
            &root,
            Method::GET,
            "/",
            Some("unlisted"),
            Some(Check::Rule),
            "`GET /`",
        ),
        (
            &root,
            Method::GET,
            "/health/../admin",
            Some("ambiguous_path"),
            Some(Check::Rule),
            "several ways",
        ),
        // The table comes first, then the token.
        (
            &expired,
            Method::GET,
            "/",
            Some("unlisted"),
            Some(Check::Rule),
            "",
        ),
        (
            &expired,
            Method::GET,
            "/reports/7",
            Some("expired"),
            Some(Check::Lifetime),
            "expired",
        ),
        // A public route takes no notice of a token.
        (&expired, Method::GET, "/health", None, None, ""),
    ] {
        let explanation = world
            .okta
            .explain_request(token, &rules, &method, path)
            .await;
        let caller = world.okta.verify(token).await;
        let required = rules.require_for(&method, path);
        let is_public = required.is_ok_and(Require::is_public);
        let decided = match caller {
            _ if is_public => Ok(()),
            Ok(caller) => rules.check(&method, path, Some(&caller)),
            Err(error) => (rules.require_for(&method, path).map(drop))
                .map_err(Into::into)
                .and(Err(error)),
        };
        let decided = decided.err().map(|error| error.reason());
        assert_eq!(decided, reason, "{method} {path}");
        assert_eq!(explanation.reason(), reason, "{explanation}");
        let failure = first_failure(&explanation);
        assert_eq!(failure.map(Finding::check), check, "{explanation}");
        let message = failure.map(Finding::message).unwrap_or_default();
        assert!(message.contains(says), "{message}");
        assert!(failure.is_none_or(|one| one.remedy().is_some()));
        assert_hides(&explanation, token);
    }
}

#[tokio::test]
async fn rule_of_a_request_is_named_with_its_pattern() {
    let world = World::start().await;
    let token = world.token().groups(["admin"]).sign();
    let explain = |path| {
        let (okta, token, rules) = (&world.okta, &token, rules());
        async move {
            okta.explain_request(token, &rules, &Method::GET, path)
                .await
        }
    };
    let allowed = explain("/admin/users").await;
    let rule = of(&allowed, Check::Rule)[0].message();
    assert!(
        rule.contains("`GET /admin/users` has the rule /admin/{*any}"),
        "{rule}"
    );
    assert!(rule.contains(r#"any_group(["admin"])"#), "{rule}");
    let met = of(&allowed, Check::Requirement)[0];
    assert_eq!(met.outcome(), Outcome::Ok);
}

#[tokio::test]
async fn path_of_a_request_cannot_forge_a_line() {
    let world = World::start().await;
    let token = world.token().sign();
    let path = "/x\nok rule: every caller passes\u{1b}[2K\u{202e}";
    let rules = rules();
    let explanation = world
        .okta
        .explain_request(&token, &rules, &Method::GET, path)
        .await;
    let text = explanation.to_string();
    assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text}");
    let forged = |line: &str| line.starts_with("ok rule: every caller");
    assert!(!text.lines().any(forged), "{text}");
    assert!(text.contains(r"\nok rule: every caller"), "{text}");
}
