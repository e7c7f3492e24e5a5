//! Each fault, as a client sees it.

use std::{io::Read, time::Duration};

use flate2::read::GzDecoder;
use okta_tower_test::{Endpoint, Fault, Issuer};
use reqwest::{Client, Response, StatusCode, header};
use serde_json::{Value, json};
use tokio::{io::AsyncReadExt, io::AsyncWriteExt, net::TcpStream};

use crate::world::json_of;

/// How long to wait for an event that must not happen.
const NEVER: Duration = Duration::from_millis(50);

const REQUEST: &[u8] = b"GET /oauth2/default/v1/keys HTTP/1.1\r\nhost: localhost\r\n\r\n";

async fn broken(fault: Fault) -> (Issuer, Response) {
    let issuer = Issuer::start().await;
    issuer.fault(Endpoint::Keys, fault);
    let client = Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let response = client.get(issuer.keys_url()).send().await.unwrap();
    // A fault affects one endpoint only.
    assert_eq!(
        reqwest::get(issuer.discovery_url()).await.unwrap().status(),
        200
    );
    (issuer, response)
}

#[tokio::test]
async fn status_fault_has_okta_error_object() {
    for (status, code) in [(500, "E0000009"), (503, "E0000010"), (404, "E0000007")] {
        let (_issuer, response) =
            broken(Fault::Status(StatusCode::from_u16(status).unwrap())).await;
        assert_eq!(response.status(), status);
        assert_eq!(json_of(response).await["errorCode"], code);
    }
    let (_issuer, response) = broken(Fault::Status(StatusCode::NO_CONTENT)).await;
    assert_eq!(response.status(), 204);
}

#[tokio::test]
async fn status_429_has_rate_limit_headers() {
    let (_issuer, response) = broken(Fault::Status(StatusCode::TOO_MANY_REQUESTS)).await;
    assert_eq!(response.headers()["x-rate-limit-remaining"], "0");
    assert!(response.headers().contains_key("x-rate-limit-reset"));
    assert_eq!(json_of(response).await["errorCode"], "E0000047");
}

#[tokio::test]
async fn hanging_endpoint_accepts_requests_without_response() {
    let issuer = Issuer::start().await;
    issuer.fault(Endpoint::Keys, Fault::Hang);
    let request = tokio::spawn(reqwest::get(issuer.keys_url()));
    issuer.wait_for_requests(Endpoint::Keys, 1).await;
    tokio::time::sleep(NEVER).await;
    assert!(!request.is_finished());
    request.abort();
    issuer.heal();
    assert_eq!(reqwest::get(issuer.keys_url()).await.unwrap().status(), 200);
}

#[tokio::test]
async fn client_disconnect_frees_the_connection() {
    for fault in [
        Fault::Hang,
        Fault::HangBody,
        Fault::Drip(Duration::from_millis(1)),
        Fault::Huge(u64::MAX / 2),
    ] {
        let issuer = Issuer::start().await;
        issuer.fault(Endpoint::Keys, fault);
        let mut stream = TcpStream::connect(issuer.address()).await.unwrap();
        stream.write_all(REQUEST).await.unwrap();
        issuer.wait_for_requests(Endpoint::Keys, 1).await;
        assert_eq!(issuer.connections(), 1);
        drop(stream);
        issuer.wait_for_connections(0).await;
    }
}

#[tokio::test]
async fn hanging_body_announces_length_and_sends_nothing() {
    let (issuer, mut response) = broken(Fault::HangBody).await;
    assert_eq!(
        response.content_length(),
        Some(issuer.key_set().to_string().len() as u64)
    );
    assert!(tokio::time::timeout(NEVER, response.chunk()).await.is_err());
}

#[tokio::test]
async fn dripping_body_sends_single_bytes_without_end() {
    let (issuer, mut response) = broken(Fault::Drip(Duration::from_micros(10))).await;
    assert_eq!(response.content_length(), None);
    let truth = issuer.key_set().to_string().into_bytes();
    let mut body = Vec::new();
    while body.len() < truth.len() + 10 {
        body.extend_from_slice(&response.chunk().await.unwrap().unwrap());
    }
    assert!(body.starts_with(&truth));
    assert!(body[truth.len()..].iter().all(|byte| *byte == b' '));
}

#[tokio::test]
async fn huge_body_is_the_document_after_blanks() {
    const BLANKS: u64 = 1_000_000;
    for (fault, announced) in [
        (Fault::Huge(BLANKS), false),
        (Fault::HugeAnnounced(BLANKS), true),
    ] {
        let (issuer, response) = broken(fault).await;
        assert_eq!(response.content_length().is_some(), announced);
        let body = response.bytes().await.unwrap();
        assert!(body.len() as u64 > BLANKS);
        assert_eq!(
            serde_json::from_slice::<Value>(&body).unwrap(),
            issuer.key_set()
        );
    }
}

#[tokio::test]
async fn gzip_bomb_is_small_and_unpacks_to_the_document() {
    const BLANKS: u64 = 4_000_000;
    let (issuer, response) = broken(Fault::Gzip(BLANKS)).await;
    assert_eq!(response.headers()[header::CONTENT_ENCODING], "gzip");
    let packed = response.bytes().await.unwrap();
    assert!(packed.len() < 64 * 1024, "{}", packed.len());
    let mut body = Vec::new();
    GzDecoder::new(&packed[..]).read_to_end(&mut body).unwrap();
    assert!(body.len() as u64 > BLANKS);
    assert_eq!(
        serde_json::from_slice::<Value>(&body).unwrap(),
        issuer.key_set()
    );
}

