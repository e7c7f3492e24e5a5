//! Refresh tokens: rotation, grace period and expiry.

use std::time::Duration;

use okta_tower_test::{Endpoint, Fault, Rotation};
use serde_json::{Value, json};

use crate::world::{App, claims, client, text};

const ALL: &str = "openid profile email offline_access";

fn refresh_token(tokens: &Value) -> &str {
    text(tokens, "refresh_token")
}

#[tokio::test]
async fn refresh_returns_new_tokens_of_the_same_sign_in() {
    let app = App::start().await;
    let first = app.sign_in(ALL).await;
    app.advance(1800);
    let reply = app.refresh(refresh_token(&first)).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let second = reply.json;
    assert_ne!(refresh_token(&first), refresh_token(&second));
    assert_eq!(second["scope"], ALL);
    let (old, new) = (claims(&first, "id_token"), claims(&second, "id_token"));
    for claim in ["iss", "sub", "aud", "auth_time", "email", "groups"] {
        assert_eq!(old[claim], new[claim], "{claim}");
    }
    assert_eq!(
        new["iat"].as_i64(),
        old["iat"].as_i64().map(|iat| iat + 1800)
    );
    assert_ne!(new["at_hash"], old["at_hash"]);
    assert_eq!(new.get("nonce"), None);
    assert_eq!(app.issuer.refreshes(), 1);
    assert_eq!(app.issuer.token_requests("refresh_token"), 1);
}

#[tokio::test]
async fn rotated_token_after_grace_revokes_the_grant() {
    let rotation = Rotation::Rotate {
        grace: Duration::from_secs(10),
    };
    let app = App::with(client().rotation(rotation)).await;
    let first = app.sign_in(ALL).await;
    let second = app.refresh(refresh_token(&first)).await.json;
    app.advance(10);
    let again = app.refresh(refresh_token(&first)).await;
    assert_eq!(again.status, 200);
    assert_eq!(app.userinfo(&second).await.status, 200);

    app.advance(1);
    let late = app.refresh(refresh_token(&first)).await;
    late.assert_rejected(400, "invalid_grant");
    let newest = app.refresh(refresh_token(&again.json)).await;
    newest.assert_rejected(400, "invalid_grant");
    assert_eq!(app.userinfo(&second).await.status, 401);
    assert_eq!(app.issuer.refreshes(), 2);
    assert_eq!(app.issuer.token_requests("refresh_token"), 4);
}

#[tokio::test]
async fn rotated_token_without_grace_is_valid_only_at_once() {
    let rotation = Rotation::Rotate {
        grace: Duration::ZERO,
    };
    let app = App::with(client().rotation(rotation)).await;
    let first = app.sign_in(ALL).await;
    assert_eq!(app.refresh(refresh_token(&first)).await.status, 200);
    app.advance(1);
    let late = app.refresh(refresh_token(&first)).await;
    late.assert_rejected(400, "invalid_grant");
}

#[tokio::test]
async fn static_refresh_token_does_not_rotate() {
    let app = App::with(client().rotation(Rotation::Static)).await;
    let first = app.sign_in(ALL).await;
    for _ in 0..2 {
        app.advance(3600);
        let next = app.refresh(refresh_token(&first)).await;
        assert_eq!(refresh_token(&next.json), refresh_token(&first));
    }
}

#[tokio::test]
async fn refresh_token_expires_after_an_idle_week() {
    let app = App::start().await;
    let first = app.sign_in(ALL).await;
    app.advance(7 * 24 * 3600 - 1);
    let second = app.refresh(refresh_token(&first)).await.json;
    app.advance(7 * 24 * 3600);
    let late = app.refresh(refresh_token(&second)).await;
    late.assert_rejected(400, "invalid_grant");
}

