//! The wire format: a rejection is one headers frame, and messages are percent-encoded.

use grpc_tonic::pb::{Entry, GetBalanceRequest};
use scaffold::demo;

use crate::{
    raw::{bearer, call, grpc},
    world::World,
};

const BALANCE: &str = "/bank.v1.Ledger/GetBalance";
const POST: &str = "/bank.v1.Ledger/Post";

fn account(name: &str) -> GetBalanceRequest {
    let account = name.to_owned();
    GetBalanceRequest { account }
}

#[tokio::test(flavor = "multi_thread")]
async fn rejection_is_status_200_with_headers_only() {
    let world = World::start().await;
    let (expired, viewer) = (demo::expired(&world.issuer), world.viewer());
    let invalid = Some(r#"Bearer realm="api", error="invalid_token""#);
    for (headers, path, status, message, challenge) in [
        (
            vec![grpc()],
            BALANCE,
            "16",
            "credentials are required",
            Some(r#"Bearer realm="api""#),
        ),
        (
            vec![grpc(), bearer(&expired)],
            BALANCE,
            "16",
            "the access token or session is not valid",
            invalid,
        ),
        (
            vec![grpc(), bearer(&viewer), bearer(&viewer)],
            BALANCE,
            "16",
            "the credentials are malformed",
            Some(r#"Bearer realm="api", error="invalid_request""#),
        ),
        (
            vec![grpc(), bearer(&viewer)],
            POST,
            "7",
            "not allowed",
            None,
        ),
    ] {
        let answer = call(&world, path, &headers, &account("checking")).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-type"), Some("application/grpc"));
        assert_eq!(answer.header("grpc-status"), Some(status));
        assert_eq!(answer.header("grpc-message"), Some(message));
        assert_eq!(answer.header("www-authenticate"), challenge);
        assert!(
            answer.is_headers_alone && answer.trailers.is_none(),
            "{message}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn successful_response_has_trailers() {
    let world = World::start().await;
    let headers = [grpc(), bearer(&world.viewer())];
    let answer = call(&world, BALANCE, &headers, &account("checking")).await;
    assert!(!answer.is_headers_alone);
    assert_eq!(answer.header("grpc-status"), None);
    assert_eq!(answer.trailers.unwrap()["grpc-status"], "0");
}

#[tokio::test(flavor = "multi_thread")]
async fn message_of_a_method_is_percent_encoded() {
    let world = World::start().await;
    let headers = [grpc(), bearer(&world.viewer())];
    let answer = call(&world, BALANCE, &headers, &account("Größe 100%")).await;
    assert_eq!(answer.header("grpc-status"), Some("5"));
    // Libraries differ in the ASCII characters that they encode in addition to `%`.
    let message = answer.header("grpc-message").unwrap();
    assert!(
        message.contains("Gr%C3%B6%C3%9Fe") && message.contains("100%25"),
        "{message}"
    );
    assert!(answer.is_headers_alone);
}

#[tokio::test(flavor = "multi_thread")]
async fn spelling_of_scheme_and_format_does_not_matter() {
    let world = World::start().await;
    let token = world.admin().sign();
    for content_type in ["application/grpc", "application/grpc+proto"] {
        for scheme in ["Bearer", "bearer", "BEARER"] {
            let headers = [
                ("content-type", content_type.to_owned()),
                ("authorization", format!("{scheme} {token}")),
            ];
            let entry = Entry {
                account: "checking".to_owned(),
                cents: 1,
            };
            let answer = call(&world, POST, &headers, &entry).await;
            assert_eq!(answer.trailers.unwrap()["grpc-status"], "0", "{scheme}");
        }
    }
    // Another scheme carries no bearer token.
    let other = [grpc(), ("authorization", format!("Basic {token}"))];
    let answer = call(&world, BALANCE, &other, &account("checking")).await;
    assert_eq!(answer.header("grpc-status"), Some("16"));
}

#[tokio::test(flavor = "multi_thread")]
async fn non_grpc_call_is_rejected_as_plain_http() {
    let world = World::start().await;
    let json = ("content-type", "application/json".to_owned());
    let answer = call(&world, BALANCE, &[json], &account("checking")).await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.header("grpc-status"), None);
}
