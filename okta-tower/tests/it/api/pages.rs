//! Lists of many pages.

use okta_tower::api::{ApiErrorKind as Kind, UserQuery};
use okta_tower_test::{Endpoint, Fault, Issuer, User};

use super::world::{World, kind, world};

async fn many() -> World {
    let world = world().await;
    // With Ada and the three whom every issuer knows: ten.
    for number in 0..6 {
        world
            .issuer
            .add_user(User::new(format!("user{number}@example.com")));
    }
    world
}

fn by(size: u16) -> UserQuery {
    UserQuery::new().page_size(size)
}

#[tokio::test]
async fn pages_are_followed_until_the_last_one() {
    let world = many().await;
    let mut pages = world.users().list(&by(4)).unwrap();
    let mut sizes = Vec::new();
    while let Some(page) = pages.next().await.unwrap() {
        sizes.push(page.len());
    }
    assert_eq!(sizes, [4, 4, 2]);
    assert!(pages.next().await.unwrap().is_none());
    assert_eq!(world.issuer.requests(Endpoint::Users), 3);
    let all = world
        .users()
        .list(&by(5))
        .unwrap()
        .collect(2)
        .await
        .unwrap();
    assert_eq!(all.len(), 10);
}

#[tokio::test]
async fn half_a_list_is_an_error_and_not_a_list() {
    let world = many().await;
    let collected = async |pages| world.users().list(&by(4)).unwrap().collect(pages).await;
    assert_eq!(kind(collected(0).await), Kind::TooMany);
    assert_eq!(kind(collected(2).await), Kind::TooMany);
    assert_eq!(world.issuer.requests(Endpoint::Users), 2);
    assert_eq!(collected(3).await.unwrap().len(), 10);
}

#[tokio::test]
async fn a_next_page_elsewhere_is_refused_and_nobody_there_hears_of_it() {
    let world = many().await;
    // It would answer, and it would be given the token.
    let elsewhere = Issuer::builder()
        .api_token(super::world::TOKEN)
        .start()
        .await
        .unwrap();
    for target in [
        format!("{}/api/v1/users?after=x", elsewhere.org_url()),
        "https://evil.example/api/v1/users".to_owned(),
        format!("{}/oauth2/v1/token", world.issuer.org_url()),
    ] {
        world
            .issuer
            .fault_next(Endpoint::Users, Fault::NextLink(target.clone()));
        let all = world.users().list(&by(4)).unwrap().collect(9).await;
        assert_eq!(kind(all), Kind::Unreadable, "{target}");
    }
    assert_eq!(elsewhere.requests(Endpoint::Users), 0);
    // In the org itself it is followed.
    let first = format!("{}/api/v1/users?limit=200", world.issuer.org_url());
    world
        .issuer
        .fault_next(Endpoint::Users, Fault::NextLink(first));
    let all = world
        .users()
        .list(&by(4))
        .unwrap()
        .collect(9)
        .await
        .unwrap();
    assert_eq!(all.len(), 4 + 10);
}

#[tokio::test]
async fn a_list_that_never_ends_does() {
    let world = many().await;
    let here = format!("{}/api/v1/users?limit=4", world.issuer.org_url());
    world.issuer.fault(Endpoint::Users, Fault::NextLink(here));
    assert_eq!(
        kind(world.users().list(&by(4)).unwrap().collect(9).await),
        Kind::Unreadable
    );
    let other = format!("{}/api/v1/users?limit=3", world.issuer.org_url());
    world
        .issuer
        .fault(Endpoint::UserGroups, Fault::NextLink(other));
    assert!(world.users().groups("ada").await.is_err());
    assert!(world.issuer.requests(Endpoint::UserGroups) <= 50);
}

#[tokio::test]
async fn a_page_that_failed_is_asked_for_again() {
    let world = many().await;
    let mut pages = world.users().list(&by(4)).unwrap();
    assert_eq!(pages.next().await.unwrap().unwrap().len(), 4);
    world
        .issuer
        .fault_next(Endpoint::Users, Fault::Body("{}".into()));
    assert_eq!(kind(pages.next().await), Kind::Unreadable);
    assert_eq!(pages.collect(9).await.unwrap().len(), 6);
}
