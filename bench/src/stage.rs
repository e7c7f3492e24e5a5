//! What everybody is measured on: one issuer on loopback, one published key, one token.

use std::sync::LazyLock;

use okta_tower::{Algorithm, Okta, OktaBuilder};
use okta_tower_test::{Issuer, TokenBuilder};
use tokio::runtime::Runtime;

pub(crate) const AUDIENCE: &str = "api://default";

/// The threads of the issuer and of whatever the libraries spawn. What is measured runs on a thread of its own.
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

/// An issuer that publishes one key, so that no library has a second one to try.
pub(crate) async fn issuer(algorithm: Algorithm) -> Issuer {
    let issuer = Issuer::builder()
        .algorithm(algorithm)
        .publish_next_key(false)
        .audience(AUDIENCE)
        .start();
    issuer.await.expect("an issuer on loopback")
}

/// Okta for an issuer, as it comes.
pub(crate) async fn okta(issuer: &Issuer) -> Okta {
    okta_with(issuer, |builder| builder).await
}

/// The same without its cache of verified tokens: every token is verified every time.
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
        .expect("the issuer answers")
}

/// An access token of about one kilobyte with ten groups, as Okta would issue it. `azp` and `typ` are there because
/// axum-keycloak-auth asks for them.
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

/// The same token with the signature of another one. Of one that somebody else's key has made, a part of all is larger than the
/// modulus, and refused before there is much to compute.
pub(crate) fn forged(issuer: &Issuer) -> String {
    let [one, other] = [(); 2].map(|()| token(issuer).sign());
    let (text, own) = one.rsplit_once('.').expect("a token");
    let (_, others) = other.rsplit_once('.').expect("a token");
    assert_ne!(own, others, "two tokens, each with an id of its own");
    format!("{text}.{others}")
}
