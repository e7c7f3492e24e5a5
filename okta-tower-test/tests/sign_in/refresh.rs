//! Refresh tokens: rotation, grace, and what ends them.

use std::time::Duration;

use okta_tower_test::{Endpoint, Fault, Rotation};
use serde_json::{Value, json};

use crate::common::{App, claims, client, text};

const ALL: &str = "openid profile email offline_access";

fn refresh_token(tokens: &Value) -> &str {
    text(tokens, "refresh_token")
}

#[tokio::test]
async fn a_refresh_gives_new_tokens_of_the_same_sign_in() {
    let app = App::start().await;
    let first = app.sign_in(ALL).await;
    app.advance(1800);
    let answer = app.refresh(refresh_token(&first)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let second = answer.json;
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
async fn a_rotated_token_works_within_its_grace_and_revokes_everything_after_it() {
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
    late.is_refused(400, "invalid_grant");
    let newest = app.refresh(refresh_token(&again.json)).await;
    newest.is_refused(400, "invalid_grant");
    assert_eq!(app.userinfo(&second).await.status, 401);
    assert_eq!(app.issuer.refreshes(), 2);
    assert_eq!(app.issuer.token_requests("refresh_token"), 4);
}

#[tokio::test]
async fn without_grace_a_rotated_token_is_good_for_the_same_moment_only() {
    let rotation = Rotation::Rotate {
        grace: Duration::ZERO,
    };
    let app = App::with(client().rotation(rotation)).await;
    let first = app.sign_in(ALL).await;
    assert_eq!(app.refresh(refresh_token(&first)).await.status, 200);
    app.advance(1);
    let late = app.refresh(refresh_token(&first)).await;
    late.is_refused(400, "invalid_grant");
}

#[tokio::test]
async fn a_static_token_stays_the_same() {
    let app = App::with(client().rotation(Rotation::Static)).await;
    let first = app.sign_in(ALL).await;
    for _ in 0..2 {
        app.advance(3600);
        let next = app.refresh(refresh_token(&first)).await;
        assert_eq!(refresh_token(&next.json), refresh_token(&first));
    }
}

#[tokio::test]
async fn a_token_that_nobody_uses_for_a_week_is_dead() {
    let app = App::start().await;
    let first = app.sign_in(ALL).await;
    app.advance(7 * 24 * 3600 - 1);
    let second = app.refresh(refresh_token(&first)).await.json;
    app.advance(7 * 24 * 3600);
    let late = app.refresh(refresh_token(&second)).await;
    late.is_refused(400, "invalid_grant");
}

#[tokio::test]
async fn fewer_scopes_may_be_asked_for_and_more_may_not() {
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
    more.is_refused(400, "invalid_scope");
    // The refusal has used nothing up.
    let fewer = app.post("token", &with("email offline_access")).await;
    assert_eq!(fewer.status, 200);
    assert_eq!(fewer.json["scope"], "email offline_access");
    assert_eq!(fewer.json.get("id_token"), None);
}

#[tokio::test]
async fn groups_follow_the_person_and_a_disabled_person_is_refused() {
    let app = App::start().await;
    let tokens = app.sign_in(ALL).await;
    app.issuer.set_groups("admin", ["viewer"]);
    let tokens = app.refresh(refresh_token(&tokens)).await.json;
    assert_eq!(claims(&tokens, "id_token")["groups"], json!(["viewer"]));

    app.issuer.disable_user("admin");
    let refused = app.refresh(refresh_token(&tokens)).await;
    refused.is_refused(400, "invalid_grant");
    assert_eq!(app.userinfo(&tokens).await.status, 401);
    app.issuer.enable_user("admin");
    assert_eq!(app.refresh(refresh_token(&tokens)).await.status, 200);
}

#[tokio::test]
async fn revoking_what_one_person_has_leaves_the_others_alone() {
    let app = App::start().await;
    let admin = app.sign_in(ALL).await;
    let url = app.authorize_url(&[]);
    let code = app.issuer.authorize_as("viewer", &url);
    let viewer = app.exchange(code.get("code").unwrap()).await.json;
    app.issuer.revoke_tokens_of("admin");
    let refused = app.refresh(refresh_token(&admin)).await;
    refused.is_refused(400, "invalid_grant");
    assert_eq!(app.refresh(refresh_token(&viewer)).await.status, 200);
}

#[tokio::test]
async fn a_request_that_meets_a_fault_rotates_nothing_and_a_lost_answer_does() {
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
        .body(crate::common::encode(&form))
        .send()
        .await
        .unwrap();
    assert!(lost.bytes().await.is_err());
    assert_eq!(app.issuer.refreshes(), 2);
    app.advance(1);
    let late = app.refresh(refresh_token(&second)).await;
    late.is_refused(400, "invalid_grant");
}

#[track_caller]
fn limited_is_told(answer: &crate::common::Answer) {
    assert_eq!(answer.status, 429);
    assert_eq!(answer.json["error"], "invalid_grant");
    assert_eq!(answer.headers["x-rate-limit-remaining"], "0");
}

#[tokio::test]
async fn a_held_answer_has_taken_effect_when_its_request_has_arrived() {
    let app = App::start().await;
    let tokens = app.sign_in(ALL).await;
    let held = app.issuer.hold_next(Endpoint::Token);
    let token = refresh_token(&tokens).to_owned();
    let (answer, ()) = tokio::join!(app.refresh(&token), async {
        app.issuer.wait_for_token_requests(2).await;
        assert_eq!(app.issuer.refreshes(), 1);
        held.release();
    });
    assert_eq!(answer.status, 200);
}
