//! The fault matrix: everything that can go wrong between an application and its issuer, at start
//! and later.

use std::time::Duration;

use http::StatusCode;
use okta_tower::{Algorithm, Okta, keys::KeyStatus};
use okta_tower_test::{Endpoint, Fault, Issuer, Key, ManualClock};

use super::scripted::{Scripted, answer};
use super::world::{WEEK, World, issuer, result, settings, until, within};

/// Long enough for a valid response on a busy machine, and short enough to wait for in a test.
const FETCH_TIMEOUT: Duration = Duration::from_secs(1);

/// Each fault, the failure kind that it causes, and whether metadata with the fault counts as
/// absent.
fn matrix(attacker: &Issuer) -> Vec<(Fault, &'static str, bool)> {
    let status = |code| Fault::Status(StatusCode::from_u16(code).unwrap());
    vec![
        (status(404), "status", true),
        (status(429), "status", true),
        (status(500), "status", true),
        (status(503), "status", true),
        (status(204), "status", false),
        (status(304), "status", false),
        (status(403), "status", false),
        (Fault::Close, "connection", true),
        (Fault::Truncated, "connection", true),
        (Fault::Hang, "timeout", true),
        (Fault::HangBody, "timeout", true),
        (Fault::Drip(Duration::from_millis(10)), "timeout", true),
        (Fault::Garbage, "invalid_document", false),
        (Fault::Huge(1 << 40), "too_large", false),
        (Fault::HugeAnnounced(1 << 40), "too_large", false),
        (Fault::Gzip(0), "compressed", false),
        (Fault::Gzip(1 << 30), "compressed", false),
        (Fault::Redirect(attacker.keys_url()), "redirect", false),
    ]
}

/// An issuer that has the real keys' names, but other keys.
async fn attacker(issuer: &Issuer) -> (Issuer, Key) {
    let attacker = Issuer::start().await;
    let key = issuer.forged_key();
    attacker.serve_keys(serde_json::json!({ "keys": [key.to_jwk()] }).to_string());
    attacker.serve_metadata(issuer.metadata().to_string());
    (attacker, key)
}

fn forged(issuer: &Issuer, key: &Key) -> String {
    let token = issuer.token().user("eve@example.com").key(key.clone());
    token.expires_in(WEEK).sign()
}

fn assert_untouched(attacker: &Issuer, fault: &Fault) {
    assert_eq!(attacker.requests(Endpoint::Keys), 0, "{fault:?}");
    assert_eq!(attacker.requests(Endpoint::Discovery), 0, "{fault:?}");
}

#[tokio::test]
async fn faulty_keys_at_start_are_not_ready_and_recover() {
    let (issuer, clock) = issuer().await;
    let (attacker, key) = attacker(&issuer).await;
    for (fault, kind, _) in matrix(&attacker) {
        issuer.fault(Endpoint::Keys, fault.clone());
        let settings = settings(&issuer, &clock).fetch_timeout(FETCH_TIMEOUT);
        let okta = settings.start_lazy().unwrap();
        within(clock.wait_for_sleepers(1)).await;
        let state = okta.key_state();
        let failure = state.last_failure.unwrap();
        assert_eq!(failure.kind().as_str(), kind, "{fault:?}");
        assert_eq!(failure.endpoint().as_str(), "keys", "{fault:?}");
        assert_eq!(state.status, KeyStatus::NotLoaded, "{fault:?}");
        let (good, forged) = (issuer.token().sign(), forged(&issuer, &key));
        assert_eq!(result(&okta, &good), "keys_not_loaded", "{fault:?}");
        assert_eq!(result(&okta, &forged), "keys_not_loaded", "{fault:?}");
        // No connection of a hanging or endless response is left open.
        within(issuer.wait_for_connections(0)).await;

        issuer.heal();
        clock.advance(clock.next_due().unwrap());
        within(clock.wait_for_sleepers(1)).await;
        assert_eq!(result(&okta, &good), "accepted", "{fault:?}");
        assert_eq!(result(&okta, &forged), "bad_signature", "{fault:?}");
        assert_untouched(&attacker, &fault);
        drop(okta);
        until(|| clock.sleepers() == 0).await;
    }
}

