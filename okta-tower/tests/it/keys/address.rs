//! The issuer is reached at another address than its name.

use okta_tower::{Okta, OktaBuilder, config::ConfigErrorKind};
use okta_tower_test::{Endpoint, Issuer, ManualClock};

use super::world::{issuer, seconds, within};

/// The name of the issuer. Nothing answers there.
const NAME: &str = "https://okta.example.invalid/oauth2/default";

/// An application that knows the issuer by its name.
fn named(clock: &ManualClock) -> OktaBuilder {
    Okta::builder(NAME)
        .token_cache_bytes(1 << 20)
        .clock(clock.clone())
        .danger()
        .allow_http_on_loopback()
}

/// An issuer whose metadata have the name, with the keys at `keys_url`.
async fn behind_a_name(keys_url: &str) -> (Issuer, ManualClock) {
    let (issuer, clock) = issuer().await;
    issuer.set_metadata("issuer", NAME);
    issuer.set_metadata("jwks_uri", keys_url.replace("{address}", issuer.url()));
    (issuer, clock)
}

#[tokio::test]
async fn keys_are_fetched_at_the_address_and_the_name_is_kept() {
    for keys_url in [&format!("{NAME}/v1/keys?client_id=1"), "{address}/v1/keys"] {
        let (issuer, clock) = behind_a_name(keys_url).await;
        let origin = issuer.url().trim_end_matches("/oauth2/default");
        // With and without the issuer's own path.
        for address in [origin, issuer.url()] {
            let asked = issuer.requests(Endpoint::Keys);
            let okta = within(named(&clock).issuer_address(address).start())
                .await
                .unwrap();
            assert_eq!(issuer.requests(Endpoint::Keys), asked + 1);
            let token = issuer.token().issuer_claim(NAME).sign();
            assert!(okta.verify(&token).await.is_ok(), "{address}");
            // The address is no name of the issuer.
            let refusal = okta.verify(&issuer.token().sign()).await.unwrap_err();
            assert_eq!(refusal.reason(), "wrong_issuer", "{address}");
        }
    }
}

#[tokio::test]
async fn fixed_path_of_the_keys_is_asked_at_the_address() {
    let (issuer, clock) = behind_a_name("unused").await;
    let not_found = okta_tower_test::Fault::Status(http::StatusCode::NOT_FOUND);
    issuer.fault(Endpoint::Discovery, not_found.clone());
    let settings = || named(&clock).issuer_address(issuer.url());
    let okta = within(settings().start()).await.unwrap();
    let token = issuer.token().issuer_claim(NAME).sign();
    assert!(okta.verify(&token).await.is_ok());

    // Errors name the address that was asked.
    issuer.fault(Endpoint::Keys, not_found);
    let error = within(settings().start()).await.unwrap_err().to_string();
    let expected = format!(
        "{} could not be used: the answer was 404",
        issuer.keys_url()
    );
    assert_eq!(error, expected);
}

#[tokio::test]
async fn metadata_at_the_address_may_not_name_a_third_host() {
    let (issuer, clock) = behind_a_name("https://evil.example/keys").await;
    let start = named(&clock).issuer_address(issuer.url()).start();
    let error = within(start).await.unwrap_err().to_string();
    assert!(
        error.contains("`jwks_uri` is on https://evil.example"),
        "{error}"
    );
    // Nor may they be another issuer's.
    issuer.set_metadata("issuer", issuer.url());
    let start = named(&clock).issuer_address(issuer.url()).start();
    let error = within(start).await.unwrap_err().to_string();
    assert!(error.contains("its `issuer` is not exactly"), "{error}");
    assert!(error.contains("set `issuer_address`"), "{error}");
}

#[tokio::test]
async fn address_comes_from_the_environment() {
    let (issuer, clock) = behind_a_name(&format!("{NAME}/v1/keys")).await;
    let address = issuer.url().to_owned();
    let builder = OktaBuilder::from_variables(|name| match name {
        "OKTA_OAUTH2_ISSUER" => Some(NAME.into()),
        "OKTA_TOWER_ISSUER_ADDRESS" => Some(address.clone().into()),
        "OKTA_TESTING_DISABLE_HTTPS_CHECK" => Some("true".into()),
        _ => None,
    });
    let builder = builder.unwrap().clock(clock.clone());
    let okta = within(builder.token_cache_bytes(1 << 20).start())
        .await
        .unwrap();
    let token = issuer.token().issuer_claim(NAME).sign();
    assert!(okta.verify(&token).await.is_ok());
    // The refresher goes to the address too.
    within(clock.wait_for_sleepers(1)).await;
    clock.advance(seconds(3600));
    within(issuer.wait_for_requests(Endpoint::Keys, 2)).await;
}

#[test]
fn wrong_address_is_rejected_with_its_remedy() {
    let check = |address: &str| {
        let error = Okta::builder(NAME)
            .issuer_address(address)
            .check()
            .unwrap_err();
        assert_eq!(error.setting(), "issuer_address", "{address}");
        (error.kind(), error.to_string())
    };
    for wrong in [
        "okta.internal",
        "ftp://okta.internal",
        "https://",
        "https://okta.internal?x=1",
        "https://okta.internal#x",
        "https://ada:hunter2@okta.internal",
    ] {
        let (kind, text) = check(wrong);
        assert_eq!(kind, ConfigErrorKind::NotAUrl, "{wrong}");
        assert!(!text.contains("hunter2"), "{text}");
    }
    assert_eq!(check("").0, ConfigErrorKind::Missing);
    assert_eq!(check("https://{address}").0, ConfigErrorKind::Placeholder);
    let (kind, text) = check("http://10.0.0.1:8080");
    assert_eq!(kind, ConfigErrorKind::Insecure);
    assert!(
        text.contains(".danger().allow_http_beyond_loopback()"),
        "{text}"
    );
    let (kind, text) = check("http://localhost:8080");
    assert_eq!(kind, ConfigErrorKind::Insecure);
    assert!(
        text.contains(".danger().allow_http_on_loopback()"),
        "{text}"
    );
    for right in ["https://okta.internal", "https://okta.internal:8443/gate/"] {
        assert!(
            Okta::builder(NAME).issuer_address(right).check().is_ok(),
            "{right}"
        );
    }
}
