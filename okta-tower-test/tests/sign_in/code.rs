//! A code, and the tokens for it.

use okta_tower_test::{Client, Endpoint};
use serde_json::{Value, json};

use crate::common::{App, CALLBACK, CLIENT, claims, client, exchange_form, part, text};

#[tokio::test]
async fn a_code_is_exchanged_for_tokens_in_oktas_shape() {
    let app = App::start().await;
    let answer = app.exchange(&app.code(&[])).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.headers["cache-control"], "no-store");
    let tokens = answer.json;
    assert_eq!(tokens["token_type"], "Bearer");
    assert_eq!(tokens["expires_in"], 3600);
    assert_eq!(tokens["scope"], "openid profile email offline_access");

    let access = claims(&tokens, "access_token");
    assert_eq!(access["sub"], "admin@example.com");
    assert_eq!(access["cid"], CLIENT);
    assert_eq!(access["aud"], app.issuer.audience());
    assert_eq!(
        access["scp"],
        json!(["openid", "profile", "email", "offline_access"])
    );
    assert_eq!(access["groups"], json!(["Everyone", "admin"]));

    let header = part(text(&tokens, "id_token"), 0);
    assert_eq!(
        header,
        json!({ "alg": "RS256", "kid": app.issuer.active_key().kid() })
    );
    let mut id = claims(&tokens, "id_token");
    assert!(id["jti"].as_str().unwrap().starts_with("ID."));
    assert!(id["at_hash"].as_str().unwrap().len() == 22);
    for member in ["jti", "at_hash"] {
        id.as_object_mut().unwrap().remove(member);
    }
    let now = access["iat"].as_i64().unwrap();
    assert_eq!(
        id,
        json!({
            "ver": 1,
            "sub": access["uid"],
            "iss": app.issuer.url(),
            "aud": CLIENT,
            "iat": now,
            "exp": now + 3600,
            "auth_time": now,
            "amr": ["pwd"],
            "idp": "00oTestOrganization1",
            "nonce": "n-0S6_WzA2Mj",
            "name": "Alma Admin",
            "preferred_username": "admin@example.com",
            "email": "admin@example.com",
            "email_verified": true,
            "groups": ["Everyone", "admin"],
        })
    );
    assert_eq!(app.issuer.token_requests("authorization_code"), 1);
    assert_eq!(app.issuer.token_requests("refresh_token"), 0);
}

#[tokio::test]
async fn the_access_token_hash_is_that_of_the_test_kits_own_tokens() {
    let app = App::start().await;
    let tokens = app.sign_in("openid").await;
    let twin = app
        .issuer
        .id_token()
        .issued_with(text(&tokens, "access_token"));
    let twin: Value = serde_json::from_str(&twin.claims_json()).unwrap();
    assert_eq!(claims(&tokens, "id_token")["at_hash"], twin["at_hash"]);
}

#[tokio::test]
async fn scopes_decide_what_is_told_and_whether_there_is_a_refresh_token() {
    let app = App::start().await;
    let tokens = app.sign_in("openid email").await;
    let id = claims(&tokens, "id_token");
    assert_eq!(id["email"], "admin@example.com");
    assert_eq!(id.get("name"), None);
    assert_eq!(tokens.get("refresh_token"), None);
    let tokens = app.sign_in("openid offline_access").await;
    assert!(tokens["refresh_token"].is_string());
    assert_eq!(claims(&tokens, "id_token").get("email"), None);
}

#[tokio::test]
async fn a_code_is_good_for_300_seconds() {
    let app = App::start().await;
    let (early, late) = (app.code(&[]), app.code(&[]));
    app.advance(299);
    assert_eq!(app.exchange(&early).await.status, 200);
    app.advance(1);
    app.exchange(&late).await.is_refused(400, "invalid_grant");
}

