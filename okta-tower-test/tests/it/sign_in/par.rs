//! Pushed authorization requests.

use crate::world::{App, CLIENT, Reply, encode, request};

async fn push(app: &App, changes: &[(&str, &str)]) -> Reply {
    app.post("par", &request(changes)).await
}

async fn follow(app: &App, request_uri: &str) -> Reply {
    let query = encode(&[("client_id", CLIENT), ("request_uri", request_uri)]);
    app.get(&format!("{}?{query}", app.issuer.authorize_url()))
        .await
}

#[tokio::test]
async fn pushed_request_is_valid_once() {
    let app = App::start().await;
    app.issuer.sign_in_automatically_as("admin");
    let pushed = push(&app, &[]).await;
    assert_eq!(pushed.status, 201);
    assert_eq!(pushed.json["expires_in"], 3600);
    let request_uri = pushed.json["request_uri"].as_str().unwrap();
    assert!(request_uri.starts_with("urn:okta:"));

    let back = follow(&app, request_uri).await;
    assert_eq!(back.query("state").as_deref(), Some("af0ifjsldkj"));
    assert_eq!(app.exchange(&back.query("code").unwrap()).await.status, 200);
    let again = follow(&app, request_uri).await;
    assert_eq!(again.status, 400);
    assert!(again.text.contains("request_uri"));
}

#[tokio::test]
async fn pushed_request_expires_after_an_hour() {
    let app = App::start().await;
    app.issuer.sign_in_automatically_as("admin");
    for (age, status) in [(3599, 302), (3600, 400)] {
        let pushed = push(&app, &[]).await;
        app.advance(age);
        let request_uri = pushed.json["request_uri"].as_str().unwrap();
        assert_eq!(follow(&app, request_uri).await.status, status, "{age}");
    }
}

#[tokio::test]
async fn browser_parameters_do_not_override_pushed_ones() {
    let app = App::start().await;
    app.issuer.sign_in_automatically_as("admin");
    let pushed = push(&app, &[("scope", "openid email")]).await;
    let request_uri = pushed.json["request_uri"].as_str().unwrap();
    let url = app.authorize_url(&[("request_uri", request_uri), ("state", "other")]);
    let back = app.get(&url).await;
    assert_eq!(back.query("state").as_deref(), Some("af0ifjsldkj"));
    let tokens = app.exchange(&back.query("code").unwrap()).await.json;
    assert_eq!(tokens["scope"], "openid email");
}

#[tokio::test]
async fn pushed_request_of_another_client_is_rejected() {
    let app = App::start().await;
    app.issuer
        .register(okta_tower_test::Client::public("0oaOther"));
    app.issuer.sign_in_automatically_as("admin");
    let pushed = push(&app, &[]).await;
    let request_uri = pushed.json["request_uri"].as_str().unwrap();
    let query = encode(&[("client_id", "0oaOther"), ("request_uri", request_uri)]);
    let url = format!("{}?{query}", app.issuer.authorize_url());
    assert_eq!(app.get(&url).await.status, 400);
    assert_eq!(follow(&app, request_uri).await.status, 302);
}

#[tokio::test]
async fn invalid_pushed_request_is_rejected() {
    let app = App::start().await;
    for (name, value, error) in [
        ("redirect_uri", "https://evil.example/", "invalid_request"),
        ("state", "a b", "invalid_request"),
        ("scope", "email", "invalid_scope"),
        ("request_uri", "urn:okta:other", "invalid_request"),
    ] {
        push(&app, &[(name, value)])
            .await
            .assert_rejected(400, error);
    }
    let unproven = app.http.post(app.url("par"));
    let unproven = crate::world::send(unproven, &request(&[])).await;
    unproven.assert_rejected(401, "invalid_client");
}
