//! The number of changed lines, and the started program: sessions, Users API, and a real browser.

use std::path::Path;

use cross_tests::visitor::Visitor;
use okta_tower_test::{Endpoint, Issuer};
use reqwest::{Method, StatusCode};
use scaffold::{CLIENT_ID, CLIENT_SECRET, Started, browser, client};

const PROGRAM: &str = env!("CARGO_BIN_EXE_existing-app");
const BEFORE: &str = env!("CARGO_BIN_EXE_existing-app-before");
const FOLDER: &str = env!("CARGO_TARGET_TMPDIR");
const CALLBACK: &str = "/oidc/callback";
const TOKEN: &str = "a-token-of-the-test";

async fn at(issuer: &Issuer) -> Started {
    issuer.sign_in_automatically_as("viewer");
    issuer.register_api_token(TOKEN);
    // The name in Okta's guide.
    let variables = [("OKTA_AUTH_TOKEN", TOKEN)];
    Started::at(issuer, PROGRAM, FOLDER, CALLBACK, &variables)
}

/// Returns the lines of a file without its module documentation.
fn code(name: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(name);
    let text = std::fs::read_to_string(path).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with("//!"));
    lines.map(str::to_owned).collect()
}

/// Returns the length of the longest common subsequence.
fn in_common(before: &[String], after: &[String]) -> usize {
    let mut row = vec![0; after.len() + 1];
    for old in before {
        let mut diagonal = 0;
        for (column, new) in after.iter().enumerate() {
            let above = row[column + 1];
            row[column + 1] = if old == new {
                diagonal + 1
            } else {
                above.max(row[column])
            };
            diagonal = above;
        }
    }
    row[after.len()]
}

#[test]
fn number_of_changed_lines_matches_the_documentation() {
    let (before, after) = (code("before.rs"), code("main.rs"));
    let common = in_common(&before, &after);
    let (new, gone) = (after.len() - common, before.len() - common);
    let said = format!("{new} lines are new and {gone} of the old ones are gone");
    let main = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/main.rs");
    let text = std::fs::read_to_string(main).unwrap();
    assert!(text.contains(&said), "{said}");
    let said = format!("`okta.rs` adds {} lines", code("okta.rs").len());
    assert!(text.contains(&said), "{said}");
    assert!(new <= 15, "{new} lines are too many");
}

#[tokio::test]
async fn anonymous_request_is_rejected_only_after_the_change() {
    let before = Started::start(BEFORE, FOLDER, &[]);
    let after = Started::start(PROGRAM, FOLDER, &[("EXAMPLE_ADDR", "localhost:0")]);
    for page in ["/dashboard", "/repositories"] {
        let visitor = Visitor::new();
        for (program, status) in [
            (&before, StatusCode::OK),
            (&after, StatusCode::UNAUTHORIZED),
        ] {
            let url = format!("{}{page}", program.url());
            let answer = visitor.ask(Method::GET, &url).await.unwrap();
            assert_eq!(answer.status, status, "{page}");
        }
    }
}

#[tokio::test]
async fn account_is_requested_once_and_cached() {
    let issuer = Issuer::start().await;
    let program = at(&issuer).await;
    let (visitor, url) = (Visitor::new(), format!("{}/dashboard", program.url()));
    for _ in 0..3 {
        let page = visitor.open(&url).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        assert!(page.text.contains("viewer@example.com") && page.text.contains("ACTIVE"));
    }
    assert_eq!(issuer.requests(Endpoint::User), 1);
}

#[tokio::test]
async fn client_secrets_file_and_token_are_sufficient() {
    let issuer = Issuer::start().await;
    issuer.sign_in_automatically_as("viewer");
    issuer.register_api_token(TOKEN);
    // The file must name the port before the program listens, so the test finds a free one.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let redirect_uri = format!("http://localhost:{port}{CALLBACK}");
    let file = format!(
        r#"{{ "web": {{
            "issuer": "{}",
            "client_id": "{CLIENT_ID}",
            "client_secret": "{CLIENT_SECRET}",
            "redirect_uris": ["{redirect_uri}"],
            "auth_uri": "https://nowhere.invalid"
        }} }}"#,
        issuer.url()
    );
    let variables = [
        ("EXAMPLE_ADDR", format!("localhost:{port}")),
        ("OKTA_AUTH_TOKEN", TOKEN.to_owned()),
        ("OKTA_TESTING_DISABLEHTTPSCHECK", "true".to_owned()),
    ];
    let variables: Vec<_> = (variables.iter())
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let files = [("client_secrets.json", file.as_str())];
    let program = Started::start_with_files(PROGRAM, FOLDER, &variables, &files);
    issuer.register(client(&redirect_uri, program.url()));
    let url = format!("{}/dashboard", program.url());
    let page = Visitor::new().open(&url).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    assert!(page.text.contains("viewer@example.com"));
}

#[test]
fn missing_api_token_prevents_the_start_with_a_reason() {
    let variables = [
        ("OKTA_OAUTH2_ISSUER", "https://127.0.0.1:1/oauth2/default"),
        ("OKTA_OAUTH2_CLIENT_ID", CLIENT_ID),
        ("OKTA_OAUTH2_CLIENT_SECRET", CLIENT_SECRET),
    ];
    let refusal = Started::refusal(PROGRAM, FOLDER, &variables);
    assert!(refusal.contains("OKTA_CLIENT_TOKEN"), "{refusal}");
}

#[tokio::test]
async fn outage_only_affects_pages_that_need_the_account() {
    let issuer = Issuer::start().await;
    let program = at(&issuer).await;
    let page = |path: &str| format!("{}{path}", program.url());
    let known = Visitor::new();
    assert_eq!(
        known.open(&page("/repositories")).await.status,
        StatusCode::OK
    );
    issuer.stop_listening().await;
    for (path, status) in [
        ("/", StatusCode::OK),
        ("/repositories", StatusCode::OK),
        // The account is not cached, and cannot be requested now.
        ("/dashboard", StatusCode::SERVICE_UNAVAILABLE),
    ] {
        let answer = known.ask(Method::GET, &page(path)).await.unwrap();
        assert_eq!(answer.status, status, "{path}");
        let is_down = status == StatusCode::SERVICE_UNAVAILABLE;
        assert_eq!(answer.headers.contains_key("retry-after"), is_down);
    }
}

#[test]
fn each_role_sees_its_account_and_signs_out() {
    let program = Started::start(PROGRAM, FOLDER, &[("EXAMPLE_ADDR", "localhost:0")]);
    let scenario = "each_role_sees_its_own_account";
    browser::play("existing-app", scenario, program.url(), &[]);
}

#[test]
fn built_in_issuer_is_rejected_on_public_addresses() {
    Started::assert_private(PROGRAM, FOLDER, "EXAMPLE_ADDR");
}
