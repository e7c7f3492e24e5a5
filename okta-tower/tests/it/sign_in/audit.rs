//! What an application's audit log is told of sign-ins, and what the metrics count.

use std::sync::{Arc, Mutex};

use http::StatusCode;
use okta_tower::{Admission, Audit, Identity, OnSignIn, audit::Ended, provision::Decide};
use okta_tower_test::{Endpoint, Fault};

use super::world::{World, sign_in};

/// What came of it, and whose e-mail address goes with it.
type Entry = (String, Option<String>);

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<Entry>>>);

impl Audit for Log {
    fn ended(&self, sign_in: &Ended) {
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
    fn on_sign_in<'a>(&'a self, identity: &'a Identity) -> Decide<'a> {
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
async fn whoever_is_let_in_and_whoever_is_refused_by_the_application_is_named() {
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
async fn nobody_is_named_whom_no_id_token_has_vouched_for() {
    let log = Log::default();
    let world = World::with(sign_in().audit(log.clone()).offline_access()).await;
    let mut browser = world.browser();

    // The person has signed in at the issuer, and the ID token about it is signed by somebody else.
    let callback = world.attempt(&mut browser, "/login", "admin").await;
    world.issuer.tamper_id_token(|claims| {
        claims.insert("nonce".to_owned(), "another".into());
    });
    let told = browser.get(&callback.url()).await;
    assert_eq!(told.status, StatusCode::BAD_GATEWAY);
    // Nobody will use its refresh token, which does not lie around.
    world.issuer.wait_for_requests(Endpoint::Revoke, 1).await;

    // Okta is down when the code is to be exchanged.
    let callback = world.attempt(&mut browser, "/login", "admin").await;
    world.issuer.fault(
        Endpoint::Token,
        Fault::Status(StatusCode::SERVICE_UNAVAILABLE),
    );
    let told = browser.get(&callback.url()).await;
    assert_eq!(told.status, StatusCode::SERVICE_UNAVAILABLE);

    // And a state that nobody has made.
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
