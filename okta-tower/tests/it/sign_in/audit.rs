//! What the audit hook receives about sign-ins, and what the metrics count.

use std::sync::{Arc, Mutex};

use http::StatusCode;
use okta_tower::{
    audit::{Audit, SignInEvent},
    provision::{Admission, HookFuture, Identity, OnSignIn},
};
use okta_tower_test::{Endpoint, Fault};

use super::world::{World, sign_in};

/// The result, and the user's e-mail address.
type Entry = (String, Option<String>);

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<Entry>>>);

impl Audit for Log {
    fn ended(&self, sign_in: &SignInEvent) {
        assert_eq!(sign_in.is_success(), sign_in.result() == "success");
        let email = sign_in
            .identity()
            .and_then(|identity| identity.email().map(str::to_owned));
        let entry = (sign_in.result().to_owned(), email);
        self.0.lock().unwrap().push(entry);
    }
}

impl Log {
    fn entries(&self) -> Vec<Entry> {
        self.0.lock().unwrap().clone()
    }
}

struct AdminsOnly;

impl OnSignIn for AdminsOnly {
    fn on_sign_in<'a>(&'a self, identity: &'a Identity) -> HookFuture<'a> {
        let is_admin = identity.claims().groups().contains("admin");
        Box::pin(async move {
            Ok(if is_admin {
                Admission::allow()
            } else {
                Admission::deny("Admins only.")
            })
        })
    }
}

fn entry(result: &str, email: Option<&str>) -> Entry {
    (result.to_owned(), email.map(str::to_owned))
}

#[tokio::test]
async fn audit_names_admitted_and_denied_users() {
    let log = Log::default();
    let world = World::with(sign_in().on_sign_in(AdminsOnly).audit(log.clone())).await;
    world.signed_in("admin").await;
    let mut browser = world.browser();
    let callback = world.attempt(&mut browser, "/login", "viewer").await;
    assert_eq!(
        browser.get(&callback.url()).await.status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        log.entries(),
        [
            entry("success", Some("admin@example.com")),
            entry("denied", Some("viewer@example.com")),
        ]
    );
    let metrics = world.okta.metrics();
    for (result, count) in [("success", 1), ("denied", 1), ("cancelled", 0)] {
        let counted = metrics.get("okta_tower_sign_ins_total", result);
        assert_eq!(counted, Some(count), "{result}");
    }
}

#[tokio::test]
async fn audit_names_no_user_without_a_valid_id_token() {
    let log = Log::default();
    let world = World::with(sign_in().audit(log.clone()).offline_access()).await;
    let mut browser = world.browser();

    // The user has signed in at the issuer, but the ID token belongs to another attempt.
    let callback = world.attempt(&mut browser, "/login", "admin").await;
    world.issuer.tamper_id_token(|claims| {
        claims.insert("nonce".to_owned(), "another".into());
    });
    let answer = browser.get(&callback.url()).await;
    assert_eq!(answer.status, StatusCode::BAD_GATEWAY);
    // The unused refresh token is revoked.
    world.issuer.wait_for_requests(Endpoint::Revoke, 1).await;

    // Okta is unreachable for the code exchange.
    let callback = world.attempt(&mut browser, "/login", "admin").await;
    world.issuer.fault(
        Endpoint::Token,
        Fault::Status(StatusCode::SERVICE_UNAVAILABLE),
    );
    let answer = browser.get(&callback.url()).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);

    // A made-up state.
    browser
        .get("/authorization-code/callback?code=1&state=x")
        .await;
    assert_eq!(
        log.entries(),
        [
            entry("bad_answer", None),
            entry("unavailable", None),
            entry("unknown_state", None),
        ]
    );
}