#[tokio::test]
async fn a_code_that_is_used_twice_revokes_the_tokens_it_was_used_for() {
    let app = App::start().await;
    let code = app.code(&[]);
    let tokens = app.exchange(&code).await.json;
    assert_eq!(app.userinfo(&tokens).await.status, 200);
    app.exchange(&code).await.is_refused(400, "invalid_grant");
    assert_eq!(app.userinfo(&tokens).await.status, 401);
    let refreshed = app.refresh(text(&tokens, "refresh_token")).await;
    refreshed.is_refused(400, "invalid_grant");
}

#[tokio::test]
async fn a_code_needs_its_verifier_and_its_redirect_uri() {
    let app = App::with(client().redirect_uri("http://localhost:3000/other")).await;
    for (name, value, status) in [
        (
            "code_verifier",
            "another-verifier-of-43-characters-at-the-least",
            400,
        ),
        ("redirect_uri", "http://localhost:3000/other", 400),
        ("redirect_uri", CALLBACK, 200),
    ] {
        let code = app.code(&[]);
        let form = exchange_form(&code).map(|(given, old)| match given == name {
            true => (given, value),
            false => (given, old),
        });
        assert_eq!(
            app.post("token", &form).await.status,
            status,
            "{name}={value}"
        );
    }
}

#[tokio::test]
async fn a_code_without_pkce_is_given_to_clients_that_may_leave_it_out() {
    let without = [("code_challenge", ""), ("code_challenge_method", "")];
    let app = App::with(client().without_pkce()).await;
    let code = app.code(&without);
    let form = exchange_form(&code);
    assert_eq!(app.post("token", &form[..3]).await.status, 200);
    // A verifier without a challenge is a downgrade that somebody else has made (RFC 9700 section 2.1.1).
    let code = app.code(&without);
    app.exchange(&code).await.is_refused(400, "invalid_grant");

    let app = App::start().await;
    let url = app.authorize_url(&without);
    let callback = app.issuer.authorize_as("admin", &url);
    assert_eq!(callback.get("error"), Some("invalid_request"));
    assert_eq!(callback.get("state"), Some("af0ifjsldkj"));
}

#[tokio::test]
async fn a_code_of_one_client_is_worth_nothing_to_another_and_stays_good() {
    let app = App::start().await;
    let other = Client::with_secret("0oaOther", "other").redirect_uri(CALLBACK);
    app.issuer.register(other);
    let code = app.code(&[]);
    let request = app.http.post(app.url("token"));
    let request = request.basic_auth("0oaOther", Some("other"));
    let stolen = crate::common::send(request, &exchange_form(&code)).await;
    stolen.is_refused(400, "invalid_grant");
    assert_eq!(app.exchange(&code).await.status, 200);
}

#[tokio::test]
async fn codes_come_over_http_too_when_people_sign_in_automatically() {
    let app = App::start().await;
    app.issuer.sign_in_automatically_as("viewer");
    let answer = app.get(&app.authorize_url(&[])).await;
    assert_eq!(answer.status, 302);
    assert_eq!(answer.headers["referrer-policy"], "no-referrer");
    assert!(answer.location().starts_with(CALLBACK));
    assert_eq!(answer.told("state").as_deref(), Some("af0ifjsldkj"));
    assert_eq!(answer.told("iss"), None);
    let tokens = app.exchange(&answer.told("code").unwrap()).await.json;
    assert_eq!(claims(&tokens, "id_token")["email"], "viewer@example.com");
    assert_eq!(app.issuer.requests(Endpoint::Authorize), 1);
    assert_eq!(app.issuer.requests(Endpoint::Token), 1);
}

#[tokio::test]
async fn a_groups_claim_of_another_name_is_used_in_both_tokens() {
    let issuer = okta_tower_test::Issuer::builder()
        .groups_claim("GroupsClaim")
        .client(client())
        .start()
        .await
        .unwrap();
    let app = App {
        issuer,
        clock: okta_tower_test::ManualClock::new(),
        http: reqwest::Client::new(),
    };
    let tokens = app.sign_in("openid").await;
    for member in ["id_token", "access_token"] {
        let claims = claims(&tokens, member);
        assert_eq!(claims["GroupsClaim"], json!(["Everyone", "admin"]));
        assert_eq!(claims.get("groups"), None);
    }
}
