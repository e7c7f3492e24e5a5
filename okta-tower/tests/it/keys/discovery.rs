//! Discovery of the keys endpoint, and what may replace it.

use http::StatusCode;
use okta_tower_test::{Endpoint, Fault, Issuer};
use serde_json::json;

use super::world::{
    World, hours, issuer, outcome, request, result, seconds, settings, until, within,
};

/// Faults under which the metadata counts as absent: they say nothing about the issuer.
fn absences() -> Vec<Fault> {
    let statuses = [404, 429, 500, 502, 503, 504];
    (statuses.into_iter())
        .map(|status| Fault::Status(StatusCode::from_u16(status).unwrap()))
        .chain([Fault::Close, Fault::Truncated])
        .collect()
}

#[tokio::test]
async fn absent_metadata_is_replaced_by_the_fixed_path() {
    for fault in absences() {
        let (issuer, clock) = issuer().await;
        issuer.fault(Endpoint::Discovery, fault.clone());
        let world = World::on(issuer, clock, |settings| settings).await;
        assert_eq!(world.result(&world.good()), "accepted", "{fault:?}");
        assert_eq!(world.result(&world.forged()), "bad_signature", "{fault:?}");
        assert_eq!(world.issuer.requests(Endpoint::Discovery), 1, "{fault:?}");
        assert_eq!(world.issuer.requests(Endpoint::Keys), 1, "{fault:?}");
        // The keys were fetched, so there is no failure in the state. The metrics count it.
        assert!(world.state().last_failure.is_none());
        assert_eq!(world.refreshes("success"), 1);
        assert_eq!(
            world.refreshes("connection") + world.refreshes("status"),
            1,
            "{fault:?}"
        );
    }
}

#[tokio::test]
async fn hanging_metadata_is_replaced_by_the_fixed_path() {
    for fault in [Fault::Hang, Fault::HangBody] {
        let (issuer, clock) = issuer().await;
        issuer.fault(Endpoint::Discovery, fault.clone());
        let short = std::time::Duration::from_millis(500);
        let world = World::on(issuer, clock, |settings| settings.fetch_timeout(short)).await;
        assert_eq!(world.result(&world.good()), "accepted", "{fault:?}");
        assert_eq!(world.refreshes("timeout"), 1, "{fault:?}");
    }
}

