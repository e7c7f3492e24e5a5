//! Paginated lists.

use okta_tower::api::{ApiErrorKind as Kind, UserQuery};
use okta_tower_test::{Endpoint, Fault, Issuer, User};

use super::world::{World, kind, world};

async fn many() -> World {
    let world = world().await;
    // With Ada and the three users that every issuer has: ten.
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
async fn pages_are_followed_to_the_last_one() {
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
async fn list_with_too_many_pages_is_an_error() {
    let world = many().await;
    let collected = async |pages| world.users().list(&by(4)).unwrap().collect(pages).await;
    assert_eq!(kind(collected(0).await), Kind::TooMany);
    assert_eq!(kind(collected(2).await), Kind::TooMany);
    assert_eq!(world.issuer.requests(Endpoint::Users), 2);
    assert_eq!(collected(3).await.unwrap().len(), 10);
}

#[tokio::test]
async fn next_page_on_another_host_is_not_requested() {
    let world = many().await;
    // This org would answer, and would receive the token.
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
    // A link within the org is followed.
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
async fn endless_list_is_cut_off() {
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
async fn failed_page_is_requested_again() {
    let world = many().await;
    let mut pages = world.users().list(&by(4)).unwrap();
    assert_eq!(pages.next().await.unwrap().unwrap().len(), 4);
    world
        .issuer
        .fault_next(Endpoint::Users, Fault::Body("{}".into()));
    assert_eq!(kind(pages.next().await), Kind::Unreadable);
    assert_eq!(pages.collect(9).await.unwrap().len(), 6);
}
