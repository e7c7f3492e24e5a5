//! Revocation and introspection.

use okta_tower_test::Client;
use serde_json::{Value, json};

use crate::world::{App, CALLBACK, CLIENT, Reply, send, text};

const ALL: &str = "openid email offline_access";

async fn introspect(app: &App, token: &str) -> Value {
    let reply = app.post("introspect", &[("token", token)]).await;
    assert_eq!(reply.status, 200);
    reply.json
}

async fn revoke(app: &App, token: &str) -> Reply {
    app.post("revoke", &[("token", token)]).await
}

#[tokio::test]
async fn introspection_returns_token_claims() {
    let app = App::start().await;
    let tokens = app.sign_in(ALL).await;
    let access = introspect(&app, text(&tokens, "access_token")).await;
    for (member, value) in [
        ("active", json!(true)),
        ("token_type", json!("Bearer")),
        ("scope", json!(ALL)),
        ("client_id", json!(CLIENT)),
        ("username", json!("admin@example.com")),
        ("sub", json!("admin@example.com")),
        ("iss", json!(app.issuer.url())),
        ("aud", json!("api://default")),
        ("uid", json!(app.issuer.user("admin").unwrap().uid())),
        ("groups", json!(["Everyone", "admin"])),
    ] {
        assert_eq!(access[member], value, "{member}");
    }
    let refresh = introspect(&app, text(&tokens, "refresh_token")).await;
    assert_eq!(
        (&refresh["active"], &refresh["scope"]),
        (&json!(true), &json!(ALL))
    );
    let id = introspect(&app, text(&tokens, "id_token")).await;
    assert_eq!((&id["active"], &id["aud"]), (&json!(true), &json!(CLIENT)));
}

#[tokio::test]
async fn invalid_token_introspects_as_only_inactive() {
    let app = App::start().await;
    let tokens = app.sign_in(ALL).await;
    let inactive = json!({ "active": false });
    assert_eq!(introspect(&app, "made up").await, inactive);
    assert_eq!(introspect(&app, &app.issuer.token().sign()).await, inactive);
    app.advance(3599);
    assert_eq!(
        introspect(&app, text(&tokens, "access_token")).await["active"],
        true
    );
    app.advance(1);
    for member in ["access_token", "id_token"] {
        assert_eq!(
            introspect(&app, text(&tokens, member)).await,
            inactive,
            "{member}"
        );
    }
    assert_eq!(
        introspect(&app, text(&tokens, "refresh_token")).await["active"],
        true
    );
    app.issuer.disable_user("admin");
    assert_eq!(
        introspect(&app, text(&tokens, "refresh_token")).await,
        inactive
    );
}

#[tokio::test]
async fn introspecting_a_rotated_token_revokes_nothing() {
    let app = App::start().await;
    let first = app.sign_in(ALL).await;
    let second = app.refresh(text(&first, "refresh_token")).await.json;
    app.advance(30);
    assert_eq!(
        introspect(&app, text(&first, "refresh_token")).await["active"],
        true
    );
    app.advance(1);
    assert_eq!(
        introspect(&app, text(&first, "refresh_token")).await["active"],
        false
    );
    assert_eq!(
        introspect(&app, text(&second, "refresh_token")).await["active"],
        true
    );
}

#[tokio::test]
async fn revoking_a_refresh_token_revokes_its_access_tokens() {
    let app = App::start().await;
    let first = app.sign_in(ALL).await;
    let second = app.refresh(text(&first, "refresh_token")).await.json;
    let reply = revoke(&app, text(&second, "refresh_token")).await;
    assert_eq!((reply.status.as_u16(), reply.text.as_str()), (200, ""));
    for tokens in [&first, &second] {
        assert_eq!(
            introspect(&app, text(tokens, "access_token")).await["active"],
            false
        );
        assert_eq!(app.userinfo(tokens).await.status, 401);
    }
    let refused = app.refresh(text(&second, "refresh_token")).await;
    refused.assert_rejected(400, "invalid_grant");
}

#[tokio::test]
async fn revoking_an_access_token_keeps_the_refresh_token() {
    let app = App::start().await;
    let tokens = app.sign_in(ALL).await;
    assert_eq!(
        revoke(&app, text(&tokens, "access_token")).await.status,
        200
    );
    assert_eq!(app.userinfo(&tokens).await.status, 401);
    let refreshed = app.refresh(text(&tokens, "refresh_token")).await.json;
    assert_eq!(app.userinfo(&refreshed).await.status, 200);
}

#[tokio::test]
async fn client_cannot_revoke_tokens_of_another_client() {
    let app = App::start().await;
    let other = Client::public("0oaOther").redirect_uri(CALLBACK);
    app.issuer.register(other);
    let tokens = app.sign_in(ALL).await;
    for member in ["refresh_token", "access_token"] {
        let form = [("client_id", "0oaOther"), ("token", text(&tokens, member))];
        let reply = send(app.http.post(app.url("revoke")), &form).await;
        assert_eq!(reply.status, 200);
    }
    assert_eq!(app.userinfo(&tokens).await.status, 200);
    assert_eq!(revoke(&app, "made up").await.status, 200);
}

#[tokio::test]
async fn public_client_introspects_with_client_id_in_the_query() {
    let app = App::start().await;
    app.issuer.register(Client::public("0oaOther"));
    let tokens = app.sign_in(ALL).await;
    let url = format!("{}?client_id=0oaOther", app.url("introspect"));
    let reply = send(
        app.http.post(url),
        &[("token", text(&tokens, "access_token"))],
    )
    .await;
    assert_eq!(reply.json["active"], true);
}

#[tokio::test]
async fn revoke_and_introspect_require_client_and_token() {
    let app = App::start().await;
    for endpoint in ["introspect", "revoke"] {
        app.post(endpoint, &[])
            .await
            .assert_rejected(400, "invalid_request");
        let unproven = send(app.http.post(app.url(endpoint)), &[("token", "t")]).await;
        unproven.assert_rejected(401, "invalid_client");
    }
}