#[tokio::test]
async fn wrong_metadata_is_never_replaced() {
    type Break = fn(&Issuer, &Issuer);
    let cases: &[(&str, &str, Break)] = &[
        ("wrong_issuer", "another issuer", |issuer, attacker| {
            issuer.set_metadata("issuer", attacker.url());
        }),
        ("wrong_issuer", "a slash too many", |issuer, _| {
            issuer.set_metadata("issuer", format!("{}/", issuer.url()));
        }),
        ("wrong_issuer", "the issuer in capitals", |issuer, _| {
            issuer.set_metadata("issuer", issuer.url().to_uppercase());
        }),
        (
            "wrong_issuer",
            "a whole other document",
            |issuer, attacker| {
                issuer.serve_metadata(attacker.metadata().to_string());
            },
        ),
        ("invalid_document", "no issuer", |issuer, _| {
            issuer.remove_metadata("issuer");
        }),
        ("invalid_document", "a list of issuers", |issuer, _| {
            issuer.set_metadata("issuer", json!([issuer.url()]));
        }),
        ("invalid_document", "no jwks_uri", |issuer, _| {
            issuer.remove_metadata("jwks_uri");
        }),
        ("invalid_document", "no URL", |issuer, _| {
            issuer.set_metadata("jwks_uri", "keys");
        }),
        ("invalid_document", "no text", |issuer, _| {
            issuer.set_metadata("jwks_uri", json!(null));
        }),
        ("invalid_document", "no JSON", |issuer, _| {
            issuer.serve_metadata("{\"issuer\":");
        }),
        ("invalid_document", "no object", |issuer, _| {
            issuer.serve_metadata("[]");
        }),
        ("invalid_document", "nothing", |issuer, _| {
            issuer.serve_metadata("");
        }),
        ("invalid_document", "more after the end", |issuer, _| {
            issuer.serve_metadata(format!("{}{{}}", issuer.metadata()));
        }),
        ("invalid_document", "a member twice", |issuer, attacker| {
            let twice = format!(r#"{{"jwks_uri":"{}","#, attacker.keys_url());
            issuer.serve_metadata(issuer.metadata().to_string().replacen('{', &twice, 1));
        }),
        ("invalid_document", "a web page", |issuer, _| {
            issuer.fault(Endpoint::Discovery, Fault::Garbage);
        }),
        ("invalid_document", "an empty object", |issuer, _| {
            issuer.fault(Endpoint::Discovery, Fault::Empty);
        }),
        (
            "url_not_allowed",
            "keys of another host",
            |issuer, attacker| {
                issuer.set_metadata("jwks_uri", attacker.keys_url());
            },
        ),
        ("url_not_allowed", "keys by another scheme", |issuer, _| {
            issuer.set_metadata("jwks_uri", issuer.keys_url().replace("http:", "https:"));
        }),
        ("url_not_allowed", "keys from a file", |issuer, _| {
            issuer.set_metadata("jwks_uri", "file:///etc/keys.json");
        }),
        ("url_not_allowed", "keys in the URL itself", |issuer, _| {
            issuer.set_metadata("jwks_uri", "data:application/json,{}");
        }),
        ("url_not_allowed", "keys behind a password", |issuer, _| {
            issuer.set_metadata(
                "jwks_uri",
                issuer.keys_url().replace("//", "//user:password@"),
            );
        }),
        ("redirect", "a way elsewhere", |issuer, attacker| {
            issuer.fault(
                Endpoint::Discovery,
                Fault::Redirect(attacker.discovery_url()),
            );
        }),
        ("redirect", "a way back", |issuer, _| {
            issuer.fault(Endpoint::Discovery, Fault::Redirect(issuer.discovery_url()));
        }),
        ("status", "a refusal", |issuer, _| {
            issuer.fault(Endpoint::Discovery, Fault::Status(StatusCode::FORBIDDEN));
        }),
        ("status", "no content", |issuer, _| {
            issuer.fault(Endpoint::Discovery, Fault::Status(StatusCode::NO_CONTENT));
        }),
        ("too_large", "far too much", |issuer, _| {
            issuer.fault(Endpoint::Discovery, Fault::Huge(1 << 40));
        }),
        ("compressed", "a compressed document", |issuer, _| {
            issuer.fault(Endpoint::Discovery, Fault::Gzip(0));
        }),
    ];
    let attacker = Issuer::start().await;
    let (issuer, clock) = issuer().await;
    for (kind, what, spoil) in cases {
        let asked = issuer.requests(Endpoint::Keys);
        spoil(&issuer, &attacker);
        let okta = settings(&issuer, &clock).start_lazy().unwrap();
        within(clock.wait_for_sleepers(1)).await;
        let failure = okta.key_state().last_failure.expect(what);
        assert_eq!(failure.kind().as_str(), *kind, "{what}");
        assert_eq!(failure.endpoint().as_str(), "discovery", "{what}");
        assert!(!okta.is_ready(), "{what}");
        let token = attacker.token().issuer_claim(issuer.url()).sign();
        assert_eq!(result(&okta, &token), "keys_not_loaded", "{what}");
        assert_eq!(issuer.requests(Endpoint::Keys), asked, "{what}");

        // Once the metadata is right again, the keys are fetched.
        issuer.heal();
        issuer.serve_true_documents();
        clock.advance(clock.next_due().unwrap());
        within(clock.wait_for_sleepers(1)).await;
        assert!(okta.is_ready(), "{what}");
        assert_eq!(
            outcome(request(&okta, &token)).await,
            "unknown_key",
            "{what}"
        );

        drop(okta);
        until(|| clock.sleepers() == 0).await;
    }
    assert_eq!(attacker.requests(Endpoint::Discovery), 0);
    assert_eq!(attacker.requests(Endpoint::Keys), 0);
}

#[tokio::test]
async fn known_keys_endpoint_survives_bad_metadata() {
    let attacker = Issuer::start().await;
    let (issuer, clock) = issuer().await;
    // The query distinguishes this endpoint from Okta's fixed path.
    let endpoint = format!("{}?client_id=0oa1", issuer.keys_url());
    issuer.set_metadata("jwks_uri", endpoint.as_str());
    let world = World::on(issuer, clock, |settings| settings).await;
    let breaks: [fn(&Issuer, &Issuer); 4] = [
        |issuer, _| issuer.fault(Endpoint::Discovery, Fault::Close),
        |issuer, attacker| issuer.set_metadata("jwks_uri", attacker.keys_url()),
        |issuer, attacker| issuer.serve_metadata(attacker.metadata().to_string()),
        |issuer, _| issuer.fault(Endpoint::Discovery, Fault::Garbage),
    ];
    for spoil in breaks {
        // After a failure both documents are fetched, the keys from the known endpoint.
        spoil(&world.issuer, &attacker);
        world.issuer.fault_next(Endpoint::Keys, Fault::Close);
        world.next_attempt().await;
        world.issuer.fault_next(Endpoint::Keys, Fault::Close);
        let discovered = world.issuer.requests(Endpoint::Discovery);
        world.next_attempt().await;
        assert_eq!(world.issuer.requests(Endpoint::Discovery), discovered + 1);
        let failure = world.state().last_failure.unwrap().to_string();
        let expected = format!("{endpoint} could not be used: the connection failed: ");
        assert!(failure.starts_with(&expected), "{failure}");
        world.next_attempt().await;
        assert!(world.state().last_failure.is_none());
        assert_eq!(world.result(&world.good()), "accepted");
        world.issuer.heal();
        world.issuer.serve_true_documents();
        world.issuer.set_metadata("jwks_uri", endpoint.as_str());
    }
    assert_eq!(attacker.requests(Endpoint::Discovery), 0);
    assert_eq!(attacker.requests(Endpoint::Keys), 0);
}

#[tokio::test]
async fn metadata_is_read_again_after_a_failure_and_daily() {
    let world = World::start().await;
    let discovered = || world.issuer.requests(Endpoint::Discovery);
    for _ in 0..20 {
        world.pass(hours(1)).await;
    }
    assert_eq!(discovered(), 1);
    assert_eq!(world.issuer.requests(Endpoint::Keys), 21);
    for _ in 0..10 {
        world.pass(hours(1)).await;
    }
    assert_eq!(discovered(), 2);

    // The keys have moved: the old URL answers 404, and the metadata has the new one.
    let moved = format!("{}?moved", world.issuer.keys_url());
    world.issuer.set_metadata("jwks_uri", moved.as_str());
    world
        .issuer
        .fault_next(Endpoint::Keys, Fault::Status(StatusCode::NOT_FOUND));
    world.pass(hours(1)).await;
    assert_eq!((discovered(), world.last_failure()), (2, Some("status")));
    world.next_attempt().await;
    assert_eq!((discovered(), world.last_failure()), (3, None));
    world
        .issuer
        .fault_next(Endpoint::Keys, Fault::Status(StatusCode::NOT_FOUND));
    world.pass(hours(1)).await;
    let failure = world.state().last_failure.unwrap().to_string();
    assert_eq!(
        failure,
        format!("{moved} could not be used: the answer was 404")
    );
}

#[tokio::test]
async fn late_metadata_moves_the_endpoint_and_drops_validators() {
    let (issuer, clock) = issuer().await;
    issuer.fault_next(Endpoint::Discovery, Fault::Status(StatusCode::NOT_FOUND));
    issuer.set_metadata("jwks_uri", format!("{}?client_id=0oa1", issuer.keys_url()));
    let world = World::on(issuer, clock, |settings| settings).await;
    let is_conditional = || {
        let headers = world.issuer.last_headers(Endpoint::Keys).unwrap();
        headers.contains_key("if-none-match") || headers.contains_key("if-modified-since")
    };
    // The first keys came from Okta's fixed path, the next come from the endpoint in the metadata.
    world.next_attempt().await;
    assert_eq!(world.issuer.requests(Endpoint::Discovery), 2);
    assert!(!is_conditional());
    world.next_attempt().await;
    assert!(is_conditional());
    assert_eq!(world.issuer.requests(Endpoint::Discovery), 2);
    assert_eq!(world.issuer.not_modified(Endpoint::Keys), 1);
    // No document is fetched before it is due.
    world.pass(seconds(60)).await;
    assert_eq!(world.issuer.requests(Endpoint::Keys), 3);
}

#[tokio::test]
async fn member_that_nothing_uses_does_not_prevent_the_start() {
    for member in [
        "registration_endpoint",
        "token_endpoint",
        "introspection_endpoint",
    ] {
        for value in [json!(null), json!(5), json!("https://elsewhere.example/x")] {
            let (issuer, clock) = issuer().await;
            issuer.set_metadata(member, value.clone());
            let world = World::on(issuer, clock, |settings| settings).await;
            assert_eq!(world.result(&world.good()), "accepted", "{member} {value}");
            assert_eq!(world.issuer.requests(Endpoint::Discovery), 1);
        }
    }
}

#[cfg(feature = "sign-in")]
#[tokio::test]
async fn wrong_member_that_sign_in_uses_is_named() {
    let start = async |member: &str, value: serde_json::Value| {
        let (issuer, clock) = issuer().await;
        issuer.set_metadata(member, value);
        let sign_in = okta_tower::SignIn::new();
        let sign_in = sign_in.redirect_uri("http://127.0.0.1:1/authorization-code/callback");
        let settings = settings(&issuer, &clock).client_id("0oa1").sign_in(sign_in);
        within(settings.start())
            .await
            .map_err(|error| error.to_string())
    };
    for (member, value) in [
        ("token_endpoint", json!("https://evil.example/token")),
        ("authorization_endpoint", json!(5)),
        ("end_session_endpoint", json!("/logout")),
    ] {
        let error = start(member, value).await.unwrap_err();
        assert!(error.contains(&format!("its `{member}` is ")), "{error}");
    }
    assert!(start("registration_endpoint", json!(null)).await.is_ok());
    assert!(start("end_session_endpoint", json!(null)).await.is_ok());
}
