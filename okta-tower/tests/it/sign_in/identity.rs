//! The identity of a session: the ID token, completed by `userinfo`.

use http::StatusCode;
use okta_tower::{Require, RouteRules, UserInfo};
use okta_tower_test::Endpoint;

use super::world::{World, sign_in};

#[tokio::test]
async fn thin_id_token_is_completed_by_userinfo() {
    for (userinfo, says, asked) in [
        (
            UserInfo::WhenGroupsAreMissing,
            "admin@example.com admin Session",
            1,
        ),
        (UserInfo::Always, "admin@example.com admin Session", 1),
        (UserInfo::Never, "admin@example.com  Session", 0),
    ] {
        let world = World::with(sign_in().userinfo(userinfo)).await;
        world.issuer.set_thin_id_tokens(true);
        let mut browser = world.signed_in("admin").await;
        assert_eq!(browser.get("/").await.text, says, "{userinfo:?}");
        assert_eq!(
            world.issuer.requests(Endpoint::UserInfo),
            asked,
            "{userinfo:?}"
        );
    }
    // A complete ID token needs no `userinfo`.
    let world = World::new().await;
    world.signed_in("admin").await;
    assert_eq!(world.issuer.requests(Endpoint::UserInfo), 0);
}

#[tokio::test]
async fn userinfo_of_another_user_starts_no_session() {
    let world = World::with(sign_in().userinfo(UserInfo::Always)).await;
    let mut browser = world.browser();
    let callback = world.attempt(&mut browser, "/login", "viewer").await;
    world.issuer.tamper_userinfo(|claims| {
        claims.insert("sub".into(), "00uSomebodyElse".into());
    });
    assert_eq!(
        browser.get(&callback.url()).await.status,
        StatusCode::BAD_GATEWAY
    );
    world.issuer.heal();
    let callback = world.attempt(&mut browser, "/login", "viewer").await;
    assert_eq!(
        browser.get(&callback.url()).await.status,
        StatusCode::SEE_OTHER
    );
}

#[tokio::test]
async fn userinfo_cannot_override_the_id_token() {
    let world = World::with(sign_in().userinfo(UserInfo::Always)).await;
    let mut browser = world.browser();
    let callback = world.attempt(&mut browser, "/login", "viewer").await;
    world.issuer.tamper_userinfo(|claims| {
        claims.insert("groups".into(), serde_json::json!(["admin"]));
    });
    assert_eq!(
        browser.get(&callback.url()).await.status,
        StatusCode::SEE_OTHER
    );
    assert_eq!(
        browser.get("/").await.text,
        "viewer@example.com viewer Session"
    );
}

#[tokio::test]
async fn user_id_is_equal_by_cookie_and_by_token() {
    let world = World::new().await;
    let mut browser = world.signed_in("admin").await;
    let who: serde_json::Value =
        serde_json::from_str(&browser.fetch("/session").await.text).unwrap();
    let uid = who["user_id"].as_str().unwrap();
    let user = world.issuer.user("admin").unwrap();
    assert!(uid.starts_with("00u"));
    let token = world
        .issuer
        .token()
        .user("admin@example.com")
        .claim("uid", uid)
        .sign();
    let verified = world.okta.verify(&token).await.unwrap();
    assert_eq!(verified.user_id(), Some(uid));
    drop(user);
}

#[tokio::test]
async fn rules_apply_to_sessions() {
    use okta_tower::Body;
    use tower::{Layer, ServiceExt, service_fn};
    let world = World::new().await;
    let rules = RouteRules::new()
        .at("/admin", Require::group("admin"))
        .build()
        .unwrap();
    let guarded =
        world
            .okta
            .layer()
            .rules(rules)
            .layer(service_fn(|_: http::Request<Body>| async {
                Ok::<_, std::convert::Infallible>(http::Response::new(String::from("managed")))
            }));
    for (who, status) in [("admin", StatusCode::OK), ("viewer", StatusCode::FORBIDDEN)] {
        let browser = world.signed_in(who).await;
        let cookies: Vec<String> = browser
            .cookies
            .iter()
            .map(|(n, v)| format!("{n}={v}"))
            .collect();
        let request = http::Request::get("/admin").header("cookie", cookies.join("; "));
        let response = guarded
            .clone()
            .oneshot(request.body(Body::default()).unwrap())
            .await
            .unwrap();
        assert_eq!(response.status(), status, "{who}");
    }
}
