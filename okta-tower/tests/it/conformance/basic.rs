//! The plans `oidcc-client-basic` and `oidcc-client-formpost-basic`: each test runs in both modes.

use http::{StatusCode, header};
use okta_tower::{Algorithm, ClientAuth, UserInfo};
use okta_tower_test::{Client, Endpoint, Fault, Key, SecretIn};
use serde_json::{Value, json};

use super::{MODES, Party, check};
use crate::sign_in::world::{CALLBACK, CLIENT, World, client, sign_in};

/// Sets a claim of ID tokens.
fn set(name: &'static str, value: impl Into<Value>) -> impl Fn(&World) {
    let value = value.into();
    move |world| {
        let value = value.clone();
        (world.issuer)
            .tamper_id_token(move |claims| drop(claims.insert(name.into(), value.clone())));
    }
}

/// Leaves a claim out of ID tokens.
fn without(name: &'static str) -> impl Fn(&World) {
    move |world| (world.issuer).tamper_id_token(move |claims| drop(claims.remove(name)))
}

/// Signs ID tokens again, with this key and this header.
fn signed_by(key: Key, header: Value) -> impl Fn(&World) {
    move |world| {
        let (key, header) = (key.clone(), header.to_string());
        world
            .issuer
            .rewrite_id_tokens(move |token| key.sign_raw(&header, &payload(&token)));
    }
}

