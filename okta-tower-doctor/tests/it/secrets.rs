//! No secret and no token in any output.

use okta_tower_test::{Client, Endpoint, Fault, Issuer};

use crate::run::{File, Run};

/// Each is a secret in one setting or input.
const SECRETS: [(&str, &str); 5] = [
    ("OKTA_OAUTH2_CLIENT_SECRET", "hunter2-client-secret"),
    ("OKTA_CLIENT_TOKEN", "hunter2-api-token"),
    ("OKTA_OAUTH2_PROXY_PASSWORD", "hunter2-proxy"),
    ("OKTA_TOWER_COOKIE_KEYS", "hunter2-cookie-keys"),
    ("MY_REDIS", "redis://:hunter2-redis@127.0.0.1:1/0"),
];

fn with_secrets(mut run: Run) -> Run {
    for (name, value) in SECRETS {
        run = run.set(name, value);
    }
    run.set("OKTA_OAUTH2_CLIENT_ID", "0oaDoctor")
        .arguments(&["--redis", "MY_REDIS"])
}

/// Runs as text and as JSON, and looks for each text.
async fn assert_hidden(run: Run, hidden: &[&str]) {
    for arguments in [&[][..], &["--json"]] {
        let run = run.clone().arguments(arguments);
        let output = run.output().await;
        let printed = format!("{}{}{output:?}", output.stdout, output.stderr);
        for secret in hidden {
            assert!(!printed.contains(secret), "{secret}: {printed}");
        }
    }
}

#[tokio::test]
async fn secret_settings_are_not_printed() {
    let issuer = Issuer::builder()
        .api_token("hunter2-api-token")
        .start()
        .await
        .unwrap();
    issuer.register(Client::with_secret("0oaDoctor", "hunter2-client-secret"));
    let credentials = ["--client-credentials", "reports:read", "--user", "00u1"];
    let run = with_secrets(Run::of(&issuer).set("OKTA_CLIENT_ORGURL", issuer.org_url()));
    let run = run.arguments(&credentials);
    let sound = run.output().await.stdout;
    for check in ["client_credentials", "management_api", "session_store"] {
        assert!(sound.contains(&format!(" {check}: ")), "{sound}");
    }
    assert_hidden(run.clone(), &["hunter2"]).await;
    // Okta's response repeats the secret.
    let body = r#"{"error":"x","error_description":"hunter2-client-secret is wrong"}"#;
    let fault = Fault::Answer(http::StatusCode::BAD_REQUEST, body.to_owned());
    issuer.fault(Endpoint::Token, fault);
    let repeated = run.output().await.stdout;
    assert!(repeated.contains("x: (hidden) is wrong"), "{repeated}");
    assert_hidden(run, &["hunter2"]).await;
    // Settings that are wrong.
    let key = ("OKTA_CLIENT_PRIVATEKEY", "hunter2-private-key");
    assert_hidden(
        with_secrets(Run::of(&issuer)).set(key.0, key.1),
        &["hunter2"],
    )
    .await;
    assert_hidden(with_secrets(Run::new()), &["hunter2"]).await;
    let userinfo = "https://ada:hunter2@dev-1234.okta.com/oauth2/default";
    assert_hidden(with_secrets(Run::at(userinfo)), &["hunter2"]).await;
}

#[tokio::test]
async fn secret_in_the_wrong_setting_is_not_printed() {
    let jwt = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhZGEifQ.hunter2";
    for name in [
        "OKTA_OAUTH2_ISSUER",
        "OKTA_OAUTH2_AUDIENCE",
        "OKTA_OAUTH2_CLIENT_ID",
    ] {
        let run = Run::at("https://127.0.0.1:1/oauth2/default").set(name, jwt);
        assert_hidden(run, &["hunter2", "eyJzdWIi"]).await;
    }
}

#[tokio::test]
async fn token_is_not_printed() {
    let issuer = Issuer::start().await;
    let token = issuer.token().user("ada@example.com").sign();
    let parts: Vec<&str> = token.split('.').collect();
    let hidden = [&*token, parts[1], parts[2]];
    let damaged = [
        token.clone(),
        token.replacen('.', "..", 1),
        format!("{token}.{}", parts[2]),
        format!("{} {}", parts[1], parts[2]),
        format!("\u{1b}{token}"),
    ];
    for text in damaged {
        assert_hidden(Run::of(&issuer).token(&text), &hidden).await;
    }
    let file = File::new(&token);
    assert_hidden(
        Run::of(&issuer).arguments(&["--token", file.path()]),
        &hidden,
    )
    .await;
    // As an argument, and as the file of another option.
    for arguments in [
        vec![&*token],
        vec!["--token", &*token],
        vec!["--issuer", &*token],
        vec!["--rules", file.path(), "--path", "/"],
        vec!["--yaml", file.path()],
        vec!["--root-certificate", file.path()],
    ] {
        assert_hidden(Run::of(&issuer).arguments(&arguments), &hidden).await;
    }
}
