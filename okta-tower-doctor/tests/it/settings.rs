//! Settings: their sources and mistakes.

use okta_tower_test::Issuer;

use crate::run::{File, Run};

#[tokio::test]
async fn sound_settings_pass_and_show_their_sources() {
    let issuer = Issuer::start().await;
    let run = Run::of(&issuer)
        .client()
        .set("OKTA_TOWER_COOKIE_KEYS", "hunter2hunter2");
    let found = run.found().await;
    assert_eq!(found.exit, 0, "{}", found.text);
    let line = format!("OKTA_OAUTH2_ISSUER, from the environment: {}", issuer.url());
    assert!(found.text.contains(&line), "{}", found.text);
    let secret = "OKTA_OAUTH2_CLIENT_SECRET, from the environment (value not shown)";
    assert!(found.text.contains(secret), "{}", found.text);
    assert!(
        found
            .text
            .contains("OKTA_OAUTH2_AUDIENCE, by default: api://default")
    );
    for check in ["settings", "metadata", "keys", "clock"] {
        assert!(found.is_ok(check), "{check}");
    }
}

#[tokio::test]
async fn arguments_replace_the_environment() {
    let issuer = Issuer::start().await;
    let run = Run::at("https://dev-1234.okta.com/oauth2/other").set("OKTA_OAUTH2_AUDIENCE", "x");
    let run = run.arguments(&["--issuer", issuer.url(), "--audience", issuer.audience()]);
    let found = run.token(&issuer.token().sign()).found().await;
    assert_eq!(found.exit, 0, "{}", found.text);
    assert!(
        found
            .text
            .contains("OKTA_OAUTH2_AUDIENCE, from --audience: api://default")
    );
}

#[tokio::test]
async fn okta_yaml_replaces_the_environment() {
    let issuer = Issuer::start().await;
    let file = File::new(&format!(
        "okta:\n  oauth2:\n    issuer: {}\n    clientId: 0oaDoctor\n\
         \x20   clientSecret: hunter2hunter2\n  testing:\n    disableHttpsCheck: true\n",
        issuer.url()
    ));
    let run = Run::at("https://dev-1234.okta.com/oauth2/other");
    let found = run.arguments(&["--yaml", file.path()]).found().await;
    assert_eq!(found.exit, 0, "{}", found.text);
    assert!(
        found
            .text
            .contains("OKTA_OAUTH2_CLIENTID, from okta.yaml: 0oaDoctor")
    );
    assert!(!found.text.contains("hunter2"));
}

#[tokio::test]
async fn mistake_is_a_failure_with_the_remedy() {
    for (issuer, part) in [
        (
            "https://dev-1234.okta.com/oauth2/default/",
            "write https://dev-1234.okta.com/oauth2/default",
        ),
        (
            "https://dev-1234-admin.okta.com/oauth2/default",
            "dev-1234.okta.com",
        ),
        ("http://dev-1234.okta.com/oauth2/default", "use https"),
        ("https://dev-1234.okta.com", "custom authorization server"),
        ("https://{yourOktaDomain}/oauth2/default", "replace it"),
        (
            "dev-1234.okta.com/oauth2/default",
            "https://dev-1234.okta.com/oauth2/default",
        ),
    ] {
        let found = Run::at(issuer).found().await;
        assert_eq!(found.exit, 3, "{}", found.text);
        let (outcome, _, words) = found.problem("settings");
        assert!(outcome == "failure" && words.contains(part), "{words}");
    }
    let found = Run::new().found().await;
    assert_eq!(found.exit, 3);
    assert!(
        found.problem("settings").2.contains("--issuer"),
        "{}",
        found.text
    );
}

#[tokio::test]
async fn file_that_cannot_be_used_is_a_failure_without_its_text() {
    let secret = "okta: { oauth2: { issuer: [hunter2], clientSecret: hunter2 } }";
    for file in [
        File::new(secret),
        File::new("okta: 'hunter2"),
        File::new("hunter2"),
    ] {
        let found = Run::new().arguments(&["--yaml", file.path()]).found().await;
        assert_eq!(found.exit, 3, "{}", found.text);
        assert!(!found.text.contains("hunter2"), "{}", found.text);
    }
    let missing = Run::new()
        .arguments(&["--yaml", "no-such-file.yaml"])
        .found()
        .await;
    assert_eq!(missing.exit, 3);
    assert!(
        missing.problem("settings").2.contains("does not exist"),
        "{}",
        missing.text
    );
}