/// The decoded payload of a token.
fn payload(token: &str) -> String {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let payload = token.split('.').nth(1).unwrap();
    String::from_utf8(URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

/// Suite: `oidcc-client-test`.
#[tokio::test]
async fn valid_id_token_is_accepted() {
    check(|_| (), true).await;
}

/// Suite: `oidcc-client-test-idtoken-sig-rs256`.
#[tokio::test]
async fn id_token_signed_with_rs256_is_accepted() {
    let signed = |world: &World| {
        assert_eq!(world.issuer.active_key().algorithm(), Algorithm::Rs256);
        let key = world.issuer.active_key();
        let header = json!({ "alg": "RS256", "kid": key.kid() });
        signed_by(key, header)(world);
    };
    check(signed, true).await;
}

/// Suite: `oidcc-client-test-invalid-iss`.
#[tokio::test]
async fn id_token_of_another_issuer_is_rejected() {
    check(set("iss", "https://evil.example/oauth2/default"), false).await;
}

/// Suite: `oidcc-client-test-missing-sub`.
#[tokio::test]
async fn id_token_without_subject_is_rejected() {
    check(without("sub"), false).await;
}

/// Suite: `oidcc-client-test-invalid-aud`.
#[tokio::test]
async fn id_token_for_another_client_is_rejected() {
    check(set("aud", "0oaOther"), false).await;
}

/// Suite: `oidcc-client-test-missing-aud`.
#[tokio::test]
async fn id_token_without_audience_is_rejected() {
    check(without("aud"), false).await;
}

/// Suite: `oidcc-client-test-missing-iat`.
#[tokio::test]
async fn id_token_without_issue_time_is_rejected() {
    check(without("iat"), false).await;
}

/// Suite: `oidcc-client-test-nonce-invalid`.
#[tokio::test]
async fn id_token_with_another_nonce_is_rejected() {
    check(set("nonce", "another"), false).await;
}

/// Suite: `oidcc-client-test-invalid-athash`.
#[tokio::test]
async fn id_token_with_another_access_token_hash_is_rejected() {
    check(set("at_hash", "AAAAAAAAAAAAAAAAAAAAAA"), false).await;
}

/// Suite: `oidcc-client-test-missing-athash`. The claim is optional in the code flow.
#[tokio::test]
async fn id_token_without_access_token_hash_is_accepted() {
    check(without("at_hash"), true).await;
}

/// Suite: `oidcc-client-test-idtoken-sig-none`. The suite lets a relying party accept it.
#[tokio::test]
async fn unsigned_id_token_is_rejected() {
    let unsigned = |world: &World| {
        world.issuer.rewrite_id_tokens(|token| {
            let payload = token.split('.').nth(1).unwrap();
            format!("eyJhbGciOiJub25lIn0.{payload}.")
        });
    };
    check(unsigned, false).await;
}

/// Suite: `oidcc-client-test-invalid-sig-rs256`.
#[tokio::test]
async fn id_token_with_a_wrong_rs256_signature_is_rejected() {
    let forged = |world: &World| world.issuer.sign_id_tokens_with(world.issuer.forged_key());
    check(forged, false).await;
}

/// Suite: `oidcc-client-test-invalid-sig-es256`.
#[tokio::test]
async fn id_token_with_a_wrong_es256_signature_is_rejected() {
    let forged = |world: &World| {
        let key = Key::generate(Algorithm::Es256).with_kid(world.issuer.active_key().kid());
        let header = json!({ "alg": "ES256", "kid": key.kid() });
        signed_by(key, header)(world);
    };
    check(forged, false).await;
}

/// Suite: `oidcc-client-test-invalid-sig-hs256`. HMAC is rejected whatever the signature is.
#[tokio::test]
async fn id_token_with_an_hmac_is_rejected() {
    let hmac = |world: &World| {
        let key = world.issuer.active_key();
        let header = json!({ "alg": "HS256", "kid": key.kid() });
        signed_by(key, header)(world);
    };
    check(hmac, false).await;
}

/// Suite: `oidcc-client-test-kid-absent-multiple-jwks`.
#[tokio::test]
async fn id_token_without_key_id_is_rejected() {
    let nameless = |world: &World| {
        world.issuer.publish_next_key(true);
        signed_by(world.issuer.active_key(), json!({ "alg": "RS256" }))(world);
    };
    check(nameless, false).await;
}

/// Suite: `oidcc-client-test-kid-absent-single-jwks`. The suite wants it accepted; Okta always
/// sends a `kid`.
#[tokio::test]
async fn id_token_without_key_id_is_rejected_for_a_single_key_too() {
    let nameless = |world: &World| {
        world.issuer.publish_next_key(false);
        signed_by(world.issuer.active_key(), json!({ "alg": "RS256" }))(world);
    };
    check(nameless, false).await;
}

/// Suite: `oidcc-client-test-userinfo-bearer-header`.
#[tokio::test]
async fn userinfo_gets_the_access_token_in_the_header() {
    for mode in MODES {
        let party = Party::with(mode, sign_in().userinfo(UserInfo::Always)).await;
        assert!(party.signs_in().await);
        let headers = party.world.issuer.last_headers(Endpoint::UserInfo).unwrap();
        let authorization = headers[header::AUTHORIZATION].to_str().unwrap();
        assert!(authorization.starts_with("Bearer ey"));
    }
}

/// Suite: `oidcc-client-test-userinfo-invalid-sub`.
#[tokio::test]
async fn userinfo_of_another_subject_is_rejected() {
    for mode in MODES {
        let party = Party::with(mode, sign_in().userinfo(UserInfo::Always)).await;
        assert!(party.signs_in().await);
        party.world.issuer.tamper_userinfo(|claims| {
            claims.insert("sub".into(), "00uSomebodyElse".into());
        });
        assert!(!party.signs_in().await);
    }
}

/// Suite: `oidcc-client-test-userinfo-signed`. Okta returns JSON; a JWT is rejected.
#[tokio::test]
async fn signed_userinfo_is_rejected() {
    for mode in MODES {
        let party = Party::with(mode, sign_in().userinfo(UserInfo::Always)).await;
        assert!(party.signs_in().await);
        let signed = party
            .world
            .issuer
            .id_token()
            .user("admin@example.com")
            .sign();
        party
            .world
            .issuer
            .fault_next(Endpoint::UserInfo, Fault::Body(signed));
        assert!(!party.signs_in().await);
    }
}

/// Suite: `oidcc-client-test-scope-userinfo-claims`.
#[tokio::test]
async fn requested_scopes_bring_their_claims() {
    for mode in MODES {
        let party = Party::with(mode, sign_in().userinfo(UserInfo::Always)).await;
        let started = party.world.browser().get("/login").await;
        let scope = started.parameter("scope").unwrap();
        assert!(scope.split(' ').any(|scope| scope == "email"), "{scope}");
        let (mut browser, answered) = party.callback().await;
        browser.get(answered.location()).await;
        let text = browser.fetch("/").await.text;
        assert!(text.starts_with("admin@example.com "), "{text}");
    }
}

/// Suite: `oidcc-client-test-client-secret-basic`.
#[tokio::test]
async fn client_authenticates_by_basic() {
    for (secret, is_accepted) in [("s3cr3t", true), ("another", false)] {
        let only_in_header = Client::with_secret(CLIENT, "s3cr3t")
            .secret_only_in(SecretIn::Header)
            .redirect_uri(CALLBACK);
        let auth = ClientAuth::basic(secret);
        let set = |okta: okta_tower::OktaBuilder| okta.sign_in(sign_in().client_auth(auth));
        let world = World::of(only_in_header, set).await;
        let mode = okta_tower::ResponseMode::Query;
        assert_eq!(
            Party { world, mode }.signs_in().await,
            is_accepted,
            "{secret}"
        );
    }
}

/// Suite: `oidcc-client-test-3rd-party-init-login`.
#[tokio::test]
async fn third_party_can_start_a_sign_in() {
    let world = World::of(client(), |okta| {
        okta.client_secret("s3cr3t").sign_in(sign_in())
    })
    .await;
    for (iss, is_accepted) in [(world.issuer.url(), true), ("https://evil.example", false)] {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([
                ("iss", iss),
                ("target_link_uri", "http://localhost:3000/reports"),
            ])
            .finish();
        let started = world.browser().get(&format!("/login?{query}")).await;
        assert_eq!(started.is_sent_to_okta(&world), is_accepted, "{iss}");
        if !is_accepted {
            assert_eq!(started.status, StatusCode::BAD_REQUEST);
        }
    }
}

/// Suite: `oidcc-client-test-form-post-error`: the response to `prompt=none`.
#[tokio::test]
async fn posted_error_ends_on_a_page_without_a_session() {
    let party = Party::new(okta_tower::ResponseMode::FormPost).await;
    let mut browser = party.world.browser();
    let started = browser.get("/login?prompt=none").await;
    let state = started.parameter("state").unwrap();
    let form = format!("error=login_required&error_description=no+session&state={state}");
    let answered = browser.post(CALLBACK, &form, "cross-site").await;
    assert!(
        answered.status.is_client_error() && answered.text.contains("/login"),
        "{answered:?}"
    );
    assert_eq!(browser.fetch("/").await.status, StatusCode::UNAUTHORIZED);
    assert!(party.signs_in().await);
}
