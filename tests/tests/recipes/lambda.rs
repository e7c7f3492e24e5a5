//! `docs/recipes/aws-lambda.md`: the function runs in a process of its own, with events of a
//! scripted Runtime API.

use axum::{Router, routing::get};
use okta_tower::Okta;
use okta_tower_axum::Claims;

async fn me(user: Claims) -> String {
    user.subject().to_owned()
}

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let okta = Okta::from_env()?.start().await?;
    let app = Router::new()
        .route("/me", get(me))
        .route_layer(okta.layer());
    lambda_http::run(app).await
}

/// The child process of the tests below.
#[test]
#[ignore = "the function: waits for events of a Runtime API"]
fn function() {
    main().unwrap();
}

mod tests {
    use std::env;

    use cross_tests::process::Process;
    use okta_tower_test::Issuer;
    use serde_json::{Value, json};

    use crate::runtime_api::RuntimeApi;

    /// An event of an HTTP API or function URL (payload format 2.0).
    fn event(stage: &str, authorization: Option<String>) -> Value {
        let path = match stage {
            "$default" => "/me".to_owned(),
            stage => format!("/{stage}/me"),
        };
        let mut headers = json!({ "host": "api.example.com" });
        if let Some(authorization) = authorization {
            headers["authorization"] = authorization.into();
        }
        json!({
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": path,
            "rawQueryString": "",
            "headers": headers,
            "isBase64Encoded": false,
            "requestContext": {
                "accountId": "123456789012",
                "apiId": "api",
                "domainName": "api.example.com",
                "domainPrefix": "api",
                "http": {
                    "method": "GET",
                    "path": path,
                    "protocol": "HTTP/1.1",
                    "sourceIp": "192.0.2.1",
                    "userAgent": "test",
                },
                "requestId": "1",
                "routeKey": "$default",
                "stage": stage,
                "time": "12/Mar/2020:19:03:58 +0000",
                "timeEpoch": 1_583_348_638_390_i64,
            },
        })
    }

    #[tokio::test]
    async fn lambda_function_accepts_and_rejects_events() {
        let issuer = Issuer::start().await;
        let runtime = RuntimeApi::start().await;
        let function = Process::start(
            env::current_exe().unwrap(),
            ["--exact", "lambda::function", "--ignored", "--nocapture"],
            |command| {
                command
                    .env("AWS_LAMBDA_RUNTIME_API", runtime.address())
                    .env("AWS_LAMBDA_FUNCTION_NAME", "me")
                    .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
                    .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
                    .env("OKTA_OAUTH2_ISSUER", issuer.url())
                    .env("OKTA_TESTING_DISABLE_HTTPS_CHECK", "true");
            },
        );
        let token = issuer.token().user("ada@example.com");
        let valid = format!("Bearer {}", token.clone().sign());
        let expired = format!("Bearer {}", token.expires_in(-300).sign());
        for (stage, authorization, status, body) in [
            ("$default", Some(valid.clone()), 200, "ada@example.com"),
            ("prod", Some(valid), 404, ""), // no route has the stage in its path
            ("$default", Some(expired), 401, ""),
            ("$default", None, 401, ""),
        ] {
            let event = event(stage, authorization);
            let Some(response) = runtime.invoke(event).await else {
                panic!("no response: {}", function.output());
            };
            assert_eq!(response["statusCode"], status, "{response}");
            assert_eq!(response["body"], body);
            if status == 401 {
                let challenge = response["headers"]["www-authenticate"].as_str().unwrap();
                assert!(challenge.starts_with("Bearer realm="), "{challenge}");
            }
        }
    }
}
