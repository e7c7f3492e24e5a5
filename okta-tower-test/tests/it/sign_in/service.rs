//! Client credentials and invalid token requests.

use okta_tower_test::{Client, Endpoint};
use serde_json::json;

use crate::world::{App, CLIENT, claims, client, send};

fn form(scope: &str) -> [(&str, &str); 2] {
    [("grant_type", "client_credentials"), ("scope", scope)]
}

#[tokio::test]
async fn client_credentials_return_only_an_access_token() {
    let app = App::start().await;
    let reply = app.post("token", &form("reports:read reports:write")).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let members: Vec<_> = reply.json.as_object().unwrap().keys().collect();
    assert_eq!(
        members,
        ["access_token", "expires_in", "scope", "token_type"]
    );
    let access = claims(&reply.json, "access_token");
    assert_eq!(access["sub"], CLIENT);
    assert_eq!(access["cid"], CLIENT);
    assert_eq!(access["scp"], json!(["reports:read", "reports:write"]));
    assert_eq!(access.get("uid"), None);
    assert_eq!(app.issuer.token_requests("client_credentials"), 1);
    // The token has no user.
    assert_eq!(app.userinfo(&reply.json).await.status, 401);
}

#[tokio::test]
async fn client_credentials_reject_user_scopes() {
    let app = App::start().await;
    for scope in ["", "openid", "reports:read offline_access"] {
        app.post("token", &form(scope))
            .await
            .assert_rejected(400, "invalid_scope");
    }
}

#[tokio::test]
async fn unregistered_scope_is_rejected() {
    let app = App::with(client().scopes(["openid", "reports:read"])).await;
    assert_eq!(app.post("token", &form("reports:read")).await.status, 200);
    let refused = app.post("token", &form("reports:write")).await;
    refused.assert_rejected(400, "invalid_scope");
    let url = app.authorize_url(&[("scope", "openid email")]);
    let callback = app.issuer.authorize_as("admin", &url);
    assert_eq!(callback.get("error"), Some("invalid_scope"));
    assert!(!app.code(&[("scope", "openid")]).is_empty());
}

#[tokio::test]
async fn public_client_cannot_use_client_credentials() {
    let app = App::with(Client::public(CLIENT)).await;
    let mut form = form("reports:read").to_vec();
    form.push(("client_id", CLIENT));
    let reply = send(app.http.post(app.url("token")), &form).await;
    reply.assert_rejected(400, "unauthorized_client");
}

#[tokio::test]
async fn unsupported_grant_is_rejected() {
    let app = App::start().await;
    let password = [
        ("grant_type", "password"),
        ("username", "admin"),
        ("password", "x"),
    ];
    app.post("token", &password)
        .await
        .assert_rejected(400, "unsupported_grant_type");
    app.post("token", &[])
        .await
        .assert_rejected(400, "invalid_request");
    let no_code = [("grant_type", "authorization_code")];
    app.post("token", &no_code)
        .await
        .assert_rejected(400, "invalid_request");
    let twice = [
        ("grant_type", "refresh_token"),
        ("grant_type", "refresh_token"),
    ];
    app.post("token", &twice)
        .await
        .assert_rejected(400, "invalid_request");
    assert_eq!(app.issuer.token_requests("authorization_code"), 1);
    assert_eq!(app.issuer.requests(Endpoint::Token), 4);
}

#[tokio::test]
async fn body_of_wrong_type_or_size_is_rejected() {
    let app = App::start().await;
    let post = || app.http.post(app.url("token"));
    let json = post().header("content-type", "application/json").body("{}");
    assert_eq!(json.send().await.unwrap().status(), 415);
    let fill = |length| "a".repeat(length);
    assert_eq!(
        send(post(), &[("a", &fill(64 * 1024 - 2))]).await.status,
        400
    );
    assert_eq!(
        send(post(), &[("a", &fill(64 * 1024 - 1))]).await.status,
        413
    );
    let get = app.get(&app.url("token")).await;
    assert_eq!(get.status, 405);
    assert_eq!(get.headers["allow"], "POST");
}

#[tokio::test]
async fn last_parameters_of_an_endpoint_are_kept() {
    let app = App::start().await;
    assert_eq!(app.issuer.last_parameters(Endpoint::Token), []);
    app.post("token", &form("reports:read")).await;
    let seen = app.issuer.last_parameters(Endpoint::Token);
    let expected = form("reports:read").map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(seen, expected);
}
