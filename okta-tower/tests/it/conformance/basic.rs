//! The basic plan, and the modules on ID tokens and `userinfo` of the other plans. Each rejection
//! runs in both response modes, as the form-post plan asks.

use std::sync::{Arc, Mutex};

use http::{StatusCode, header::AUTHORIZATION};
use okta_tower::{Algorithm, ResponseMode, UserInfo};
use okta_tower_test::{Endpoint, Issuer, Key, SecretIn, hmac_sha256, unsigned};
use serde_json::{Value, json};

use super::world::{
    CLIENT, MODES, ORIGIN, World, accepts, assert_accepted, assert_rejected, carry, client, header,
    is_signed_in, rejects, resigned, sign_in, try_sign_in, with_claim, without_claim, world,
};

/// `oidcc-client-test`
#[tokio::test]
async fn code_flow_signs_in() {
    for mode in MODES {
        let world = world(mode).await;
        let mut browser = world.browser();
        let started = browser.get("/login").await;
        let asked = |name: &str| started.parameter(name).unwrap();
        assert_eq!(
            (&*asked("response_type"), &*asked("client_id")),
            ("code", CLIENT)
        );
        assert!(asked("scope").split(' ').any(|scope| scope == "openid"));
        assert!(!asked("state").is_empty() && !asked("nonce").is_empty());
        let callback = world.issuer.authorize_as("admin", started.location());
        carry(&mut browser, &callback).await;
        assert_eq!(
            browser.get("/").await.text,
            "admin@example.com admin Session"
        );
        assert_eq!(world.issuer.token_requests("authorization_code"), 1);
        assert_eq!(world.issuer.requests(Endpoint::UserInfo), 1);
    }
}

/// `oidcc-client-test-idtoken-sig-rs256`
#[tokio::test]
async fn idtoken_sig_rs256_is_accepted() {
    for mode in MODES {
        let world = world(mode).await;
        let seen = Arc::new(Mutex::new(String::new()));
        let keep = Arc::clone(&seen);
        world.issuer.rewrite_id_tokens(move |token| {
            *keep.lock().unwrap() = header(&token);
            token
        });
        assert_accepted(&world).await;
        let header: Value = serde_json::from_str(&seen.lock().unwrap()).unwrap();
        assert_eq!(header["alg"], "RS256");
    }
}

