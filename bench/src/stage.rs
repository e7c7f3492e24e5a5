//! The common setup: one issuer on loopback, one published key, one token.

use std::sync::LazyLock;

use okta_tower::{Algorithm, Okta, OktaBuilder};
use okta_tower_test::{Issuer, TokenBuilder};
use tokio::runtime::Runtime;

pub(crate) const AUDIENCE: &str = "api://default";

/// Runs the issuer and the tasks that the libraries spawn. Measured code runs on another thread.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime")
});

pub(crate) fn runtime() -> &'static Runtime {
    &RUNTIME
}

/// Starts an issuer that publishes one key, so that no library has a second one to try.
pub(crate) async fn issuer(algorithm: Algorithm) -> Issuer {
    let issuer = Issuer::builder()
        .algorithm(algorithm)
        .publish_next_key(false)
        .audience(AUDIENCE)
        .start();
    issuer.await.expect("an issuer on loopback")
}

/// Starts okta-tower for an issuer with default settings.
pub(crate) async fn okta(issuer: &Issuer) -> Okta {
    okta_with(issuer, |builder| builder).await
}

/// Starts okta-tower without its cache of verified tokens: it verifies each token every time.
pub(crate) async fn okta_without_cache(issuer: &Issuer) -> Okta {
    okta_with(issuer, |builder| builder.token_cache_bytes(0)).await
}

pub(crate) async fn okta_with(
    issuer: &Issuer,
    adapt: impl FnOnce(OktaBuilder) -> OktaBuilder,
) -> Okta {
    let builder = Okta::builder(issuer.url()).algorithms([issuer.algorithm()]);
    adapt(builder)
        .danger()
        .allow_http_on_loopback()
        .start()
        .await
        .expect("the issuer responds")
}

/// Returns an access token of about one kilobyte with ten groups, as Okta would issue it.
/// axum-keycloak-auth requires `azp` and `typ`.
pub(crate) fn token(issuer: &Issuer) -> TokenBuilder {
    let groups: Vec<String> = (0..10)
        .map(|number| format!("department-{number}"))
        .collect();
    (issuer.token().user("ada.lovelace@example.com"))
        .groups(&groups)
        .scopes(["openid", "profile", "reports:read"])
        .claim("azp", "0oaBench")
        .claim("typ", "Bearer")
}

/// Returns the token of one of many users. The claims are otherwise the same.
pub(crate) fn token_of_user(issuer: &Issuer, number: usize) -> TokenBuilder {
    token(issuer)
        .user(format!("person-{number:07}@example.com"))
        .expires_in(6 * 3600)
}

/// Signs such a token. With RS256 it has 1.1 KB.
pub(crate) fn long_token(issuer: &Issuer, number: usize) -> String {
    let token = token_of_user(issuer, number).sign();
    assert!((1100..1150).contains(&token.len()), "{}", token.len());
    token
}

/// Returns such a token with the signature of another one. Some signatures by another key exceed
/// the modulus and are rejected before the expensive part of the check.
pub(crate) fn forged(issuer: &Issuer) -> String {
    let [one, other] = [(); 2].map(|()| token(issuer).sign());
    let (text, own) = one.rsplit_once('.').expect("a token");
    let (_, others) = other.rsplit_once('.').expect("a token");
    assert_ne!(own, others, "each token has its own ID");
    format!("{text}.{others}")
}
