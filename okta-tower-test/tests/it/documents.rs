//! Metadata, keys, rotation and startup.

use std::{net::Ipv6Addr, time::Duration};

use okta_tower::Algorithm;
use okta_tower_test::{Endpoint, Issuer, IssuerError, Key};
use reqwest::{Client, Method, StatusCode, header};
use serde_json::{Value, json};

use crate::world::{issuer_with_clock, json_of};

async fn get(url: &str) -> Value {
    let response = reqwest::get(url).await.unwrap();
    assert_eq!(response.status(), 200, "{url}");
    assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json");
    json_of(response).await
}

async fn kids(issuer: &Issuer) -> Vec<String> {
    get(&issuer.keys_url()).await["keys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| key["kid"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn metadata_has_okta_members_and_this_issuer() {
    let issuer = Issuer::start().await;
    let document = get(&issuer.discovery_url()).await;
    assert_eq!(document, issuer.metadata());
    assert_eq!(document["issuer"], issuer.url());
    assert_eq!(document["jwks_uri"], issuer.keys_url());
    assert_eq!(
        document["id_token_signing_alg_values_supported"],
        json!(["RS256"])
    );
    assert_eq!(
        document["code_challenge_methods_supported"],
        json!(["S256"])
    );
    for (member, path) in [
        ("authorization_endpoint", "authorize"),
        ("token_endpoint", "token"),
        ("userinfo_endpoint", "userinfo"),
        ("introspection_endpoint", "introspect"),
        ("revocation_endpoint", "revoke"),
        ("end_session_endpoint", "logout"),
        ("device_authorization_endpoint", "device/authorize"),
        ("pushed_authorization_request_endpoint", "par"),
    ] {
        assert_eq!(document[member], format!("{}/v1/{path}", issuer.url()));
    }
    assert_eq!(
        document["registration_endpoint"],
        format!("http://{}/oauth2/v1/clients", issuer.address())
    );
    // Okta does not send this member.
    assert_eq!(
        document.get("authorization_response_iss_parameter_supported"),
        None
    );
}

#[tokio::test]
async fn oauth_metadata_is_the_same_at_both_paths() {
    let issuer = Issuer::builder()
        .authorization_server("aus1")
        .start()
        .await
        .unwrap();
    let origin = format!("http://{}", issuer.address());
    let now = get(&format!(
        "{origin}/.well-known/oauth-authorization-server/oauth2/aus1"
    ))
    .await;
    let older = get(&format!(
        "{}/.well-known/oauth-authorization-server",
        issuer.url()
    ))
    .await;
    assert_eq!(now, older);
    assert_eq!(now["issuer"], format!("{origin}/oauth2/aus1"));
    assert_eq!(now.get("userinfo_endpoint"), None);
    let grants = now["grant_types_supported"].as_array().unwrap();
    assert!(grants.contains(&json!("client_credentials")));
    assert_eq!(issuer.requests(Endpoint::Discovery), 2);
}

#[tokio::test]
async fn published_keys_have_okta_members() {
    let issuer = Issuer::start().await;
    let document = get(&issuer.keys_url()).await;
    assert_eq!(document, issuer.key_set());
    for key in document["keys"].as_array().unwrap() {
        let mut names: Vec<&String> = key.as_object().unwrap().keys().collect();
        names.sort_unstable();
        assert_eq!(names, ["alg", "e", "kid", "kty", "n", "use"]);
        assert_eq!(key["e"], "AQAB");
        assert_eq!(
            key["n"].as_str().unwrap().len(),
            342,
            "256 bytes and no leading zero"
        );
    }
}

#[tokio::test]
async fn unknown_path_gets_okta_error_object() {
    let issuer = Issuer::start().await;
    let origin = format!("http://{}", issuer.address());
    for path in [
        "/oauth2/other/.well-known/openid-configuration",
        "/oauth2/default/v1/device/authorize",
        "/",
    ] {
        let response = reqwest::get(format!("{origin}{path}")).await.unwrap();
        assert_eq!(response.status(), 404);
        let error: Value = json_of(response).await;
        assert_eq!(error["errorCode"], "E0000007");
        assert_eq!(error["errorLink"], "E0000007");
        assert_eq!(error["errorCauses"], json!([]));
        assert!(error["errorSummary"].as_str().unwrap().contains(path));
    }
    assert_eq!(issuer.requests(Endpoint::Discovery), 0);
}

#[tokio::test]
async fn documents_reject_methods_other_than_get_and_head() {
    let issuer = Issuer::start().await;
    let url = issuer.keys_url();
    let post = Client::new().post(&url).send().await.unwrap();
    assert_eq!(post.status(), 405);
    assert_eq!(post.headers()[header::ALLOW], "GET, HEAD");
    let error: Value = json_of(post).await;
    assert_eq!(error["errorCode"], "E0000022");
    let head = Client::new()
        .request(Method::HEAD, &url)
        .send()
        .await
        .unwrap();
    assert_eq!(head.status(), 200);
}

#[tokio::test]
async fn unchanged_document_gets_304_until_it_changes() {
    let issuer = Issuer::start().await;
    let first = reqwest::get(issuer.keys_url()).await.unwrap();
    let headers = first.headers().clone();
    assert_eq!(
        headers[header::CACHE_CONTROL],
        "max-age=3832304, must-revalidate"
    );

    for (question, validator) in [
        (header::IF_NONE_MATCH, header::ETAG),
        (header::IF_MODIFIED_SINCE, header::LAST_MODIFIED),
    ] {
        let ask = || {
            let request = Client::new().get(issuer.keys_url());
            request
                .header(&question, headers[&validator].clone())
                .send()
        };
        let again = ask().await.unwrap();
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED, "{question}");
        assert_eq!(again.headers()[header::ETAG], headers[header::ETAG]);
        assert_eq!(
            again.headers()[header::CACHE_CONTROL],
            headers[header::CACHE_CONTROL]
        );
        assert_eq!(again.text().await.unwrap(), "");
    }
    assert_eq!(issuer.not_modified(Endpoint::Keys), 2);

    issuer.rotate(); // within the same second
    for (question, validator) in [
        (header::IF_NONE_MATCH, header::ETAG),
        (header::IF_MODIFIED_SINCE, header::LAST_MODIFIED),
    ] {
        let request = Client::new().get(issuer.keys_url());
        let reply = request
            .header(&question, headers[&validator].clone())
            .send();
        assert_eq!(reply.await.unwrap().status(), StatusCode::OK, "{question}");
    }
    assert_eq!(issuer.not_modified(Endpoint::Keys), 2);
    assert_eq!(issuer.requests(Endpoint::Keys), 5);
}

