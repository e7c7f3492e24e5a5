//! Client authentication at the token endpoint.

use aws_lc_rs::{
    encoding::{AsDer, PublicKeyX509Der},
    rsa,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use okta_tower::Algorithm;
use okta_tower_test::{Client, Key, SecretIn};
use reqwest::header;
use serde_json::{Value, json};

use crate::world::{App, CALLBACK, CLIENT, Reply, SECRET, client, exchange_form, send};

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Exchanges a valid code, with more form fields and an `Authorization` value.
async fn exchange(app: &App, more: &[(&str, &str)], basic: Option<&str>) -> Reply {
    let code = app.code(&[]);
    let mut form = exchange_form(&code).to_vec();
    form.extend(more);
    let mut request = app.http.post(app.url("token"));
    if let Some(text) = basic {
        request = request.header(
            header::AUTHORIZATION,
            format!("Basic {}", STANDARD.encode(text)),
        );
    }
    send(request, &form).await
}

#[tokio::test]
async fn secret_is_accepted_in_header_or_form_but_not_both() {
    let app = App::start().await;
    let post = [("client_id", CLIENT), ("client_secret", SECRET)];
    let basic = Some("0oaLedger:a+secret");
    assert_eq!(exchange(&app, &post, None).await.status, 200);
    assert_eq!(exchange(&app, &[], basic).await.status, 200);
    // A client ID in the form, next to the header, is not a second credential.
    assert_eq!(exchange(&app, &post[..1], basic).await.status, 200);
    exchange(&app, &post, basic)
        .await
        .assert_rejected(400, "invalid_request");
    let other = [("client_id", "0oaOther")];
    exchange(&app, &other, basic)
        .await
        .assert_rejected(401, "invalid_client");
}

#[tokio::test]
async fn header_credentials_are_form_decoded() {
    let app = App::with(Client::with_secret(CLIENT, "a:b c+d%").redirect_uri(CALLBACK)).await;
    for (basic, status) in [
        ("0oaLedger:a%3Ab+c%2Bd%25", 200),
        ("0oaLedger:a%3ab%20c%2bd%25", 200),
        ("0oaLedger:a:b c%2Bd%25", 200),
        ("0oaLedger:a:b c+d%", 401),
    ] {
        assert_eq!(
            exchange(&app, &[], Some(basic)).await.status,
            status,
            "{basic}"
        );
    }
}

#[tokio::test]
async fn wrong_client_gets_401() {
    let app = App::start().await;
    let wrong = exchange(&app, &[], Some("0oaLedger:wrong")).await;
    wrong.assert_rejected(401, "invalid_client");
    assert!(wrong.headers.contains_key(header::WWW_AUTHENTICATE));
    let none = exchange(&app, &[], None).await;
    none.assert_rejected(401, "invalid_client");
    assert_eq!(
        none.json["error_description"],
        "No client credentials found."
    );
    assert!(!none.headers.contains_key(header::WWW_AUTHENTICATE));
    let unknown = [("client_id", "0oaUnknown"), ("client_secret", SECRET)];
    exchange(&app, &unknown, None)
        .await
        .assert_rejected(401, "invalid_client");
    let bare = [("client_id", CLIENT)];
    exchange(&app, &bare, None)
        .await
        .assert_rejected(401, "invalid_client");
}

#[tokio::test]
async fn secret_in_the_wrong_place_is_rejected() {
    let post = [("client_id", CLIENT), ("client_secret", SECRET)];
    for (place, in_form, in_header) in [(SecretIn::Form, 200, 401), (SecretIn::Header, 401, 200)] {
        let app = App::with(client().secret_only_in(place)).await;
        assert_eq!(exchange(&app, &post, None).await.status, in_form);
        let basic = Some("0oaLedger:a+secret");
        assert_eq!(exchange(&app, &[], basic).await.status, in_header);
    }
}

#[tokio::test]
async fn changed_secret_rejects_the_old_one() {
    let app = App::start().await;
    app.issuer.set_client_secret(CLIENT, "new");
    let basic = Some("0oaLedger:a+secret");
    exchange(&app, &[], basic)
        .await
        .assert_rejected(401, "invalid_client");
    app.issuer.set_client_secret(CLIENT, SECRET);
    assert_eq!(exchange(&app, &[], basic).await.status, 200);
}

#[tokio::test]
async fn public_client_sends_only_its_id() {
    let app = App::with(Client::public(CLIENT).redirect_uri(CALLBACK)).await;
    let id = [("client_id", CLIENT)];
    assert_eq!(exchange(&app, &id, None).await.status, 200);
    let secret = [("client_id", CLIENT), ("client_secret", "made up")];
    exchange(&app, &secret, None)
        .await
        .assert_rejected(401, "invalid_client");
}

/// Returns the claims of a valid assertion with one claim changed, or removed (null).
fn assertion(app: &App, key: &Key, name: &str, value: Value) -> String {
    let mut claims = json!({
        "iss": CLIENT,
        "sub": CLIENT,
        "aud": app.issuer.token_url(),
        "iat": 1_767_268_800,
        "exp": 1_767_268_800 + 300,
        "jti": format!("{name}{value}{}", key.kid()),
    });
    claims[name] = value;
    claims
        .as_object_mut()
        .unwrap()
        .retain(|_, value| !value.is_null());
    let header = json!({ "alg": key.algorithm().as_str(), "kid": key.kid() });
    key.sign_raw(&header.to_string(), &claims.to_string())
}

async fn assert_with(app: &App, assertion: &str) -> Reply {
    let fields = [
        ("client_assertion_type", ASSERTION_TYPE),
        ("client_assertion", assertion),
    ];
    exchange(app, &fields, None).await
}

#[tokio::test]
async fn assertion_of_each_key_type_is_accepted_once() {
    for algorithm in [Algorithm::Rs256, Algorithm::Es256] {
        let key = Key::generate(algorithm);
        let app = App::with(Client::with_key(CLIENT, &key).redirect_uri(CALLBACK)).await;
        let good = assertion(&app, &key, "extra", json!(1));
        assert_eq!(assert_with(&app, &good).await.status, 200);
        // An assertion is valid once.
        assert_with(&app, &good)
            .await
            .assert_rejected(401, "invalid_client");
        let forged = Key::generate(algorithm).with_kid(key.kid());
        let forged = assertion(&app, &forged, "extra", json!(2));
        assert_with(&app, &forged)
            .await
            .assert_rejected(401, "invalid_client");
        // A client with a key cannot use another method.
        exchange(&app, &[("client_id", CLIENT)], None)
            .await
            .assert_rejected(401, "invalid_client");
        exchange(&app, &[], Some("0oaLedger:secret"))
            .await
            .assert_rejected(401, "invalid_client");
    }
}

#[tokio::test]
async fn assertion_with_invalid_claim_is_rejected() {
    let key = Key::generate(Algorithm::Es256);
    let app = App::with(Client::with_key(CLIENT, &key).redirect_uri(CALLBACK)).await;
    const NOW: i64 = 1_767_268_800;
    for (name, value, status) in [
        ("exp", json!(NOW + 3600), 200),
        ("exp", json!(NOW + 3601), 401),
        ("exp", json!(NOW), 401),
        ("exp", Value::Null, 401),
        ("iat", json!(NOW + 1), 401),
        ("iat", Value::Null, 200),
        ("jti", Value::Null, 200),
        ("aud", json!(app.issuer.url()), 401),
        ("iss", json!("0oaOther"), 401),
        ("sub", json!("0oaOther"), 401),
    ] {
        let text = assertion(&app, &key, name, value.clone());
        assert_eq!(
            assert_with(&app, &text).await.status,
            status,
            "{name}={value}"
        );
    }
    let text = assertion(&app, &key, "extra", json!(1));
    let typeless = exchange(&app, &[("client_assertion", &text)], None).await;
    typeless.assert_rejected(400, "invalid_request");
}

#[tokio::test]
async fn private_pem_holds_the_same_key() {
    for algorithm in [Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa] {
        let key = Key::generate(algorithm);
        let pem = key.private_pem();
        let text = pem.strip_prefix("-----BEGIN PRIVATE KEY-----\n").unwrap();
        let text = text.strip_suffix("-----END PRIVATE KEY-----\n").unwrap();
        let der = STANDARD.decode(text.replace('\n', "")).unwrap();
        // The PEM holds the same key.
        let public = match algorithm {
            Algorithm::Rs256 => der_of(rsa::KeyPair::from_pkcs8(&der).unwrap().public_key()),
            Algorithm::Es256 => {
                let rules = &ECDSA_P256_SHA256_FIXED_SIGNING;
                der_of(EcdsaKeyPair::from_pkcs8(rules, &der).unwrap().public_key())
            }
            _ => der_of(Ed25519KeyPair::from_pkcs8(&der).unwrap().public_key()),
        };
        assert_eq!(public, key.public_der(), "{algorithm}");
    }
}

fn der_of(key: &impl AsDer<PublicKeyX509Der<'static>>) -> Vec<u8> {
    key.as_der().unwrap().as_ref().to_vec()
}
