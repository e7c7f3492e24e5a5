//! How clients prove who they are at the token endpoint.

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

use crate::common::{Answer, App, CALLBACK, CLIENT, SECRET, client, exchange_form, send};

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Exchanges a good code, with this more in the form, and this in `Authorization`.
async fn exchange(app: &App, more: &[(&str, &str)], basic: Option<&str>) -> Answer {
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
async fn a_secret_is_taken_in_the_header_and_in_the_form_and_not_in_both() {
    let app = App::start().await;
    let post = [("client_id", CLIENT), ("client_secret", SECRET)];
    let basic = Some("0oaLedger:a+secret");
    assert_eq!(exchange(&app, &post, None).await.status, 200);
    assert_eq!(exchange(&app, &[], basic).await.status, 200);
    // The client id alone beside the header is no second credential.
    assert_eq!(exchange(&app, &post[..1], basic).await.status, 200);
    exchange(&app, &post, basic)
        .await
        .is_refused(400, "invalid_request");
    let other = [("client_id", "0oaOther")];
    exchange(&app, &other, basic)
        .await
        .is_refused(401, "invalid_client");
}

#[tokio::test]
async fn credentials_in_the_header_are_form_encoded() {
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
async fn a_wrong_client_is_refused_with_401() {
    let app = App::start().await;
    let wrong = exchange(&app, &[], Some("0oaLedger:wrong")).await;
    wrong.is_refused(401, "invalid_client");
    assert!(wrong.headers.contains_key(header::WWW_AUTHENTICATE));
    let none = exchange(&app, &[], None).await;
    none.is_refused(401, "invalid_client");
    assert_eq!(
        none.json["error_description"],
        "No client credentials found."
    );
    assert!(!none.headers.contains_key(header::WWW_AUTHENTICATE));
    let unknown = [("client_id", "0oaUnknown"), ("client_secret", SECRET)];
    exchange(&app, &unknown, None)
        .await
        .is_refused(401, "invalid_client");
    let bare = [("client_id", CLIENT)];
    exchange(&app, &bare, None)
        .await
        .is_refused(401, "invalid_client");
}

#[tokio::test]
async fn a_client_may_be_held_to_one_place_for_its_secret() {
    let post = [("client_id", CLIENT), ("client_secret", SECRET)];
    for (place, in_form, in_header) in [(SecretIn::Form, 200, 401), (SecretIn::Header, 401, 200)] {
        let app = App::with(client().secret_only_in(place)).await;
        assert_eq!(exchange(&app, &post, None).await.status, in_form);
        let basic = Some("0oaLedger:a+secret");
        assert_eq!(exchange(&app, &[], basic).await.status, in_header);
    }
}

#[tokio::test]
async fn a_secret_can_be_changed_behind_the_applications_back() {
    let app = App::start().await;
    app.issuer.set_client_secret(CLIENT, "new");
    let basic = Some("0oaLedger:a+secret");
    exchange(&app, &[], basic)
        .await
        .is_refused(401, "invalid_client");
    app.issuer.set_client_secret(CLIENT, SECRET);
    assert_eq!(exchange(&app, &[], basic).await.status, 200);
}

#[tokio::test]
async fn a_public_client_has_its_id_and_nothing_else() {
    let app = App::with(Client::public(CLIENT).redirect_uri(CALLBACK)).await;
    let id = [("client_id", CLIENT)];
    assert_eq!(exchange(&app, &id, None).await.status, 200);
    let secret = [("client_id", CLIENT), ("client_secret", "made up")];
    exchange(&app, &secret, None)
        .await
        .is_refused(401, "invalid_client");
}

/// The claims of a good assertion, with one set to something else, or (null) left out.
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

async fn assert_with(app: &App, assertion: &str) -> Answer {
    let fields = [
        ("client_assertion_type", ASSERTION_TYPE),
        ("client_assertion", assertion),
    ];
    exchange(app, &fields, None).await
}

#[tokio::test]
async fn a_key_signs_assertions_of_either_kind() {
    for algorithm in [Algorithm::Rs256, Algorithm::Es256] {
        let key = Key::generate(algorithm);
        let app = App::with(Client::with_key(CLIENT, &key).redirect_uri(CALLBACK)).await;
        let good = assertion(&app, &key, "extra", json!(1));
        assert_eq!(assert_with(&app, &good).await.status, 200);
        // It was good once.
        assert_with(&app, &good)
            .await
            .is_refused(401, "invalid_client");
        let forged = Key::generate(algorithm).with_kid(key.kid());
        let forged = assertion(&app, &forged, "extra", json!(2));
        assert_with(&app, &forged)
            .await
            .is_refused(401, "invalid_client");
        // Nothing else will do for a client with a key.
        exchange(&app, &[("client_id", CLIENT)], None)
            .await
            .is_refused(401, "invalid_client");
        exchange(&app, &[], Some("0oaLedger:secret"))
            .await
            .is_refused(401, "invalid_client");
    }
}

#[tokio::test]
async fn an_assertion_is_held_to_what_okta_asks_of_it() {
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
    typeless.is_refused(400, "invalid_request");
}

#[tokio::test]
async fn the_private_half_is_handed_over_as_pem() {
    for algorithm in [Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa] {
        let key = Key::generate(algorithm);
        let pem = key.private_pem();
        let text = pem.strip_prefix("-----BEGIN PRIVATE KEY-----\n").unwrap();
        let text = text.strip_suffix("-----END PRIVATE KEY-----\n").unwrap();
        let der = STANDARD.decode(text.replace('\n', "")).unwrap();
        // The same key comes out of it.
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