#[tokio::test]
async fn refresh_may_narrow_but_not_widen_scopes() {
    let app = App::start().await;
    let tokens = app.sign_in("openid email offline_access").await;
    let with = |scope| {
        [
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token(&tokens)),
            ("scope", scope),
        ]
    };
    let more = app.post("token", &with("openid profile")).await;
    more.assert_rejected(400, "invalid_scope");
    // The rejected request has not used the token.
    let fewer = app.post("token", &with("email offline_access")).await;
    assert_eq!(fewer.status, 200);
    assert_eq!(fewer.json["scope"], "email offline_access");
    assert_eq!(fewer.json.get("id_token"), None);
}

#[tokio::test]
async fn refresh_updates_groups_and_rejects_disabled_user() {
    let app = App::start().await;
    let tokens = app.sign_in(ALL).await;
    app.issuer.set_groups("admin", ["viewer"]);
    let tokens = app.refresh(refresh_token(&tokens)).await.json;
    assert_eq!(claims(&tokens, "id_token")["groups"], json!(["viewer"]));

    app.issuer.disable_user("admin");
    let refused = app.refresh(refresh_token(&tokens)).await;
    refused.assert_rejected(400, "invalid_grant");
    assert_eq!(app.userinfo(&tokens).await.status, 401);
    app.issuer.enable_user("admin");
    assert_eq!(app.refresh(refresh_token(&tokens)).await.status, 200);
}

#[tokio::test]
async fn revoking_one_users_tokens_keeps_others() {
    let app = App::start().await;
    let admin = app.sign_in(ALL).await;
    let url = app.authorize_url(&[]);
    let code = app.issuer.authorize_as("viewer", &url);
    let viewer = app.exchange(code.get("code").unwrap()).await.json;
    app.issuer.revoke_tokens_of("admin");
    let refused = app.refresh(refresh_token(&admin)).await;
    refused.assert_rejected(400, "invalid_grant");
    assert_eq!(app.refresh(refresh_token(&viewer)).await.status, 200);
}

#[tokio::test]
async fn fault_prevents_rotation_but_lost_response_does_not() {
    let rotation = Rotation::Rotate {
        grace: Duration::ZERO,
    };
    let app = App::with(client().rotation(rotation)).await;
    let first = app.sign_in(ALL).await;
    let body = r#"{"error":"invalid_grant"}"#.to_owned();
    app.issuer.fault_next(
        Endpoint::Token,
        Fault::Answer(http::StatusCode::TOO_MANY_REQUESTS, body),
    );
    let limited = app.refresh(refresh_token(&first)).await;
    limited_is_told(&limited);
    app.advance(1);
    let second = app.refresh(refresh_token(&first)).await;
    assert_eq!(second.status, 200);
    assert_eq!(app.issuer.refreshes(), 1);

    let second = second.json;
    app.issuer.fault_next(Endpoint::Token, Fault::Truncated);
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh_token(&second)),
    ];
    let request = app
        .http
        .post(app.url("token"))
        .basic_auth("0oaLedger", Some("a+secret"));
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    let lost = request
        .body(crate::world::encode(&form))
        .send()
        .await
        .unwrap();
    assert!(lost.bytes().await.is_err());
    assert_eq!(app.issuer.refreshes(), 2);
    app.advance(1);
    let late = app.refresh(refresh_token(&second)).await;
    late.assert_rejected(400, "invalid_grant");
}

#[track_caller]
fn limited_is_told(reply: &crate::world::Reply) {
    assert_eq!(reply.status, 429);
    assert_eq!(reply.json["error"], "invalid_grant");
    assert_eq!(reply.headers["x-rate-limit-remaining"], "0");
}

#[tokio::test]
async fn held_response_takes_effect_on_arrival() {
    let app = App::start().await;
    let tokens = app.sign_in(ALL).await;
    let held = app.issuer.hold_next(Endpoint::Token);
    let token = refresh_token(&tokens).to_owned();
    let (reply, ()) = tokio::join!(app.refresh(&token), async {
        app.issuer.wait_for_token_requests(2).await;
        assert_eq!(app.issuer.refreshes(), 1);
        held.release();
    });
    assert_eq!(reply.status, 200);
}
