//! Faults of the issuer: keys that cannot be fetched, are too old, or have just been rotated.

use http::StatusCode;
use okta_tower::explain::{Check, Outcome, Topic};
use okta_tower_test::{Endpoint, Fault, Key};
use std::time::Duration;

use super::world::{World, assert_accepts, assert_hides, first_failure, issuer, of, within};
use crate::world::settings;

/// The advice of the last failed fetch, and that keys are missing, is in the findings.
#[tokio::test]
async fn every_fault_of_the_keys_is_explained_with_its_kind() {
    let status = |code| Fault::Status(StatusCode::from_u16(code).unwrap());
    for (fault, kind, remedy) in [
        (
            status(404),
            "status",
            "check the ID at the end of the issuer",
        ),
        (
            status(503),
            "status",
            "check the ID at the end of the issuer",
        ),
        (
            Fault::RateLimited(Duration::from_secs(60)),
            "status",
            "proxies",
        ),
        (Fault::Close, "connection", "check the network"),
        (Fault::Truncated, "connection", "check the network"),
        (Fault::Hang, "timeout", "check the network"),
        (Fault::HangBody, "timeout", "check the network"),
        (
            Fault::Drip(Duration::from_millis(10)),
            "timeout",
            "check the network",
        ),
        (
            Fault::Garbage,
            "invalid_document",
            ".well-known/openid-configuration",
        ),
        (Fault::Huge(1 << 40), "too_large", "max_document_bytes"),
        (
            Fault::HugeAnnounced(1 << 40),
            "too_large",
            "max_document_bytes",
        ),
        (Fault::Gzip(0), "compressed", "unchanged"),
        (
            Fault::Redirect("https://elsewhere.example.com/keys".into()),
            "redirect",
            "check the ID at the end of the issuer",
        ),
        (Fault::Empty, "no_usable_key", "skipped keys"),
        (
            Fault::Body("[]".into()),
            "invalid_document",
            "openid-configuration",
        ),
        (
            Fault::Answer(StatusCode::FORBIDDEN, "{}".into()),
            "status",
            "proxies",
        ),
    ] {
        let (issuer, clock) = issuer().await;
        issuer.fault(Endpoint::Keys, fault.clone());
        let okta = settings(&issuer, &clock).fetch_timeout(Duration::from_millis(300));
        let okta = okta.start_lazy().unwrap();
        within(clock.wait_for_sleepers(1)).await;
        let token = issuer.token().sign();
        let rejected = okta.verify(&token).await.unwrap_err();
        let explanation = okta.explain(&token).await;
        assert_eq!(explanation.reason(), Some(rejected.reason()), "{fault:?}");
        assert_eq!(explanation.reason(), Some("keys_not_loaded"), "{fault:?}");
        let failure = first_failure(&explanation).unwrap();
        assert_eq!(failure.check(), Check::Keys, "{fault:?}");
        assert_eq!(failure.remedy(), Some("check network, proxy and issuer"));
        let last = of(&explanation, Check::Keys)[1];
        assert_eq!(last.reason(), Some(kind), "{fault:?}: {last}");
        assert_eq!(last.outcome(), Outcome::Warning);
        assert!(last.remedy().unwrap().contains(remedy), "{fault:?}: {last}");
        assert_hides(&explanation, &token);
        // What needs no key is explained all the same.
        assert_eq!(of(&explanation, Check::Audience)[0].outcome(), Outcome::Ok);

        issuer.heal();
        clock.advance(clock.next_due().unwrap());
        within(clock.wait_for_sleepers(1)).await;
        assert_accepts(&okta, "healed", &token).await;
    }
}

#[tokio::test]
async fn every_fault_of_the_metadata_is_explained_with_its_kind() {
    let forbidden = Fault::Status(StatusCode::FORBIDDEN);
    for (fault, kind, remedy) in [
        (forbidden, "status", "check the ID at the end of the issuer"),
        (Fault::Garbage, "invalid_document", "openid-configuration"),
        (Fault::Huge(1 << 40), "too_large", "max_document_bytes"),
        (Fault::Gzip(0), "compressed", "unchanged"),
        (
            Fault::Redirect("https://elsewhere.example.com".into()),
            "redirect",
            "check the ID at the end of the issuer",
        ),
        // `{}` names no issuer.
        (Fault::Empty, "invalid_document", "openid-configuration"),
    ] {
        let (issuer, clock) = issuer().await;
        issuer.fault(Endpoint::Discovery, fault.clone());
        let okta = settings(&issuer, &clock).start_lazy().unwrap();
        within(clock.wait_for_sleepers(1)).await;
        let explanation = okta.explain(&issuer.token().sign()).await;
        assert_eq!(explanation.reason(), Some("keys_not_loaded"), "{fault:?}");
        let last = of(&explanation, Check::Keys)[1];
        assert_eq!(last.reason(), Some(kind), "{fault:?}: {last}");
        assert!(last.remedy().unwrap().contains(remedy), "{fault:?}: {last}");
    }
}

