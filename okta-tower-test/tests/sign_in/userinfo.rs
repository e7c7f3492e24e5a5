//! What userinfo tells, and to whom.

use serde_json::json;

use crate::common::{App, claims, text};

#[tokio::test]
async fn userinfo_tells_what_the_scopes_allow() {
    let app = App::start().await;
    let tokens = app.sign_in("openid email").await;
    let answer = app.userinfo(&tokens).await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.json,
        json!({
            "sub": claims(&tokens, "id_token")["sub"],
            "email": "admin@example.com",
            "email_verified": true,
            "groups": ["Everyone", "admin"],
        })
    );
}

#[tokio::test]
async fn a_thin_id_token_leaves_the_groups_to_userinfo() {
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
async fn userinfo_challenges_whoever_has_no_good_token() {
    let app = App::start().await;
    let answer = app.get(&app.url("userinfo")).await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.headers["www-authenticate"], "Bearer realm=\"okta\"");

    // Signed by this issuer and not issued by it.
    let made_up = json!({ "access_token": app.issuer.token().sign() });
    let answer = app.userinfo(&made_up).await;
    assert_eq!(answer.status, 401);
    let challenge = answer.headers["www-authenticate"].to_str().unwrap();
    assert!(challenge.starts_with("Bearer error=\"invalid_token\""));

    let bare = app.sign_in("openid").await;
    let answer = app.userinfo(&bare).await;
    assert_eq!(answer.status, 403);
    let challenge = answer.headers["www-authenticate"].to_str().unwrap();
    assert!(challenge.starts_with("Bearer error=\"insufficient_scope\""));
}

#[tokio::test]
async fn userinfo_ends_with_the_access_token() {
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
async fn a_tampered_userinfo_tells_of_somebody_else() {
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
