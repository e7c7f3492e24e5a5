//! Authorization codes and the tokens for them.

use okta_tower_test::{Client, Endpoint};
use serde_json::{Value, json};

use crate::world::{App, CALLBACK, CLIENT, claims, client, exchange_form, part, text};

#[tokio::test]
async fn code_exchange_returns_okta_shaped_tokens() {
    let app = App::start().await;
    let reply = app.exchange(&app.code(&[])).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!(reply.headers["cache-control"], "no-store");
    let tokens = reply.json;
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
async fn at_hash_matches_the_token_builder() {
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
async fn scopes_select_claims_and_refresh_token() {
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
async fn code_expires_after_300_seconds() {
    let app = App::start().await;
    let (early, late) = (app.code(&[]), app.code(&[]));
    app.advance(299);
    assert_eq!(app.exchange(&early).await.status, 200);
    app.advance(1);
    app.exchange(&late)
        .await
        .assert_rejected(400, "invalid_grant");
}

#[tokio::test]
async fn reused_code_revokes_its_tokens() {
    let app = App::start().await;
    let code = app.code(&[]);
    let tokens = app.exchange(&code).await.json;
    assert_eq!(app.userinfo(&tokens).await.status, 200);
    app.exchange(&code)
        .await
        .assert_rejected(400, "invalid_grant");
    assert_eq!(app.userinfo(&tokens).await.status, 401);
    let refreshed = app.refresh(text(&tokens, "refresh_token")).await;
    refreshed.assert_rejected(400, "invalid_grant");
}

#[tokio::test]
async fn code_requires_verifier_and_redirect_uri() {
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
async fn code_without_pkce_requires_client_permission() {
    let without = [("code_challenge", ""), ("code_challenge_method", "")];
    let app = App::with(client().without_pkce()).await;
    let code = app.code(&without);
    let form = exchange_form(&code);
    assert_eq!(app.post("token", &form[..3]).await.status, 200);
    // A verifier without a challenge indicates a downgrade attack (RFC 9700 section 2.1.1).
    let code = app.code(&without);
    app.exchange(&code)
        .await
        .assert_rejected(400, "invalid_grant");

    let app = App::start().await;
    let url = app.authorize_url(&without);
    let callback = app.issuer.authorize_as("admin", &url);
    assert_eq!(callback.get("error"), Some("invalid_request"));
    assert_eq!(callback.get("state"), Some("af0ifjsldkj"));
}

#[tokio::test]
async fn code_of_another_client_is_rejected_and_stays_valid() {
    let app = App::start().await;
    let other = Client::with_secret("0oaOther", "other").redirect_uri(CALLBACK);
    app.issuer.register(other);
    let code = app.code(&[]);
    let request = app.http.post(app.url("token"));
    let request = request.basic_auth("0oaOther", Some("other"));
    let stolen = crate::world::send(request, &exchange_form(&code)).await;
    stolen.assert_rejected(400, "invalid_grant");
    assert_eq!(app.exchange(&code).await.status, 200);
}

#[tokio::test]
async fn automatic_sign_in_redirects_with_code_over_http() {
    let app = App::start().await;
    app.issuer.sign_in_automatically_as("viewer");
    let reply = app.get(&app.authorize_url(&[])).await;
    assert_eq!(reply.status, 302);
    assert_eq!(reply.headers["referrer-policy"], "no-referrer");
    assert!(reply.location().starts_with(CALLBACK));
    assert_eq!(reply.query("state").as_deref(), Some("af0ifjsldkj"));
    assert_eq!(reply.query("iss"), None);
    let tokens = app.exchange(&reply.query("code").unwrap()).await.json;
    assert_eq!(claims(&tokens, "id_token")["email"], "viewer@example.com");
    assert_eq!(app.issuer.requests(Endpoint::Authorize), 1);
    assert_eq!(app.issuer.requests(Endpoint::Token), 1);
}

#[tokio::test]
async fn custom_groups_claim_is_in_both_tokens() {
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