#[tokio::test]
async fn caching_headers_can_be_changed_and_omitted() {
    let bare = Issuer::builder()
        .without_cache_control()
        .without_validators()
        .start()
        .await
        .unwrap();
    let headers = reqwest::get(bare.keys_url())
        .await
        .unwrap()
        .headers()
        .clone();
    for absent in [header::CACHE_CONTROL, header::ETAG, header::LAST_MODIFIED] {
        assert_eq!(headers.get(&absent), None, "{absent}");
    }
    bare.set_cache_control(Some("no-cache"));
    let headers = reqwest::get(bare.keys_url())
        .await
        .unwrap()
        .headers()
        .clone();
    assert_eq!(headers[header::CACHE_CONTROL], "no-cache");
}

#[tokio::test]
async fn response_dates_follow_the_issuer_clock() {
    let (issuer, clock) = issuer_with_clock().await;
    clock.advance(Duration::from_secs(60));
    let headers = reqwest::get(issuer.keys_url())
        .await
        .unwrap()
        .headers()
        .clone();
    assert_eq!(
        headers[header::LAST_MODIFIED],
        "Thu, 01 Jan 2026 12:00:00 GMT"
    );
    assert_eq!(headers[header::DATE], "Thu, 01 Jan 2026 12:01:00 GMT");
}

#[tokio::test]
async fn rotation_moves_keys_from_next_to_active_to_expired() {
    let issuer = Issuer::start().await;
    let (first, second) = (issuer.active_key(), issuer.next_key());
    assert_eq!(kids(&issuer).await, [first.kid(), second.kid()]);
    assert!(issuer.expired_key().is_none());

    issuer.rotate();
    let third = issuer.next_key();
    assert_eq!(issuer.active_key().kid(), second.kid());
    assert_eq!(issuer.expired_key().unwrap().kid(), first.kid());
    assert_eq!(
        kids(&issuer).await,
        [second.kid(), third.kid(), first.kid()]
    );

    issuer.rotate();
    let fourth = issuer.next_key();
    assert_eq!(
        kids(&issuer).await,
        [third.kid(), fourth.kid(), second.kid()]
    );
    assert_eq!(issuer.withdraw_expired_key().unwrap().kid(), second.kid());
    assert_eq!(kids(&issuer).await, [third.kid(), fourth.kid()]);
    assert!(issuer.withdraw_expired_key().is_none());
}

#[tokio::test]
async fn emergency_rotation_replaces_the_active_key() {
    let issuer = Issuer::start().await;
    let before = kids(&issuer).await;
    let withdrawn = issuer.rotate_in_emergency();
    let after = kids(&issuer).await;
    assert_eq!(withdrawn.kid(), before[0]);
    assert!(!before.contains(&after[0]));
    assert!(!after.contains(&before[0]));
    assert_eq!(issuer.active_key().kid(), after[0]);
}