#[tokio::test]
async fn wrong_documents_have_status_200() {
    let (_issuer, response) = broken(Fault::Garbage).await;
    assert_eq!(response.status(), 200);
    assert!(response.text().await.unwrap().starts_with("<!doctype"));

    let (_issuer, response) = broken(Fault::Body("{".to_owned())).await;
    assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json");
    assert_eq!(response.text().await.unwrap(), "{");

    let (issuer, response) = broken(Fault::Empty).await;
    assert_eq!(json_of(response).await, json!({ "keys": [] }));
    issuer.fault_everywhere(&Fault::Empty);
    let metadata = reqwest::get(issuer.discovery_url()).await.unwrap();
    assert_eq!(json_of(metadata).await, json!({}));
}

#[tokio::test]
async fn truncated_body_stops_halfway() {
    let (issuer, mut response) = broken(Fault::Truncated).await;
    let whole = issuer.key_set().to_string().len();
    assert_eq!(response.content_length(), Some(whole as u64));
    let mut read = 0;
    let end = loop {
        match response.chunk().await {
            Ok(Some(chunk)) => read += chunk.len(),
            other => break other,
        }
    };
    assert!(end.is_err());
    assert_eq!(read, whole / 2);
}

#[tokio::test]
async fn redirect_fault_has_the_given_location() {
    let (_issuer, response) = broken(Fault::Redirect("http://192.0.2.1/keys".to_owned())).await;
    assert_eq!(response.status(), 302);
    assert_eq!(
        response.headers()[header::LOCATION],
        "http://192.0.2.1/keys"
    );
}

#[tokio::test]
async fn close_fault_sends_no_bytes() {
    let issuer = Issuer::start().await;
    issuer.fault(Endpoint::Keys, Fault::Close);
    assert!(reqwest::get(issuer.keys_url()).await.is_err());

    let mut stream = TcpStream::connect(issuer.address()).await.unwrap();
    stream.write_all(REQUEST).await.unwrap();
    let mut reply = Vec::new();
    stream.read_to_end(&mut reply).await.unwrap();
    assert!(reply.is_empty());
}

#[tokio::test]
async fn next_faults_apply_in_order_before_the_standing_fault() {
    let issuer = Issuer::start().await;
    let status = async || {
        reqwest::get(issuer.keys_url())
            .await
            .unwrap()
            .status()
            .as_u16()
    };
    issuer.fault(Endpoint::Keys, Fault::Status(StatusCode::BAD_GATEWAY));
    issuer.fault_next(Endpoint::Keys, Fault::Status(StatusCode::NOT_FOUND));
    issuer.fault_next(Endpoint::Keys, Fault::Empty);
    assert_eq!(
        [status().await, status().await, status().await],
        [404, 200, 502]
    );
    issuer.fault_next(Endpoint::Keys, Fault::Status(StatusCode::NOT_FOUND));
    issuer.heal();
    assert_eq!(status().await, 200);
}

#[tokio::test]
async fn held_response_is_older_than_a_later_one() {
    let issuer = Issuer::start().await;
    let before = issuer.key_set();
    let held = issuer.hold_next(Endpoint::Keys);
    let slow = tokio::spawn(reqwest::get(issuer.keys_url()));
    held.arrived().await;

    issuer.rotate();
    let quick = json_of(reqwest::get(issuer.keys_url()).await.unwrap()).await;
    assert_eq!(quick, issuer.key_set());
    assert!(!slow.is_finished());

    held.release();
    assert_eq!(json_of(slow.await.unwrap().unwrap()).await, before);
}

#[tokio::test]
async fn dropping_the_handle_releases_the_held_response() {
    let issuer = Issuer::start().await;
    drop(issuer.hold_next(Endpoint::Keys));
    assert_eq!(reqwest::get(issuer.keys_url()).await.unwrap().status(), 200);
}

#[tokio::test]
async fn stopped_issuer_refuses_and_resumes_on_the_same_port() {
    let issuer = Issuer::start().await;
    let address = issuer.address();
    let mut open = TcpStream::connect(address).await.unwrap();
    for _ in 0..3 {
        assert_eq!(reqwest::get(issuer.keys_url()).await.unwrap().status(), 200);
        issuer.stop_listening().await;
        issuer.stop_listening().await;
        let refused = TcpStream::connect(address).await.unwrap_err();
        assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
        issuer.resume().await;
        issuer.resume().await;
    }
    assert_eq!(issuer.requests(Endpoint::Keys), 3);
    assert_eq!(
        open.read(&mut [0; 1]).await.unwrap_or(0),
        0,
        "open connections were closed"
    );
}

#[tokio::test]
async fn dropped_issuer_closes_port_and_connections() {
    let issuer = Issuer::start().await;
    let address = issuer.address();
    let mut open = TcpStream::connect(address).await.unwrap();
    drop(issuer);
    assert_eq!(open.read(&mut [0; 1]).await.unwrap_or(0), 0);
    let refused = TcpStream::connect(address).await.unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
}
