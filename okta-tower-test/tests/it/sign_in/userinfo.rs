//! The userinfo endpoint.

use serde_json::json;

use crate::world::{App, claims, text};

#[tokio::test]
async fn userinfo_returns_claims_of_the_scopes() {
    let app = App::start().await;
    let tokens = app.sign_in("openid email").await;
    let reply = app.userinfo(&tokens).await;
    assert_eq!(reply.status, 200);
    assert_eq!(
        reply.json,
        json!({
            "sub": claims(&tokens, "id_token")["sub"],
            "email": "admin@example.com",
            "email_verified": true,
            "groups": ["Everyone", "admin"],
        })
    );
}

#[tokio::test]
async fn thin_id_token_omits_groups_and_userinfo_has_them() {
    let app = App::start().await;
    app.issuer.set_thin_id_tokens(true);
    let tokens = app.sign_in("openid email").await;
    assert_eq!(claims(&tokens, "id_token").get("groups"), None);
    assert_eq!(
        app.userinfo(&tokens).await.json["groups"],
        json!(["Everyone", "admin"])
    );
    app.issuer.set_thin_id_tokens(false);
    let tokens = app.sign_in("openid email").await;
    assert_eq!(
        claims(&tokens, "id_token")["groups"],
        json!(["Everyone", "admin"])
    );
}

#[tokio::test]
async fn userinfo_challenges_invalid_tokens() {
    let app = App::start().await;
    let reply = app.get(&app.url("userinfo")).await;
    assert_eq!(reply.status, 401);
    assert_eq!(reply.headers["www-authenticate"], "Bearer realm=\"okta\"");

    // Signed by this issuer but not issued by it.
    let made_up = json!({ "access_token": app.issuer.token().sign() });
    let reply = app.userinfo(&made_up).await;
    assert_eq!(reply.status, 401);
    let challenge = reply.headers["www-authenticate"].to_str().unwrap();
    assert!(challenge.starts_with("Bearer error=\"invalid_token\""));

    let bare = app.sign_in("openid").await;
    let reply = app.userinfo(&bare).await;
    assert_eq!(reply.status, 403);
    let challenge = reply.headers["www-authenticate"].to_str().unwrap();
    assert!(challenge.starts_with("Bearer error=\"insufficient_scope\""));
}

#[tokio::test]
async fn userinfo_rejects_expired_or_revoked_token() {
    let app = App::start().await;
    app.issuer
        .set_access_token_lifetime(std::time::Duration::from_secs(300));
    let tokens = app.sign_in("openid email").await;
    assert_eq!(tokens["expires_in"], 300);
    app.advance(299);
    assert_eq!(app.userinfo(&tokens).await.status, 200);
    app.advance(1);
    assert_eq!(app.userinfo(&tokens).await.status, 401);
}

#[tokio::test]
async fn tampered_userinfo_has_another_subject() {
    let app = App::start().await;
    let tokens = app.sign_in("openid email").await;
    app.issuer.tamper_userinfo(|claims| {
        claims.insert("sub".to_owned(), "00uMallory".into());
    });
    assert_eq!(app.userinfo(&tokens).await.json["sub"], "00uMallory");
    app.issuer.heal();
    let uid = app.issuer.user("admin").unwrap();
    assert_eq!(text(&app.userinfo(&tokens).await.json, "sub"), uid.uid());
}
