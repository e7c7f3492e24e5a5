//! Tokens and rules.

use cross_tests::provider::Provider;
use okta_tower_test::{Issuer, TokenBuilder};

use crate::run::{File, Run};

const RULES: &str = r#"
rules:
  - { path: "/health", require: public }
  - { path: "/reports/{id}", methods: [GET], require: { scope: "reports:read" } }
  - { path: "/admin/{*any}", require: { all: [user, { group: admin }] } }
"#;

#[tokio::test]
async fn sound_token_passes_from_file_and_input() {
    let issuer = Issuer::start().await;
    let token = issuer
        .token()
        .user("ada@example.com")
        .groups(["admin"])
        .sign();
    for text in [
        token.clone(),
        format!("  {token}\r\n"),
        format!("Authorization: Bearer {token}"),
    ] {
        let found = Run::of(&issuer).token(&text).found().await;
        assert_eq!(found.exit, 0, "{}", found.text);
        assert!(found.text.contains("unverified claims"), "{}", found.text);
        let file = File::new(&text);
        let found = Run::of(&issuer)
            .arguments(&["--token", file.path()])
            .found()
            .await;
        assert_eq!(found.exit, 0, "{}", found.text);
    }
}

#[tokio::test]
async fn rejected_token_has_the_reason_of_the_layer() {
    let issuer = Issuer::start().await;
    let okta = issuer.okta().await;
    let token = issuer.token().user("ada@example.com");
    let sign = TokenBuilder::sign;
    let tokens = [
        token.clone().expires_in(-3600).sign(),
        token.clone().not_before_in(3600).sign(),
        token.clone().issued_ago(-3600).sign(),
        token.clone().audience("api://other").sign(),
        token
            .clone()
            .issuer_claim("https://dev-1234.okta.com/oauth2/other")
            .sign(),
        token.clone().without("exp").sign(),
        token
            .clone()
            .claim("cnf", serde_json::json!({ "jkt": "x" }))
            .sign(),
        token.clone().key(issuer.forged_key()).sign(),
        token.clone().header("kid", "other").sign(),
        token.clone().without_header("kid").sign(),
        token
            .clone()
            .header("crit", serde_json::json!(["b64"]))
            .sign(),
        token.clone().unsigned(),
        token.clone().hs256("secret"),
        sign(&issuer.id_token()),
        token.clone().audience(issuer.org_url()).sign(),
        token.clone().typ("oauth-id-jag+jwt").sign(),
        format!("{}.x.y", sign(&token)),
        "00tXoPUxgPeyzMQO8zIpBXQwvQZrJCvWiEVAMcmTTbX".to_owned(),
        format!("{}=", sign(&token)),
        "x".repeat(17 * 1024),
    ];
    for token in tokens {
        let expected = okta.verify(&token).await.unwrap_err();
        let found = Run::of(&issuer).token(&token).found().await;
        assert_eq!(found.exit, 5, "{}", found.text);
        let reason = format!("[{}]", expected.reason());
        assert!(found.text.contains(&reason), "{reason}: {}", found.text);
        assert!(!found.text.contains(&token), "{}", found.text);
    }
}

#[tokio::test]
async fn rule_that_rejects_names_what_is_missing() {
    let issuer = Issuer::start().await;
    let rules = File::new(RULES);
    let ada = issuer
        .token()
        .user("ada@example.com")
        .groups(["viewer"])
        .scopes(["openid"]);
    let request = |path: &str, method: &str| {
        let arguments = ["--rules", rules.path(), "--path", path, "--method", method];
        Run::of(&issuer)
            .arguments(&arguments)
            .token(&ada.clone().sign())
    };
    for (path, method, exit, part) in [
        ("/health", "GET", 0, "public"),
        ("/reports/7", "GET", 6, "reports:read"),
        ("/reports/7", "DELETE", 6, "[unlisted]"),
        ("/admin/x", "POST", 6, "admin"),
        ("/other", "GET", 6, "[unlisted]"),
        ("/health/../admin/x", "GET", 6, "[ambiguous_path]"),
    ] {
        let found = request(path, method).found().await;
        assert_eq!(found.exit, exit, "{path}: {}", found.text);
        assert!(found.text.contains(part), "{path}: {}", found.text);
    }
    let admin = ada.clone().groups(["admin"]).sign();
    let arguments = ["--rules", rules.path(), "--path", "/admin/x"];
    let found = Run::of(&issuer)
        .arguments(&arguments)
        .token(&admin)
        .found()
        .await;
    assert_eq!(found.exit, 0, "{}", found.text);
    // The same request without a token: what it requires.
    let found = Run::of(&issuer).arguments(&arguments).found().await;
    assert_eq!(found.exit, 0, "{}", found.text);
    assert!(found.text.contains("no token was given"), "{}", found.text);
}

#[tokio::test]
async fn file_without_rules_is_a_failure_without_its_text() {
    let issuer = Issuer::start().await;
    let file = File::new("okta: { oauth2: { clientSecret: hunter2 } }");
    let run = Run::of(&issuer).arguments(&["--rules", file.path(), "--path", "/"]);
    let found = run.found().await;
    assert_eq!(found.exit, 6, "{}", found.text);
    assert!(!found.text.contains("hunter2"), "{}", found.text);
}

#[tokio::test]
async fn tokens_of_the_certified_provider_are_explained() {
    let Some(provider) = Provider::start() else {
        return;
    };
    let tokens = provider
        .tokens("user=admin&scope=openid%20reports:read")
        .await;
    let found = Run::at(provider.issuer())
        .token(tokens.access())
        .found()
        .await;
    assert!(
        found.exit <= 1 && !found.text.contains("failure "),
        "{}",
        found.text
    );
    let found = Run::at(provider.issuer()).token(tokens.id()).found().await;
    assert_eq!(found.exit, 5, "{}", found.text);
    assert!(
        found.text.contains("[not_an_access_token]"),
        "{}",
        found.text
    );
    let service = provider.client("service");
    let run = Run::at(provider.issuer())
        .set("OKTA_OAUTH2_CLIENT_ID", service.0)
        .set("OKTA_OAUTH2_CLIENT_SECRET", service.1);
    let found = run
        .arguments(&["--client-credentials", "reports:read"])
        .found()
        .await;
    assert!(
        found.exit <= 1 && found.is_ok("client_credentials"),
        "{}",
        found.text
    );
}
