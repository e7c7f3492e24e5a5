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
async fn somebody_new_gets_a_mail_and_nobody_else_sees_its_link() {
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
async fn somebody_with_a_password_needs_no_mail() {
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
async fn an_account_waits_for_its_activation() {
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
    // Once is enough.
    assert_eq!(kind(world.users().activate("ada").await), Kind::Conflict);
}

#[tokio::test]
async fn a_login_that_is_taken_is_refused() {
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
async fn who_is_deactivated_is_not_listed_any_more_and_can_be_activated_again() {
    let world = world().await;
    world.users().deactivate("ada").await.unwrap();
    let user = world.users().get("ada").await.unwrap();
    assert_eq!(*user.status(), UserStatus::Deprovisioned);
    assert_eq!(kind(world.users().deactivate("ada").await), Kind::Conflict);
    world.users().activate("ada").await.unwrap();
    assert_eq!(kind(world.users().deactivate("eve").await), Kind::NotFound);
}

#[tokio::test]
async fn a_new_password_is_chosen_by_mail_or_by_a_link_for_a_mail_of_ones_own() {
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
async fn who_has_forgotten_a_password_gets_a_mail_and_can_still_sign_in_with_the_old_one() {
    let world = world().await;
    world.users().forgot_password("ada").await.unwrap();
    assert_eq!(world.issuer.mails()[0].kind, MailKind::PasswordReset);
    let user = world.users().get("ada").await.unwrap();
    assert_eq!(*user.status(), UserStatus::Active);
    // Unlike a reset, which takes the old password away at once.
    world.users().reset_password("ada").await.unwrap();
    let user = world.users().get("ada").await.unwrap();
    assert_eq!(*user.status(), UserStatus::Recovery);
    assert_eq!(
        kind(world.users().forgot_password("ada").await),
        Kind::Conflict
    );
}

#[tokio::test]
async fn who_has_not_followed_the_first_mail_gets_another() {
    let world = world().await;
    let user = world
        .users()
        .create(&grace().activated(false))
        .await
        .unwrap();
    // Nobody has sent a first one.
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
async fn a_link_that_is_none_is_not_handed_on() {
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
async fn sessions_end_with_tokens_or_without() {
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

/// Okta answers 411 otherwise, and so does the stand-in.
#[tokio::test]
async fn a_call_without_a_body_says_so() {
    let world = world().await;
    world.users().reset_password("ada").await.unwrap();
    let headers = world.issuer.last_headers(Endpoint::Lifecycle).unwrap();
    assert_eq!(headers["content-length"], "0");
}

#[tokio::test]
async fn what_may_have_taken_effect_is_not_sent_again() {
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
    // The one that was cut short did.
    let found = world
        .users()
        .find_by_login("grace@example.com")
        .await
        .unwrap();
    assert!(found.is_some());
}
