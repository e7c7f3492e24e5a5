//! Client credentials, with the errors of Okta.

use http::StatusCode;
use okta_tower_test::{Client, Endpoint, Fault, Issuer};

use crate::run::{CLIENT, Run};

async fn issuer() -> Issuer {
    let issuer = Issuer::start().await;
    issuer.register(Client::with_secret(CLIENT.0, CLIENT.1).scopes(["reports:read"]));
    issuer
}

fn run(issuer: &Issuer) -> Run {
    Run::of(issuer)
        .client()
        .arguments(&["--client-credentials", "reports:read"])
}

#[tokio::test]
async fn token_of_the_client_is_explained() {
    let issuer = issuer().await;
    let found = run(&issuer).found().await;
    assert_eq!(found.exit, 0, "{}", found.text);
    assert!(
        found.is_ok("client_credentials") && found.is_ok("signature"),
        "{}",
        found.text
    );
    let other = run(&issuer)
        .set("OKTA_OAUTH2_AUDIENCE", "api://other")
        .found()
        .await;
    assert_eq!(other.exit, 5, "{}", other.text);
    assert!(other.is_ok("client_credentials"), "{}", other.text);
}

#[tokio::test]
async fn rejected_client_is_a_failure_with_the_meaning() {
    let issuer = issuer().await;
    let wrong = run(&issuer)
        .set("OKTA_OAUTH2_CLIENT_SECRET", "hunter2hunter2")
        .found()
        .await;
    let (_, reason, words) = wrong.problem("client_credentials");
    assert_eq!(
        (wrong.exit, &*reason),
        (7, "invalid_client"),
        "{}",
        wrong.text
    );
    assert!(words.contains("OKTA_OAUTH2_CLIENT_SECRET"), "{words}");
    assert!(!wrong.text.contains("hunter2"), "{}", wrong.text);

    let scopes = Run::of(&issuer)
        .client()
        .arguments(&["--client-credentials", "other"]);
    let found = scopes.found().await;
    assert_eq!(
        (found.exit, &*found.problem("client_credentials").1),
        (7, "invalid_scope")
    );

    for (status, error, description, reason) in [
        (
            400,
            "access_denied",
            "Policy evaluation failed for this request",
            "no_matching_policy",
        ),
        (
            400,
            "invalid_scope",
            "'scope' must be provided.",
            "no_default_scopes",
        ),
        (
            400,
            "access_denied",
            "User is not assigned to the client.",
            "client_not_assigned",
        ),
        (
            403,
            "access_denied",
            "outside the client's permitted network zones.",
            "network_zone",
        ),
        (
            400,
            "invalid_dpop_proof",
            "The DPoP proof JWT header is missing.",
            "dpop_required",
        ),
    ] {
        let body = format!(r#"{{"error":"{error}","error_description":"{description}"}}"#);
        let status = StatusCode::from_u16(status).unwrap();
        issuer.fault(Endpoint::Token, Fault::Answer(status, body));
        let found = run(&issuer).found().await;
        let (outcome, code, words) = found.problem("client_credentials");
        assert_eq!(
            (found.exit, &*outcome, &*code),
            (7, "failure", reason),
            "{}",
            found.text
        );
        assert!(words.contains(description), "{words}");
    }
    issuer.heal();
    assert_eq!(run(&issuer).found().await.exit, 0);
}

#[tokio::test]
async fn fault_of_the_token_endpoint_is_a_failure() {
    let issuer = issuer().await;
    for (fault, reason) in [
        (Fault::Status(StatusCode::TOO_MANY_REQUESTS), "rate_limited"),
        (Fault::Status(StatusCode::BAD_GATEWAY), "server_error"),
        (Fault::Status(StatusCode::NOT_FOUND), "not_found"),
        (
            Fault::Redirect("https://evil.example/".to_owned()),
            "redirect",
        ),
        (Fault::Huge(300 * 1024), "too_large"),
        (Fault::Gzip(0), "compressed"),
        (Fault::Close, "connection"),
        (Fault::Garbage, ""),
        (Fault::Empty, ""),
    ] {
        let name = format!("{fault:?}");
        issuer.fault(Endpoint::Token, fault);
        let found = run(&issuer).found().await;
        let (_, code, _) = found.problem("client_credentials");
        assert_eq!((found.exit, &*code), (7, reason), "{name}: {}", found.text);
    }
}

#[tokio::test]
async fn secret_is_not_sent_to_another_host() {
    let issuer = issuer().await;
    let other = Issuer::start().await;
    issuer.set_metadata("token_endpoint", other.token_url());
    let found = run(&issuer).found().await;
    assert_eq!(found.exit, 7, "{}", found.text);
    assert_eq!(other.requests(Endpoint::Token), 0);
    assert!(
        found
            .problem("client_credentials")
            .2
            .contains("was not sent")
    );
    let without = Run::of(&issuer).arguments(&["--client-credentials", "reports:read"]);
    let found = without.found().await;
    assert!(
        found.exit == 7
            && found
                .problem("client_credentials")
                .2
                .contains("CLIENT_SECRET")
    );
}
