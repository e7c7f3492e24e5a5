//! Changing accounts.

use okta_tower::api::{ApiErrorKind as Kind, NewUser, UserStatus};
use okta_tower_test::{Endpoint, Fault, MailKind};

use super::world::{kind, within, world};

fn grace() -> NewUser {
    NewUser::new("grace@example.com")
        .first_name("Grace")
        .last_name("Hopper")
}

#[tokio::test]
async fn new_user_gets_an_activation_mail() {
    let world = world().await;
    let group = world.issuer.group_id("admin");
    let new = grace().attribute("department", "Navy").groups([group]);
    let user = world.users().create(&new).await.unwrap();
    assert_eq!(*user.status(), UserStatus::Provisioned);
    assert_eq!(user.display_name(), "Grace Hopper");
    assert_eq!(user.attribute("department").unwrap(), "Navy");
    let groups = world.users().groups(user.id()).await.unwrap();
    assert!(groups.iter().any(|group| group.name() == "admin"));
    let mails = world.issuer.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(
        (&*mails[0].to, mails[0].kind),
        ("grace@example.com", MailKind::Activation)
    );
}

#[tokio::test]
async fn new_user_with_password_gets_no_mail() {
    let world = world().await;
    let user = world
        .users()
        .create(&grace().password("Nanosecond9"))
        .await
        .unwrap();
    assert_eq!(*user.status(), UserStatus::Active);
    assert!(world.issuer.mails().is_empty());
}

#[tokio::test]
async fn staged_account_is_activated_later() {
    let world = world().await;
    let user = world
        .users()
        .create(&grace().activated(false))
        .await
        .unwrap();
    assert_eq!(*user.status(), UserStatus::Staged);
    assert!(world.issuer.mails().is_empty());
    world.users().activate(user.id()).await.unwrap();
    assert_eq!(world.issuer.mails()[0].kind, MailKind::Activation);
    let user = world.users().get(user.id()).await.unwrap();
    assert_eq!(*user.status(), UserStatus::Provisioned);
    // An active account cannot be activated again.
    assert_eq!(kind(world.users().activate("ada").await), Kind::Conflict);
}

#[tokio::test]
async fn taken_login_is_rejected() {
    let world = world().await;
    world.users().create(&grace()).await.unwrap();
    let error = world.users().create(&grace()).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.error_code()),
        (Kind::Invalid, Some("E0000001"))
    );
    assert!(error.causes().next().unwrap().contains("already exists"));
    assert!(!error.to_string().contains("exists"), "{error}");
}

#[tokio::test]
async fn deactivated_user_can_be_activated_again() {
    let world = world().await;
    world.users().deactivate("ada").await.unwrap();
    let user = world.users().get("ada").await.unwrap();
    assert_eq!(*user.status(), UserStatus::Deprovisioned);
    assert_eq!(kind(world.users().deactivate("ada").await), Kind::Conflict);
    world.users().activate("ada").await.unwrap();
    assert_eq!(kind(world.users().deactivate("eve").await), Kind::NotFound);
}

#[tokio::test]
async fn password_reset_sends_a_mail_or_returns_a_link() {
    let world = world().await;
    world.users().reset_password("ada").await.unwrap();
    let mails = world.issuer.mails();
    assert_eq!((mails.len(), mails[0].kind), (1, MailKind::PasswordReset));
    let link = world.users().password_reset_link("ada").await.unwrap();
    assert!(link.expose().contains("/reset-password/"));
    assert_eq!(format!("{link:?}"), "Secret(..)");
    assert_eq!(world.issuer.mails().len(), 1);
    let staged = world
        .users()
        .create(&grace().activated(false))
        .await
        .unwrap();
    assert_eq!(
        kind(world.users().reset_password(staged.id()).await),
        Kind::Conflict
    );
    let link = world.users().activation_link(staged.id()).await.unwrap();
    assert!(link.expose().contains("/welcome/"));
}

#[tokio::test]
async fn forgotten_password_sends_a_mail_and_keeps_the_old_one() {
    let world = world().await;
    world.users().forgot_password("ada").await.unwrap();
    assert_eq!(world.issuer.mails()[0].kind, MailKind::PasswordReset);
    let user = world.users().get("ada").await.unwrap();
    assert_eq!(*user.status(), UserStatus::Active);
    // A reset, in contrast, invalidates the old password at once.
    world.users().reset_password("ada").await.unwrap();
    let user = world.users().get("ada").await.unwrap();
    assert_eq!(*user.status(), UserStatus::Recovery);
    assert_eq!(
        kind(world.users().forgot_password("ada").await),
        Kind::Conflict
    );
}

#[tokio::test]
async fn reactivation_sends_another_activation_mail() {
    let world = world().await;
    let user = world
        .users()
        .create(&grace().activated(false))
        .await
        .unwrap();
    // No first mail has been sent.
    let early = world.users().reactivate(user.id()).await;
    assert_eq!(kind(early), Kind::Conflict);
    world.users().activate(user.id()).await.unwrap();
    world.users().reactivate(user.id()).await.unwrap();
    let mails = world.issuer.mails();
    assert_eq!(mails.len(), 2);
    assert_eq!(mails[1].kind, MailKind::Activation);
    assert_ne!(mails[0].link, mails[1].link);
    assert_eq!(kind(world.users().reactivate("ada").await), Kind::Conflict);
}

#[tokio::test]
async fn invalid_link_is_not_returned() {
    let world = world().await;
    for answer in [r#"{"resetPasswordUrl":"javascript:alert(1)"}"#, "{}", "[]"] {
        world
            .issuer
            .fault_next(Endpoint::Lifecycle, Fault::Body(answer.into()));
        let link = world.users().password_reset_link("ada").await;
        assert_eq!(kind(link), Kind::Unreadable, "{answer}");
    }
}

#[tokio::test]
async fn clear_sessions_revokes_tokens_only_on_request() {
    let world = world().await;
    world.users().clear_sessions("ada").await.unwrap();
    let with = |value: &str| vec![("oauthTokens".to_owned(), value.to_owned())];
    assert_eq!(
        world.issuer.last_parameters(Endpoint::UserSessions),
        with("false")
    );
    world
        .users()
        .clear_sessions_and_tokens("ada")
        .await
        .unwrap();
    assert_eq!(
        world.issuer.last_parameters(Endpoint::UserSessions),
        with("true")
    );
    assert_eq!(
        kind(world.users().clear_sessions("eve").await),
        Kind::NotFound
    );
}

/// Okta answers 411 otherwise, and so does the test issuer.
#[tokio::test]
async fn call_without_body_sends_content_length_zero() {
    let world = world().await;
    world.users().reset_password("ada").await.unwrap();
    let headers = world.issuer.last_headers(Endpoint::Lifecycle).unwrap();
    assert_eq!(headers["content-length"], "0");
}

#[tokio::test]
async fn create_is_not_retried_after_an_ambiguous_failure() {
    let world = world().await;
    for fault in [
        Fault::Close,
        Fault::Truncated,
        Fault::Status(http::StatusCode::BAD_GATEWAY),
    ] {
        let before = world.issuer.requests(Endpoint::Users);
        world.issuer.fault_next(Endpoint::Users, fault);
        let created = within(world.users().create(&grace())).await;
        assert_eq!(kind(created), Kind::Unavailable);
        assert_eq!(world.issuer.requests(Endpoint::Users), before + 1);
    }
    // The request whose response was truncated took effect.
    let found = world
        .users()
        .find_by_login("grace@example.com")
        .await
        .unwrap();
    assert!(found.is_some());
}