#[tokio::test]
async fn next_key_can_be_withheld() {
    let issuer = Issuer::builder()
        .publish_next_key(false)
        .start()
        .await
        .unwrap();
    assert_eq!(kids(&issuer).await, [issuer.active_key().kid()]);
    issuer.publish_next_key(true);
    assert_eq!(
        kids(&issuer).await,
        [issuer.active_key().kid(), issuer.next_key().kid()]
    );
}

#[tokio::test]
async fn extra_keys_are_published_after_the_issuer_keys() {
    let issuer = Issuer::start().await;
    let extra = Key::generate(Algorithm::Es384);
    issuer.publish_key(&extra);
    issuer.publish_jwk(json!("not even an object"));
    let keys = get(&issuer.keys_url()).await;
    assert_eq!(keys["keys"][2], extra.to_jwk());
    assert_eq!(keys["keys"][3], "not even an object");
    issuer.unpublish();
    assert_eq!(kids(&issuer).await.len(), 2);
}

#[tokio::test]
async fn documents_can_be_replaced_and_restored() {
    let issuer = Issuer::start().await;
    let truth = (issuer.metadata(), issuer.key_set());
    let text = async |url: String| reqwest::get(url).await.unwrap().text().await.unwrap();

    issuer.serve_keys("{\"keys\":");
    issuer.serve_metadata("[]");
    assert_eq!(text(issuer.keys_url()).await, "{\"keys\":");
    assert_eq!(text(issuer.discovery_url()).await, "[]");

    issuer.serve_true_documents();
    issuer.set_metadata("jwks_uri", "http://elsewhere.example/keys");
    issuer.remove_metadata("token_endpoint");
    let document = get(&issuer.discovery_url()).await;
    assert_eq!(document["jwks_uri"], "http://elsewhere.example/keys");
    assert_eq!(document.get("token_endpoint"), None);

    issuer.serve_true_documents();
    assert_eq!(
        (
            get(&issuer.discovery_url()).await,
            get(&issuer.keys_url()).await
        ),
        truth
    );
}

#[tokio::test]
async fn requests_are_counted_and_their_headers_kept() {
    let issuer = Issuer::start().await;
    assert!(issuer.last_headers(Endpoint::Keys).is_none());
    let request = Client::new()
        .get(issuer.keys_url())
        .header(header::USER_AGENT, "under-test/1")
        .send();
    let (_, response) = tokio::join!(issuer.wait_for_requests(Endpoint::Keys, 1), request);
    assert_eq!(response.unwrap().status(), 200);
    assert_eq!(issuer.requests(Endpoint::Keys), 1);
    assert_eq!(issuer.requests(Endpoint::Discovery), 0);
    let headers = issuer.last_headers(Endpoint::Keys).unwrap();
    assert_eq!(headers[header::USER_AGENT], "under-test/1");
}

#[tokio::test]
async fn non_loopback_address_is_rejected() {
    for address in [
        "0.0.0.0:0",
        "192.0.2.1:0",
        "[::]:0",
        "[2001:db8::1]:0",
        "[::ffff:127.0.0.1]:0",
    ] {
        let address: std::net::SocketAddr = address.parse().unwrap();
        let error = Issuer::builder()
            .address(address)
            .start()
            .await
            .unwrap_err();
        assert!(matches!(error, IssuerError::NotLoopback(refused) if refused == address));
        assert!(error.to_string().contains("127.0.0.1"), "{error}");
    }
    match Issuer::builder()
        .address((Ipv6Addr::LOCALHOST, 0))
        .start()
        .await
    {
        Ok(issuer) => {
            assert!(
                issuer.url().starts_with("http://[::1]:"),
                "{}",
                issuer.url()
            );
            assert_eq!(get(&issuer.discovery_url()).await["issuer"], issuer.url());
        }
        // Some containers have no IPv6 at all.
        Err(error) => assert!(
            std::net::TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_err(),
            "{error}"
        ),
    }
}

#[tokio::test]
async fn taken_port_and_invalid_server_id_are_errors() {
    let issuer = Issuer::start().await;
    let port = issuer.address().port();
    let error = Issuer::builder().port(port).start().await.unwrap_err();
    assert!(matches!(error, IssuerError::Listen { .. }));
    assert!(error.to_string().contains(&port.to_string()), "{error}");
    assert!(std::error::Error::source(&error).is_some());

    for id in ["", "a/b", "a b", "../up", "d\u{e9}faut"] {
        let error = Issuer::builder()
            .authorization_server(id)
            .start()
            .await
            .unwrap_err();
        assert!(matches!(error, IssuerError::ServerId(refused) if refused == id));
    }
}
