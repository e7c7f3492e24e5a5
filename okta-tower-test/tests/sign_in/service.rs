//! Client credentials, and token requests that are none.

use okta_tower_test::{Client, Endpoint};
use serde_json::json;

use crate::common::{App, CLIENT, claims, client, send};

fn form(scope: &str) -> [(&str, &str); 2] {
    [("grant_type", "client_credentials"), ("scope", scope)]
}

#[tokio::test]
async fn a_service_gets_an_access_token_and_nothing_else() {
    let app = App::start().await;
    let answer = app.post("token", &form("reports:read reports:write")).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let members: Vec<_> = answer.json.as_object().unwrap().keys().collect();
    assert_eq!(
        members,
        ["access_token", "expires_in", "scope", "token_type"]
    );
    let access = claims(&answer.json, "access_token");
    assert_eq!(access["sub"], CLIENT);
    assert_eq!(access["cid"], CLIENT);
    assert_eq!(access["scp"], json!(["reports:read", "reports:write"]));
    assert_eq!(access.get("uid"), None);
    assert_eq!(app.issuer.token_requests("client_credentials"), 1);
    // It is about nobody.
    assert_eq!(app.userinfo(&answer.json).await.status, 401);
}

#[tokio::test]
async fn a_service_gets_no_scopes_that_are_about_people() {
    let app = App::start().await;
    for scope in ["", "openid", "reports:read offline_access"] {
        app.post("token", &form(scope))
            .await
            .is_refused(400, "invalid_scope");
    }
}

#[tokio::test]
async fn a_client_may_be_held_to_its_scopes() {
    let app = App::with(client().scopes(["openid", "reports:read"])).await;
    assert_eq!(app.post("token", &form("reports:read")).await.status, 200);
    let refused = app.post("token", &form("reports:write")).await;
    refused.is_refused(400, "invalid_scope");
    let url = app.authorize_url(&[("scope", "openid email")]);
    let callback = app.issuer.authorize_as("admin", &url);
    assert_eq!(callback.get("error"), Some("invalid_scope"));
    assert!(!app.code(&[("scope", "openid")]).is_empty());
}

#[tokio::test]
async fn a_public_client_is_no_service() {
    let app = App::with(Client::public(CLIENT)).await;
    let mut form = form("reports:read").to_vec();
    form.push(("client_id", CLIENT));
    let answer = send(app.http.post(app.url("token")), &form).await;
    answer.is_refused(400, "unauthorized_client");
}

#[tokio::test]
async fn other_grants_are_refused() {
    let app = App::start().await;
    let password = [
        ("grant_type", "password"),
        ("username", "admin"),
        ("password", "x"),
    ];
    app.post("token", &password)
        .await
        .is_refused(400, "unsupported_grant_type");
    app.post("token", &[])
        .await
        .is_refused(400, "invalid_request");
    let no_code = [("grant_type", "authorization_code")];
    app.post("token", &no_code)
        .await
        .is_refused(400, "invalid_request");
    let twice = [
        ("grant_type", "refresh_token"),
        ("grant_type", "refresh_token"),
    ];
    app.post("token", &twice)
        .await
        .is_refused(400, "invalid_request");
    assert_eq!(app.issuer.token_requests("authorization_code"), 1);
    assert_eq!(app.issuer.requests(Endpoint::Token), 4);
}

#[tokio::test]
async fn only_forms_are_read_and_only_so_much_of_them() {
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
async fn the_last_parameters_are_kept_for_tests_to_see() {
    let app = App::start().await;
    assert_eq!(app.issuer.last_parameters(Endpoint::Token), []);
    app.post("token", &form("reports:read")).await;
    let seen = app.issuer.last_parameters(Endpoint::Token);
    let expected = form("reports:read").map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(seen, expected);
}