#[tokio::test]
async fn faulty_metadata_at_start_is_replaced_or_awaited() {
    let (issuer, clock) = issuer().await;
    let (attacker, key) = attacker(&issuer).await;
    for (fault, kind, is_absence) in matrix(&attacker) {
        let asked = issuer.requests(Endpoint::Keys);
        issuer.fault(Endpoint::Discovery, fault.clone());
        let settings = settings(&issuer, &clock).fetch_timeout(FETCH_TIMEOUT);
        let okta = settings.start_lazy().unwrap();
        within(clock.wait_for_sleepers(1)).await;
        let (good, forged) = (issuer.token().sign(), forged(&issuer, &key));
        let metrics = okta.metrics();
        let failed = metrics.get("okta_tower_key_refreshes_total", kind);
        assert_eq!(failed, Some(1), "{fault:?}");
        if is_absence {
            assert_eq!(result(&okta, &good), "accepted", "{fault:?}");
            assert_eq!(result(&okta, &forged), "bad_signature", "{fault:?}");
        } else {
            assert_eq!(result(&okta, &good), "keys_not_loaded", "{fault:?}");
            assert_eq!(issuer.requests(Endpoint::Keys), asked, "{fault:?}");
        }
        within(issuer.wait_for_connections(0)).await;

        issuer.heal();
        clock.advance(clock.next_due().unwrap());
        within(clock.wait_for_sleepers(1)).await;
        assert_eq!(okta.key_state().status, KeyStatus::Fresh, "{fault:?}");
        assert_eq!(result(&okta, &good), "accepted", "{fault:?}");
        assert_untouched(&attacker, &fault);
        drop(okta);
        until(|| clock.sleepers() == 0).await;
    }
}

#[tokio::test]
async fn faulty_keys_later_keep_the_old_keys_in_use() {
    let world = World::with(|settings| settings.fetch_timeout(FETCH_TIMEOUT)).await;
    let (attacker, key) = attacker(&world.issuer).await;
    let seen = world.good();
    assert_eq!(world.result(&seen), "accepted");
    for (fault, kind, _) in matrix(&attacker) {
        world.issuer.fault(Endpoint::Keys, fault.clone());
        // While the fetch is under way …
        world.clock.advance(world.clock.next_due().unwrap());
        until(|| world.state().is_refreshing).await;
        assert_eq!(world.result(&seen), "accepted", "{fault:?}");
        assert_eq!(world.result(&world.good()), "accepted", "{fault:?}");
        // … and after it.
        within(world.clock.wait_for_sleepers(1)).await;
        // A hanging fetch ends at its timeout, which `within` has waited for.
        if world.last_failure() == Some(kind) {
            assert_eq!(world.status(), KeyStatus::Stale, "{fault:?}");
        } else {
            // 304 answers the conditional request, so it is not a fault.
            assert!(
                matches!(fault, Fault::Status(StatusCode::NOT_MODIFIED)),
                "{fault:?}"
            );
            assert_eq!(world.status(), KeyStatus::Fresh, "{fault:?}");
        }
        assert_eq!(world.state().kids.len(), 2, "{fault:?}");
        assert_eq!(world.result(&seen), "accepted", "{fault:?}");
        assert_eq!(world.result(&world.good()), "accepted", "{fault:?}");
        assert_eq!(
            world.result(&forged(&world.issuer, &key)),
            "bad_signature",
            "{fault:?}"
        );
        within(world.issuer.wait_for_connections(0)).await;

        world.issuer.heal();
        world.next_attempt().await;
        assert_eq!(world.status(), KeyStatus::Fresh, "{fault:?}");
        assert!(world.state().last_failure.is_none(), "{fault:?}");
        assert_untouched(&attacker, &fault);
    }
}

