//! Handlers called as functions, with claims that a test issuer has signed.

use okta_tower::{AuthErrorKind, Okta};
use okta_tower_axum::{Claims, Guard, RequireGroup, group};
use okta_tower_test::Issuer;
use serde::Deserialize;

group!(Admins = "admin");

#[derive(Deserialize)]
struct Employee {
    department: String,
}

async fn me(user: Claims<Employee>) -> String {
    format!("{} of {}", user.subject(), user.extra().department)
}

async fn admin(admin: RequireGroup<Admins>) -> String {
    format!("managed by {}", admin.subject())
}

async fn okta(issuer: &Issuer) -> Okta {
    let builder = Okta::builder(issuer.url()).token_cache_bytes(1 << 20);
    let okta = builder.danger().allow_http_on_loopback().start().await;
    okta.unwrap()
}

#[tokio::test]
async fn handler_can_be_called_with_verified_claims() {
    let issuer = Issuer::start().await;
    let okta = okta(&issuer).await;
    let ada = issuer.token().user("ada@example.com");
    let token = ada.clone().claim("department", "maths").sign();
    let claims = okta.verify_as::<Employee>(&token).await.unwrap();
    assert_eq!(me(claims.into()).await, "ada@example.com of maths");
    assert!(okta.verify_as::<Employee>(&ada.sign()).await.is_err());
}

#[tokio::test]
async fn guard_admits_a_caller_who_meets_it_and_no_other() {
    let issuer = Issuer::start().await;
    let okta = okta(&issuer).await;
    let ada = || issuer.token().user("ada@example.com");
    let caller = okta.verify(&ada().groups(["admin"]).sign()).await.unwrap();
    let guard = Guard::admit(&caller).unwrap();
    assert_eq!(admin(guard).await, "managed by ada@example.com");
    let caller = okta.verify(&ada().sign()).await.unwrap();
    let error = RequireGroup::<Admins>::admit(&caller).unwrap_err();
    assert_eq!(error.kind(), AuthErrorKind::Forbidden);
}