/// `oidcc-client-test-idtoken-sig-none`: the suite leaves the choice to the client.
#[tokio::test]
async fn idtoken_sig_none_is_rejected() {
    rejects("not_compact", None, |issuer| {
        resigned(issuer, |payload| unsigned(r#"{"alg":"none"}"#, payload));
    })
    .await;
    // With the name of a published key, and a signature.
    rejects("algorithm_not_allowed", None, |issuer| {
        let header = json!({ "alg": "none", "kid": issuer.active_key().kid() }).to_string();
        resigned(issuer, move |payload| unsigned(&header, payload) + "AAAA");
    })
    .await;
}

/// `oidcc-client-test-invalid-sig-rs256`
#[tokio::test]
async fn invalid_sig_rs256_is_rejected() {
    rejects("bad_signature", None, |issuer| {
        issuer.sign_id_tokens_with(issuer.forged_key());
    })
    .await;
    rejects("bad_signature", None, |issuer| {
        issuer.rewrite_id_tokens(|token| changed_signature(&token));
    })
    .await;
}

/// A token with another signature of the same length.
fn changed_signature(token: &str) -> String {
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let first = if signature.starts_with('A') { 'B' } else { 'A' };
    format!("{signed}.{first}{}", &signature[1..])
}

/// `oidcc-client-test-invalid-sig-es256`
#[tokio::test]
async fn invalid_sig_es256_is_rejected() {
    let sign_in = sign_in().userinfo(UserInfo::Always);
    let world = World::of(client(), |okta| {
        let okta = okta.client_secret("s3cr3t").sign_in(sign_in);
        okta.algorithms([Algorithm::Rs256, Algorithm::Es256])
    })
    .await;
    let key = Key::generate(Algorithm::Es256);
    world.issuer.publish_key(&key);
    for (signer, is_accepted) in [
        (key.clone(), true),
        (Key::generate(Algorithm::Es256).with_kid(key.kid()), false),
    ] {
        world.issuer.sign_id_tokens_with(signer);
        match is_accepted {
            true => assert_accepted(&world).await,
            false => assert_rejected(&world, "bad_signature", None).await,
        }
    }
    // By default, only RS256 is accepted.
    rejects("algorithm_not_allowed", None, |issuer| {
        let key = Key::generate(Algorithm::Es256);
        issuer.publish_key(&key);
        issuer.sign_id_tokens_with(key);
    })
    .await;
}

/// `oidcc-client-test-invalid-sig-hs256`: here also with a valid signature.
#[tokio::test]
async fn invalid_sig_hs256_is_rejected() {
    // The client's secret, another one, and the key confusion of RFC 8725 section 2.1.
    let secrets: [fn(&Issuer) -> String; 3] = [
        |_| "s3cr3t".into(),
        |_| "another secret".into(),
        |issuer| issuer.active_key().public_pem(),
    ];
    for secret in secrets {
        rejects("algorithm_not_allowed", None, |issuer| {
            let secret = secret(issuer);
            let header = json!({ "alg": "HS256", "kid": issuer.active_key().kid() }).to_string();
            resigned(issuer, move |payload| {
                hmac_sha256(&header, payload, &secret)
            });
        })
        .await;
    }
}

/// Signs ID tokens with the active key, and leaves `kid` out.
fn without_kid(issuer: &Issuer) {
    let key = issuer.active_key();
    resigned(issuer, move |payload| {
        key.sign_raw(r#"{"alg":"RS256"}"#, payload)
    });
}

/// `oidcc-client-test-kid-absent-single-jwks`: the suite expects that the token is accepted. Okta
/// names the key in every token, so a token without `kid` is none of Okta's.
#[tokio::test]
async fn kid_absent_single_jwks_is_rejected() {
    rejects("missing_key_id", None, |issuer| {
        issuer.publish_next_key(false);
        assert_eq!(issuer.key_set()["keys"].as_array().unwrap().len(), 1);
        without_kid(issuer);
    })
    .await;
}

/// `oidcc-client-test-kid-absent-multiple-jwks`: the suite leaves the choice to the client.
#[tokio::test]
async fn kid_absent_multiple_jwks_is_rejected() {
    rejects("missing_key_id", None, |issuer| {
        assert_eq!(issuer.key_set()["keys"].as_array().unwrap().len(), 2);
        without_kid(issuer);
    })
    .await;
}

/// `oidcc-client-test-invalid-iss`
#[tokio::test]
async fn invalid_iss_is_rejected() {
    rejects(
        "wrong_issuer",
        None,
        with_claim("iss", "https://evil.example"),
    )
    .await;
}

/// `oidcc-client-test-missing-sub`
#[tokio::test]
async fn missing_sub_is_rejected() {
    rejects("missing_claim", Some("sub"), without_claim("sub")).await;
}

/// `oidcc-client-test-invalid-aud`
#[tokio::test]
async fn invalid_aud_is_rejected() {
    rejects("wrong_audience", None, with_claim("aud", "0oaOther")).await;
}

/// `oidcc-client-test-missing-aud`
#[tokio::test]
async fn missing_aud_is_rejected() {
    rejects("missing_claim", Some("aud"), without_claim("aud")).await;
}

/// `oidcc-client-test-missing-iat`
#[tokio::test]
async fn missing_iat_is_rejected() {
    rejects("missing_claim", Some("iat"), without_claim("iat")).await;
}

/// `oidcc-client-test-nonce-invalid`
#[tokio::test]
async fn nonce_invalid_is_rejected() {
    rejects("wrong_nonce", None, with_claim("nonce", "another")).await;
    rejects("missing_claim", Some("nonce"), without_claim("nonce")).await;
}

/// `oidcc-client-test-invalid-athash`
#[tokio::test]
async fn invalid_athash_is_rejected() {
    let hash = "AAAAAAAAAAAAAAAAAAAAAA";
    rejects("wrong_access_token_hash", None, with_claim("at_hash", hash)).await;
}

/// `oidcc-client-test-missing-athash`: required where an access token comes through the browser. In
/// the code flow `at_hash` is optional (OpenID Connect Core section 3.1.3.6).
#[tokio::test]
async fn missing_athash_is_accepted_in_the_code_flow() {
    accepts(without_claim("at_hash")).await;
}

/// `oidcc-client-test-invalid-chash` and `oidcc-client-test-missing-chash`: of the hybrid flow,
/// where an ID token comes through the browser together with the code. The layer asks for a code
/// alone, and uses no ID token of a callback.
#[tokio::test]
async fn chash_is_of_a_flow_that_is_never_requested() {
    for mode in MODES {
        let world = world(mode).await;
        let mut browser = world.browser();
        let started = browser.get("/login").await;
        assert_eq!(started.parameter("response_type").as_deref(), Some("code"));
        let viewer = world.issuer.id_token().user("viewer@example.com").sign();
        world
            .issuer
            .append_to_callback(format!("id_token={viewer}"));
        let callback = world.issuer.authorize_as("admin", started.location());
        carry(&mut browser, &callback).await;
        assert_eq!(
            browser.get("/").await.text,
            "admin@example.com admin Session"
        );
    }
}

/// `oidcc-client-test-userinfo-bearer-header`
#[tokio::test]
async fn userinfo_bearer_header_carries_the_token() {
    let world = world(ResponseMode::Query).await;
    assert_accepted(&world).await;
    let headers = world.issuer.last_headers(Endpoint::UserInfo).unwrap();
    let authorization = headers[AUTHORIZATION].to_str().unwrap();
    assert!(authorization.starts_with("Bearer eyJ"), "{authorization}");
}

/// `oidcc-client-test-userinfo-bearer-body`: an alternative to the header, which RFC 6750 section
/// 2.2 advises against.
#[tokio::test]
async fn userinfo_bearer_body_and_query_carry_no_token() {
    let world = world(ResponseMode::Query).await;
    assert_accepted(&world).await;
    assert_eq!(world.issuer.requests(Endpoint::UserInfo), 1);
    assert_eq!(world.issuer.last_parameters(Endpoint::UserInfo), []);
}

/// `oidcc-client-test-userinfo-invalid-sub`
#[tokio::test]
async fn userinfo_invalid_sub_is_rejected() {
    for mode in MODES {
        let world = world(mode).await;
        world.issuer.tamper_userinfo(|claims| {
            claims.insert("sub".into(), "00uOther".into());
        });
        assert_rejected(&world, "userinfo_of_another", None).await;
        assert_eq!(world.issuer.requests(Endpoint::UserInfo), 1);
        world.issuer.tamper_userinfo(|claims| {
            claims.remove("sub").unwrap();
        });
        assert_rejected(&world, "userinfo_of_another", None).await;
        world.issuer.heal();
        assert_accepted(&world).await;
    }
}

/// `oidcc-client-test-userinfo-signed`: Okta signs the response only for clients that ask for it.
#[tokio::test]
async fn userinfo_signed_is_rejected() {
    for mode in MODES {
        let world = world(mode).await;
        world.issuer.sign_userinfo();
        assert_rejected(&world, "no_userinfo", None).await;
        assert_eq!(world.issuer.requests(Endpoint::UserInfo), 1);
        world.issuer.heal();
        assert_accepted(&world).await;
    }
}

/// `oidcc-client-test-scope-userinfo-claims`
#[tokio::test]
async fn scope_userinfo_claims_complete_the_session() {
    let profile = async |scopes: &[&str]| {
        let sign_in = sign_in()
            .userinfo(UserInfo::Always)
            .scopes(scopes.iter().copied());
        let world = World::with(sign_in).await;
        world.issuer.tamper_id_token(|claims| {
            claims.retain(|name, _| name != "email" && name != "name");
        });
        let mut browser = world.browser();
        try_sign_in(&world, &mut browser).await;
        let text = browser.fetch("/session").await.text;
        let session: Value = serde_json::from_str(&text).unwrap();
        (session["name"].clone(), session["email"].clone())
    };
    let (name, email) = profile(&["profile", "email"]).await;
    assert!(
        name.is_string() && email == "admin@example.com",
        "{name} {email}"
    );
    let (name, email) = profile(&["email"]).await;
    assert!(
        name.is_null() && email == "admin@example.com",
        "{name} {email}"
    );
}

/// `oidcc-client-test-client-secret-basic`
#[tokio::test]
async fn client_secret_basic_authenticates_the_client() {
    let basic = client().secret_only_in(SecretIn::Header);
    let world = World::of(basic, |okta| {
        okta.client_secret("s3cr3t").sign_in(sign_in())
    })
    .await;
    assert_accepted(&world).await;
    let headers = world.issuer.last_headers(Endpoint::Token).unwrap();
    assert!(
        headers[AUTHORIZATION]
            .to_str()
            .unwrap()
            .starts_with("Basic ")
    );
    let parameters = world.issuer.last_parameters(Endpoint::Token);
    assert!(parameters.iter().all(|(name, _)| name != "client_secret"));
    world.issuer.set_client_secret(CLIENT, "another");
    let mut browser = world.browser();
    let seen = try_sign_in(&world, &mut browser).await;
    assert_eq!(seen.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(!is_signed_in(&mut browser).await);
}

/// `oidcc-client-test-3rd-party-init-login`
#[tokio::test]
async fn third_party_init_login_signs_in() {
    let world = world(ResponseMode::Query).await;
    for (issuer, is_accepted) in [(world.issuer.url(), true), ("https://evil.example", false)] {
        let mut browser = world.browser();
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("iss", issuer)
            .append_pair("target_link_uri", &format!("{ORIGIN}/reports"))
            .finish();
        let started = browser.get(&format!("/login?{query}")).await;
        assert_eq!(
            started.status == StatusCode::SEE_OTHER,
            is_accepted,
            "{started:?}"
        );
        if is_accepted {
            let callback = world.issuer.authorize_as("admin", started.location());
            let answered = carry(&mut browser, &callback).await;
            let done = browser.get(answered.location()).await;
            assert_eq!(done.location(), format!("{ORIGIN}/reports"));
        }
        assert_eq!(is_signed_in(&mut browser).await, is_accepted);
    }
}
