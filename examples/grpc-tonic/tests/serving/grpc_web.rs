//! gRPC-Web as browsers use it: HTTP/1, cross-origin, with the trailers as the last frame of the
//! body.

use base64::{Engine, prelude::BASE64_STANDARD};
use grpc_tonic::pb::{Balance, GetBalanceRequest};
use okta_tower_test::TokenBuilder;
use prost::Message;
use reqwest::{Client, RequestBuilder, Response};

use crate::{
    raw::{bearer, frame},
    world::World,
};

const ORIGIN: &str = "https://app.example.com";

fn client() -> Client {
    Client::builder().no_proxy().build().unwrap()
}

fn post(world: &World, method: &str, content_type: &str, body: Vec<u8>) -> RequestBuilder {
    client()
        .post(format!("http://{}/bank.v1.Ledger/{method}", world.address))
        .header("content-type", content_type)
        .header("accept", content_type)
        .header("x-grpc-web", "1")
        .header("origin", ORIGIN)
        .body(body)
}

async fn send(request: RequestBuilder, token: Option<&TokenBuilder>) -> Response {
    let request = match token.map(bearer) {
        Some((name, value)) => request.header(name, value),
        None => request,
    };
    request.send().await.unwrap()
}

fn header(answer: &Response, name: &str) -> Option<String> {
    let value = answer.headers().get(name);
    value.map(|value| value.to_str().unwrap().to_owned())
}

/// Returns the message and the trailers of a body.
fn parts(body: &[u8]) -> (Balance, String) {
    let (kind, rest) = body.split_first().unwrap();
    assert_eq!(*kind, 0, "a message comes first");
    let (length, rest) = rest.split_at(4);
    let length = u32::from_be_bytes(length.try_into().unwrap());
    let (message, rest) = rest.split_at(length.try_into().unwrap());
    assert_eq!(rest[0], 0x80, "then the trailers");
    let trailers = String::from_utf8(rest[5..].to_vec()).unwrap();
    (Balance::decode(message).unwrap(), trailers)
}

fn checking() -> Vec<u8> {
    let account = "checking".to_owned();
    frame(&GetBalanceRequest { account })
}

#[tokio::test(flavor = "multi_thread")]
async fn grpc_web_response_has_the_format_of_its_request() {
    let world = World::start().await;
    let viewer = world.viewer();
    let web = "application/grpc-web+proto";
    let answer = send(post(&world, "GetBalance", web, checking()), Some(&viewer)).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(header(&answer, "content-type").as_deref(), Some(web));
    let (balance, trailers) = parts(&answer.bytes().await.unwrap());
    assert_eq!(balance.cents, 10_000);
    assert!(trailers.contains("grpc-status:0"), "{trailers:?}");

    let text = "application/grpc-web-text+proto";
    let body = BASE64_STANDARD.encode(checking()).into_bytes();
    let answer = send(post(&world, "GetBalance", text, body), Some(&viewer)).await;
    assert_eq!(header(&answer, "content-type").as_deref(), Some(text));
    // Each frame has its own encoding and padding.
    let body = answer.text().await.unwrap();
    let frames = body
        .split_inclusive("==")
        .map(|frame| BASE64_STANDARD.decode(frame));
    let body: Vec<u8> = frames.flat_map(Result::unwrap).collect();
    assert_eq!(parts(&body).0.cents, 10_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn grpc_web_rejection_is_readable_by_scripts() {
    let world = World::start().await;
    let viewer = world.viewer();
    let form = |text: bool| {
        let suffix = if text { "-text" } else { "" };
        format!("application/grpc-web{suffix}")
    };
    for is_text in [false, true] {
        for (method, token, status) in [
            ("GetBalance", None, "16"),
            ("GetBalance", Some(world.viewer().expires_in(-300)), "16"),
            ("Post", Some(viewer.clone()), "7"),
        ] {
            let request = post(&world, method, &form(is_text), checking());
            let answer = send(request, token.as_ref()).await;
            assert_eq!(answer.status(), 200);
            let content_type = header(&answer, "content-type");
            assert_eq!(content_type.as_deref(), Some(&*form(is_text)));
            assert_eq!(header(&answer, "grpc-status").as_deref(), Some(status));
            let exposed = header(&answer, "access-control-expose-headers").unwrap();
            for name in ["grpc-status", "grpc-message", "www-authenticate"] {
                assert!(exposed.contains(name), "{exposed}");
            }
            assert!(header(&answer, "access-control-allow-origin").is_some());
            assert!(answer.bytes().await.unwrap().is_empty());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn preflight_without_token_is_answered_by_cors() {
    let world = World::start().await;
    let url = format!("http://{}/bank.v1.Ledger/Post", world.address);
    let answer = client()
        .request(reqwest::Method::OPTIONS, url)
        .header("origin", ORIGIN)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization,x-grpc-web")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    let allowed = header(&answer, "access-control-allow-headers").unwrap();
    assert!(allowed.contains("authorization"), "{allowed}");
    assert_eq!(header(&answer, "grpc-status"), None);
}