#[tokio::test]
async fn wrong_metadata_are_explained_with_their_kind() {
    let (issuer, clock) = issuer().await;
    for (member, value, kind) in [
        (
            "issuer",
            "https://other.example.com/oauth2/default",
            "wrong_issuer",
        ),
        (
            "jwks_uri",
            "https://other.example.com/keys",
            "url_not_allowed",
        ),
    ] {
        issuer.set_metadata(member, value);
        let okta = settings(&issuer, &clock).start_lazy().unwrap();
        within(clock.wait_for_sleepers(1)).await;
        let explanation = okta.explain(&issuer.token().sign()).await;
        let last = of(&explanation, Check::Keys)[1];
        assert_eq!(last.reason(), Some(kind), "{last}");
        let advice = Topic::KeyRefresh.advice(kind).unwrap();
        assert_eq!(last.remedy(), Some(advice.remedy()));
        issuer.serve_true_documents();
        drop(okta);
        crate::world::wait::until(|| clock.sleepers() == 0).await;
    }
}

#[tokio::test]
async fn malformed_token_is_reported_before_missing_keys() {
    let world = World::start_without_keys().await;
    let explanation = world.okta.explain("not-a-token").await;
    let rejected = world.okta.verify("not-a-token").await.unwrap_err();
    assert_eq!(explanation.reason(), Some(rejected.reason()));
    assert_eq!(explanation.reason(), Some("not_compact"));
}

#[tokio::test]
async fn stale_keys_are_a_warning_and_too_stale_ones_a_failure() {
    let world = World::start().await;
    let token = world.token().expires_in(7 * 24 * 60 * 60).sign();
    let pass = async |seconds| {
        world.advance(seconds);
        within(world.clock.wait_for_sleepers(1)).await;
    };
    world.issuer.stop_listening().await;
    pass(12 * 60 * 60 - 1).await;
    let explanation = assert_accepts(&world.okta, "stale", &token).await;
    assert_eq!(
        of(&explanation, Check::Keys)[1].reason(),
        Some("connection")
    );
    assert_eq!(explanation.outcome(), Outcome::Warning);
    pass(1).await;
    let explanation = world.okta.explain(&token).await;
    let rejected = world.okta.verify(&token).await.unwrap_err();
    assert_eq!(explanation.reason(), Some(rejected.reason()));
    assert_eq!(explanation.reason(), Some("keys_too_stale"));
}

#[tokio::test]
async fn unknown_key_costs_no_more_fetches_than_a_request() {
    let world = World::start().await;
    let token = (world.token())
        .key(Key::generate(okta_tower::Algorithm::Rs256))
        .sign();
    let before = world.issuer.requests(Endpoint::Keys);
    let first = world.okta.explain(&token).await;
    assert_eq!(first.reason(), Some("unknown_key"), "{first}");
    let failure = first_failure(&first).unwrap();
    assert!(
        failure
            .remedy()
            .unwrap()
            .contains("/oauth2/default/v1/token")
    );
    for _ in 0..20 {
        assert_eq!(
            world.okta.explain(&token).await.reason(),
            Some("unknown_key")
        );
    }
    // The key is known to be missing, as for a request.
    assert_eq!(world.issuer.requests(Endpoint::Keys), before + 1);
    let rejected = world.okta.verify(&token).await.unwrap_err();
    assert_eq!(rejected.reason(), "unknown_key");
}

#[tokio::test]
async fn token_of_the_org_server_is_explained_by_its_issuer() {
    let world = World::start().await;
    let key = Key::generate(okta_tower::Algorithm::Rs256);
    let token = (world.token().key(key))
        .issuer_claim("https://acme.okta.com")
        .audience("https://acme.okta.com");
    let explanation = world.okta.explain(&token.sign()).await;
    assert_eq!(explanation.reason(), Some("unknown_key"));
    let failure = first_failure(&explanation).unwrap();
    let message = failure.message();
    assert!(message.contains("an Okta org itself"), "{message}");
    assert!(
        failure.remedy().unwrap().contains("not at the org's"),
        "{failure}"
    );
}

#[tokio::test]
async fn key_of_an_emergency_rotation_is_waited_for() {
    let world = World::start().await;
    let before = world.token().sign();
    world.issuer.rotate_in_emergency();
    let explanation = world.okta.explain(&world.token().sign()).await;
    assert_eq!(explanation.reason(), None, "{explanation}");
    let explanation = world.okta.explain(&before).await;
    assert_eq!(explanation.reason(), Some("unknown_key"), "{explanation}");
}

#[tokio::test]
async fn unconfirmed_key_is_explained_as_an_outage() {
    let world = World::start().await;
    world.issuer.rotate_in_emergency();
    let token = world.token().sign();
    world
        .issuer
        .fault(Endpoint::Keys, Fault::Status(StatusCode::BAD_GATEWAY));
    let explanation = world.okta.explain(&token).await;
    let rejected = world.okta.verify(&token).await.unwrap_err();
    assert_eq!(rejected.reason(), "key_unconfirmed");
    assert_eq!(
        explanation.reason(),
        Some("key_unconfirmed"),
        "{explanation}"
    );
    let failure = first_failure(&explanation).unwrap();
    assert!(failure.remedy().unwrap().contains("recovers automatically"));
}

#[tokio::test]
async fn skipped_key_is_a_warning_with_its_remedy() {
    let (issuer, clock) = issuer().await;
    let private = serde_json::json!({ "kty": "oct", "kid": "shared", "k": "c2VjcmV0" });
    issuer.publish_jwk(private);
    let world = World::on(issuer, clock, |okta| okta).await;
    let explanation = assert_accepts(&world.okta, "others", &world.token().sign()).await;
    let skipped = of(&explanation, Check::Keys)[1];
    assert_eq!(skipped.reason(), Some("private_members"), "{skipped}");
    assert_eq!(skipped.remedy(), Some("rotate this key at once"));
}
