//! Tokens, user data and request contents are absent from logs, errors and `Debug`.

use http::StatusCode;
use okta_tower::{
    Algorithm, ManagementApi,
    api::{ApiErrorKind as Kind, NewUser},
};
use okta_tower_test::{Client, Endpoint, Fault, Issuer, Key, ManualClock};

use super::world::{TOKEN, ada, world, world_on};
use crate::world::log::Log;

#[tokio::test]
async fn secrets_and_user_data_are_absent_from_logs_and_errors() {
    let log = Log::capture();
    let world = world().await;
    let mut shown = String::new();
    let mut show = |text: String| shown += &text;
    let users = world.users();
    show(format!("{:?} {:?} {users:?}", world.okta, world.okta.api()));
    let new = NewUser::new("grace@example.com").password("Nanosecond9");
    show(format!("{new:?} {:?}", users.create(&new).await));
    show(format!("{:?}", users.create(&new).await.unwrap_err()));
    show(format!("{:?}", users.get("ada@example.com").await));
    show(format!("{:#?}", users.get("eve@example.com").await));
    show(format!(
        "{:?}",
        users.password_reset_link("ada@example.com").await
    ));
    for fault in [
        Fault::Close,
        Fault::Redirect("http://127.0.0.1:1/hunter2".into()),
        Fault::Body(r#"{"id":"hunter2"}"#.into()),
        Fault::Answer(
            StatusCode::BAD_REQUEST,
            r#"{"errorCode":"hunter2","errorSummary":"hunter2","errorId":"hunter 2"}"#.into(),
        ),
        Fault::Status(StatusCode::UNAUTHORIZED),
    ] {
        world.issuer.fault(Endpoint::User, fault);
        world
            .issuer
            .fault(Endpoint::Lifecycle, Fault::Status(StatusCode::FORBIDDEN));
        let call = users.clear_sessions("eve@example.com").await;
        show(format!(
            "{call:?} {:?}",
            users.deactivate("ada@example.com").await
        ));
        let users = users.clone();
        let get = tokio::spawn(async move { users.get("ada@example.com").await });
        world.advance(1);
        while !get.is_finished() {
            tokio::task::yield_now().await;
            world.advance(1);
        }
        let error = get.await.unwrap().unwrap_err();
        show(format!(
            "{error} {error:?} {:?}",
            std::error::Error::source(&error)
        ));
    }
    show(world.okta.metrics().to_string());
    let all = format!("{shown} {}", log.text());
    assert!(log.count("WARN okta_tower::api", "get_user") > 0, "{log:?}");
    assert!(
        log.count("ERROR okta_tower::api", "deactivate_user") > 0,
        "{log:?}"
    );
    assert!(
        log.count("DEBUG okta_tower::api", "not_found") > 0,
        "{log:?}"
    );
    for secret in [
        TOKEN,
        "SSWS",
        "Nanosecond",
        "hunter",
        "ada@",
        "eve@",
        "grace",
        "Lovelace",
        "reset-password",
        ada().uid(),
        "R&D",
    ] {
        assert!(!all.contains(secret), "{secret} in {all}");
    }
}

#[tokio::test]
async fn service_credentials_are_absent_from_logs_and_errors() {
    let log = Log::capture();
    let key = Key::generate(Algorithm::Es256);
    let clock = ManualClock::new();
    let issuer = Issuer::builder()
        .clock(clock.clone())
        .client(Client::with_key("0oaService", &key));
    let issuer = issuer.start().await.unwrap();
    let api = ManagementApi::new().service("0oaService", key.private_pem(), None);
    let mut shown = format!("{api:?}");
    let world = world_on(issuer, clock, api).await;
    world.users().get("admin").await.unwrap();
    shown += &format!("{:?}", world.okta);
    let headers = world.issuer.last_headers(Endpoint::User).unwrap();
    let token = headers["authorization"].to_str().unwrap()["Bearer ".len()..].to_owned();
    world.issuer.revoke_api_tokens();
    let refused = Fault::Answer(
        StatusCode::BAD_REQUEST,
        r#"{"error":"hunter2","error_description":"hunter2"}"#.into(),
    );
    world.issuer.fault(Endpoint::OrgToken, refused);
    let error = world.users().get("admin").await.unwrap_err();
    assert_eq!(
        (error.kind(), error.error_code()),
        (Kind::Unauthorized, Some("other"))
    );
    shown += &format!("{error} {error:?}");
    let all = format!("{shown} {}", log.text());
    assert!(
        log.count("WARN okta_tower::oauth", "org_token") > 0,
        "{log:?}"
    );
    let pem = key.private_pem();
    let secret = pem.lines().nth(1).unwrap();
    let sent = world.issuer.last_parameters(Endpoint::OrgToken);
    let assertion = sent
        .iter()
        .find(|(name, _)| name == "client_assertion")
        .unwrap();
    for secret in [secret, &token, &assertion.1, "hunter2", "eyJ"] {
        assert!(!all.contains(secret), "{secret} in {all}");
    }
}
