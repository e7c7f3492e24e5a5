//! The functions that must work in every graph: fetch keys, accept a valid token, reject a token
//! with a changed signature.

use okta_tower_test::Issuer;

/// Starts an issuer and okta-tower, and verifies a valid and an invalid token.
///
/// # Panics
///
/// If okta-tower does not work in this graph.
pub async fn round_trip() {
    let issuer = Issuer::start().await;
    let okta = issuer.okta().await;
    let good = issuer
        .token()
        .user("ada@example.com")
        .groups(["admin"])
        .sign();

    let verified = okta.verify(&good).await.expect("a valid token is accepted");
    assert_eq!(verified.subject(), "ada@example.com");

    let bad = with_another_signature(&good);
    okta.verify(&bad)
        .await
        .expect_err("a token with another signature is rejected");
}

/// Returns the token with a signature whose first character differs.
fn with_another_signature(token: &str) -> String {
    let (signed, signature) = token.rsplit_once('.').expect("three parts");
    let first = if signature.starts_with('A') { 'B' } else { 'A' };
    format!("{signed}.{first}{}", &signature[1..])
}