#[tokio::test]
async fn rotation_during_an_outage_is_found_after_the_outage() {
    let world = World::start().await;
    let before = world.good();
    world
        .issuer
        .fault_everywhere(&Fault::Status(StatusCode::BAD_GATEWAY));
    world.next_attempt().await;
    world.issuer.rotate_in_emergency();
    let after = world.good();
    world.next_attempt().await;
    assert_eq!(world.result(&before), "accepted");
    // The issuer has failed, so the token is not called invalid.
    assert_eq!(world.result(&after), "key_unconfirmed");
    world.issuer.heal();
    world.next_attempt().await;
    assert_eq!(world.result(&before), "unknown_key");
    assert_eq!(world.result(&after), "accepted");
}

/// The result of a start without metadata and with this response for the keys.
async fn first_keys(keys: String) -> Result<Okta, String> {
    let server = Scripted::start([answer("404 Not Found", "", ""), keys]).await;
    let okta = within(server.settings(&ManualClock::new()).start()).await;
    okta.map_err(|error| error.to_string())
}

#[tokio::test]
async fn content_type_is_ignored_and_encoding_is_rejected() {
    let key = Key::generate(Algorithm::Rs256);
    let keys = serde_json::json!({ "keys": [key.to_jwk()] }).to_string();
    for headers in [
        "",
        "content-type: application/json\r\n",
        "content-type: application/jwk-set+json; charset=utf-8\r\n",
        "content-type: text/plain\r\n",
        "content-encoding: identity\r\n",
    ] {
        let okta = first_keys(answer("200 OK", headers, &keys)).await;
        assert_eq!(okta.unwrap().key_state().kids, [key.kid()], "{headers}");
    }
    for headers in [
        "content-encoding: gzip\r\n",
        "content-encoding: br\r\n",
        "content-encoding: unheard-of\r\n",
        "content-encoding: identity, gzip\r\n",
        "content-encoding: identity\r\ncontent-encoding: gzip\r\n",
    ] {
        let error = first_keys(answer("200 OK", headers, &keys))
            .await
            .unwrap_err();
        assert!(error.contains("compressed"), "{headers}: {error}");
    }
}

#[tokio::test]
async fn document_over_the_size_limit_is_rejected() {
    let key = Key::generate(Algorithm::Rs256);
    let mut keys = serde_json::json!({ "keys": [key.to_jwk()] }).to_string();
    keys.push_str(&" ".repeat(256 * 1024 - keys.len()));
    let chunked = |body: &str| {
        let headers = "HTTP/1.1 200 OK\r\nconnection: close\r\ntransfer-encoding: chunked";
        format!("{headers}\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n", body.len())
    };
    assert!(first_keys(answer("200 OK", "", &keys)).await.is_ok());
    assert!(first_keys(chunked(&keys)).await.is_ok());
    keys.push(' ');
    for answer in [answer("200 OK", "", &keys), chunked(&keys)] {
        let error = first_keys(answer).await.unwrap_err();
        assert!(
            error.ends_with("the answer is larger than the limit"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn document_with_a_status_other_than_200_is_rejected() {
    let key = Key::generate(Algorithm::Rs256);
    let keys = serde_json::json!({ "keys": [key.to_jwk()] }).to_string();
    for status in [
        "201 Created",
        "203 Non-Authoritative Information",
        "206 Partial Content",
        "300 Multiple Choices",
        "410 Gone",
    ] {
        let error = first_keys(answer(status, "", &keys)).await.unwrap_err();
        assert!(
            error.ends_with(&format!("the answer was {}", &status[..3])),
            "{error}"
        );
    }
    let error = first_keys(answer("304 Not Modified", "", ""))
        .await
        .unwrap_err();
    assert!(error.ends_with("the answer was 304"), "{error}");
    let error = first_keys("220 mail.example.com ESMTP\r\n\r\n".to_owned())
        .await
        .unwrap_err();
    assert!(error.contains("the connection failed: "), "{error}");
}
