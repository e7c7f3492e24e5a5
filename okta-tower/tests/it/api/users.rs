//! Finding users.

use okta_tower::api::{ApiErrorKind as Kind, Expression, GroupKind, UserQuery, UserStatus};
use okta_tower_test::{Endpoint, User};
use serde::Deserialize;

use super::world::{ada, kind, world};

#[tokio::test]
async fn user_is_found_by_id_login_and_short_login() {
    let world = world().await;
    for id in [ada().uid(), "ada@example.com", "ada"] {
        let user = world.users().get(id).await.unwrap();
        assert_eq!(user.id(), ada().uid());
        assert_eq!(user.login(), Some("ada@example.com"));
        assert_eq!(user.email(), Some("ada@example.com"));
        assert_eq!(user.display_name(), "Ada Lovelace");
        assert_eq!(*user.status(), UserStatus::Active);
        assert_eq!(user.attribute("department").unwrap(), "R&D \"x\" \\");
        assert_eq!(user.created(), Some("2026-01-05T08:00:00.000Z"));
    }
    let error = world.users().get("eve@example.com").await.unwrap_err();
    assert_eq!(
        (error.kind(), error.error_code()),
        (Kind::NotFound, Some("E0000007"))
    );
    assert!(error.error_id().unwrap().starts_with("oae"));
    assert_eq!((world.calls("success"), world.calls("not_found")), (3, 1));
}

#[tokio::test]
async fn profile_is_read_as_a_custom_type() {
    #[derive(Debug, Deserialize)]
    struct Employee {
        department: String,
    }
    #[derive(Debug, Deserialize)]
    struct Driver {
        #[allow(dead_code, reason = "no user has one")]
        licence: String,
    }
    let world = world().await;
    let user = world.users().get("ada").await.unwrap();
    assert_eq!(
        user.profile::<Employee>().unwrap().department,
        "R&D \"x\" \\"
    );
    assert_eq!(kind(user.profile::<Driver>()), Kind::Unreadable);
}

#[tokio::test]
async fn user_id_cannot_change_the_request_path() {
    let world = world().await;
    for id in [
        "../apps",
        "..",
        ".",
        "",
        "me",
        "ME",
        "ada/groups",
        "a\\..\\b",
        "a\nb",
    ] {
        let users = world.users();
        assert_eq!(kind(users.get(id).await), Kind::Invalid, "{id:?}");
        assert_eq!(kind(users.groups(id).await), Kind::Invalid, "{id:?}");
        assert_eq!(kind(users.deactivate(id).await), Kind::Invalid, "{id:?}");
        assert_eq!(
            kind(users.clear_sessions(id).await),
            Kind::Invalid,
            "{id:?}"
        );
    }
    // No request was sent.
    let endpoints = [
        Endpoint::User,
        Endpoint::UserGroups,
        Endpoint::Lifecycle,
        Endpoint::UserSessions,
    ];
    assert!(
        endpoints
            .iter()
            .all(|endpoint| world.issuer.requests(*endpoint) == 0)
    );
    // Similar IDs without these segments are requested, as one path segment.
    for id in ["..apps", "a?b=c#d", "a%2Fgroups", "mee", "ada groups"] {
        world.issuer.add_user(User::new(id).with_uid(id));
        assert_eq!(world.users().get(id).await.unwrap().id(), id);
    }
}

#[tokio::test]
async fn login_finds_exactly_its_user() {
    let world = world().await;
    let find = async |login: &str| {
        let found = world.users().find_by_login(login).await.unwrap();
        found.map(|user| user.id().to_owned())
    };
    assert_eq!(find("ada@example.com").await.as_deref(), Some(ada().uid()));
    assert_eq!(find("Ada@Example.com").await.as_deref(), Some(ada().uid()));
    for login in [
        "ada",
        "ada@example",
        "",
        "x\" or profile.login sw \"ada",
        "ada@example.com\\",
    ] {
        assert_eq!(find(login).await, None, "{login}");
    }
    let quoted = "\"quoted\\\"@example.com";
    world.issuer.add_user(User::new(quoted));
    assert_eq!(find(quoted).await.as_deref(), Some(User::new(quoted).uid()));
}

#[tokio::test]
async fn search_values_cannot_inject_an_expression() {
    let world = world().await;
    let find = async |expression: Expression| {
        let query = UserQuery::new().search(expression);
        let found = world
            .users()
            .list(&query)
            .unwrap()
            .collect(1)
            .await
            .unwrap();
        found.len()
    };
    let department = |value: &str| Expression::eq("profile.department", value);
    assert_eq!(find(department("R&D \"x\" \\")).await, 1);
    assert_eq!(find(department("R&D \" or status pr or \"x")).await, 0);
    let admin = Expression::starts_with("profile.login", "admin");
    let viewer = Expression::starts_with("profile.login", "viewer");
    let active = Expression::eq("status", "ACTIVE");
    assert_eq!(find(admin.clone().or(viewer.clone())).await, 2);
    world.issuer.disable_user("viewer");
    assert_eq!(find(admin.or(viewer).and(active)).await, 1);
    let query = UserQuery::new().search(Expression::eq("status eq \"x\" or id", "x"));
    assert_eq!(kind(world.users().list(&query)), Kind::Invalid);
}

#[tokio::test]
async fn groups_of_a_user_have_ids_and_kinds() {
    let world = world().await;
    let groups = world.users().groups("ada").await.unwrap();
    let groups: Vec<_> = groups
        .iter()
        .map(|group| (group.name(), group.id().to_owned(), group.kind()))
        .collect();
    assert_eq!(
        groups,
        [
            (
                "Everyone",
                world.issuer.group_id("Everyone"),
                GroupKind::BuiltIn
            ),
            ("admin", world.issuer.group_id("admin"), GroupKind::Okta),
        ]
    );
    assert_eq!(kind(world.users().groups("eve").await), Kind::NotFound);
}

#[tokio::test]
async fn user_request_omits_credentials_and_names_its_agent() {
    let world = world().await;
    world.users().get("ada").await.unwrap();
    let headers = world.issuer.last_headers(Endpoint::User).unwrap();
    let header = |name| {
        headers
            .get(name)
            .map(|value: &http::HeaderValue| value.to_str().unwrap())
    };
    assert_eq!(
        header("content-type"),
        Some("application/json; okta-response=omitCredentials,omitCredentialsLinks")
    );
    assert_eq!(header("accept"), Some("application/json"));
    assert!(header("user-agent").unwrap().starts_with("okta-tower/"));
}
