//! Errors of the provider: what the user sees, and what the operator learns.

use std::sync::{Arc, Mutex};

use http::StatusCode;
use okta_tower::{
    audit::{Audit, SignInEvent},
    provision::{Admission, HookFuture, Identity, OnSignIn},
};

use super::world::{Browser, CALLBACK, Seen, World, sign_in};
use crate::world::log::Log;

/// The result and the provider's error.
type Entry = (String, Option<String>);

#[derive(Clone, Default)]
struct Events(Arc<Mutex<Vec<Entry>>>);

impl Audit for Events {
    fn ended(&self, event: &SignInEvent) {
        let error = event.provider_error().map(str::to_owned);
        let entry = (event.result().to_owned(), error);
        self.0.lock().unwrap().push(entry);
    }
}

/// Starts a sign-in, to which the provider answers with this error.
async fn refused(browser: &mut Browser, login: &str, error: &str, description: &str) -> Seen {
    let started = browser.get(login).await;
    let state = started.parameter("state").unwrap();
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("error", error), ("error_description", description)])
        .append_pair("state", &state)
        .finish();
    browser.get(&format!("{CALLBACK}?{query}")).await
}

const NOT_ASSIGNED: &str = "User is not assigned to the client application.";
const POLICY: &str =
    "Policy evaluation failed for this request, please check the policy configuration.";

#[tokio::test]
async fn provider_error_is_in_log_metrics_and_audit() {
    let log = Log::capture();
    let events = Events::default();
    let world = World::with(sign_in().audit(events.clone())).await;
    for (error, description, name, status) in [
        ("invalid_scope", "secret", "invalid_scope", 500),
        ("access_denied", "secret", "access_denied", 403),
        ("access_denied", NOT_ASSIGNED, "not_assigned", 403),
        ("access_denied", POLICY, "policy_failed", 403),
        ("user_canceled_request", "", "user_canceled_request", 403),
        ("server_error", "secret", "server_error", 502),
        (
            "temporarily_unavailable",
            "",
            "temporarily_unavailable",
            503,
        ),
        ("secret", "secret", "other", 502),
    ] {
        let answer = refused(&mut world.browser(), "/login", error, description).await;
        assert_eq!(answer.status.as_u16(), status, "{name}");
        let (_, audited) = events.0.lock().unwrap().last().cloned().unwrap();
        assert_eq!(audited.as_deref(), Some(name));
        let field = format!("provider_error={name:?}");
        assert!(log.text().contains(&field), "{}", log.text());
        let metric = format!("okta_tower_provider_errors_total{{error=\"{name}\"}} 1");
        let metrics = world.okta.metrics().to_string();
        assert!(metrics.contains(&metric), "{metrics}");
    }
    assert!(!log.text().contains("secret"), "{}", log.text());
    // A sign-in that succeeds has no error.
    world.signed_in("admin").await;
    let last = events.0.lock().unwrap().last().cloned();
    assert_eq!(last, Some(("success".to_owned(), None)));
}

#[tokio::test]
async fn option_that_the_provider_rejects_is_400() {
    let world = World::new().await;
    for (login, status) in [
        ("/login?idp=0oaUnknown", StatusCode::BAD_REQUEST),
        ("/login?acr_values=unknown", StatusCode::BAD_REQUEST),
        ("/login", StatusCode::INTERNAL_SERVER_ERROR),
    ] {
        let mut browser = world.browser();
        let answer = refused(&mut browser, login, "invalid_request", "").await;
        assert_eq!(answer.status, status, "{login}");
    }
}

/// Returns the address of the link with this label.
fn link(page: &str, label: &str) -> Option<String> {
    let (before, _) = page.split_once(&format!("\">{label}</a>"))?;
    let (_, address) = before.rsplit_once("href=\"")?;
    Some(address.replace("&amp;", "&"))
}

const ANOTHER: &str = "Use another account";

struct AdminsOnly;

impl OnSignIn for AdminsOnly {
    fn on_sign_in<'a>(&'a self, identity: &'a Identity) -> HookFuture<'a> {
        let is_admin = identity.claims().groups().contains("admin");
        Box::pin(async move {
            Ok(match is_admin {
                true => Admission::allow(),
                false => Admission::deny("Admins only."),
            })
        })
    }
}

#[tokio::test]
async fn rejected_user_can_use_another_account_or_sign_out() {
    let world = World::with(sign_in().on_sign_in(AdminsOnly)).await;
    let mut browser = world.browser();
    let login = "/login?return_to=/a&login_hint=viewer@example.com";
    let callback = world.attempt(&mut browser, login, "viewer").await;
    let denied = browser.get(&callback.url()).await;
    assert_eq!(denied.status, StatusCode::FORBIDDEN);
    let form = format!("action=\"{}/v1/logout\"", world.issuer.url());
    assert!(denied.text.contains(&form), "{}", denied.text);
    assert!(denied.text.contains("name=\"id_token_hint\""));
    assert!(denied.text.contains("Sign out of the identity provider"));
    assert!(!denied.text.contains("<script"), "the user decides");
    // This logout has a state, too.
    let state = &browser.cookies["okta_session-logout"];
    assert!(
        denied
            .text
            .contains(&format!("name=\"state\" value=\"{state}\""))
    );
    // The link to try again asks for the same account, this one for any.
    let another = link(&denied.text, ANOTHER).unwrap();
    let started = browser.get(&another).await;
    assert_eq!(started.parameter("prompt").as_deref(), Some("login"));
    assert_eq!(started.parameter("login_hint"), None);
    let callback = world.issuer.authorize_as("admin", started.location());
    let answered = browser.get(&callback.url()).await;
    let done = browser.get(answered.location()).await;
    assert_eq!(done.location(), "http://localhost:3000/a");
}

#[tokio::test]
async fn account_that_okta_rejects_can_be_changed() {
    let world = World::with(sign_in().prompt("none")).await;
    let mut browser = world.browser();
    let denied = refused(&mut browser, "/login?return_to=/a", "access_denied", "").await;
    let another = link(&denied.text, ANOTHER).unwrap();
    let started = browser.get(&another).await;
    assert_eq!(started.parameter("prompt").as_deref(), Some("login"));
    // No user is known who could sign out.
    assert!(!denied.text.contains("<form"), "{}", denied.text);
    // Another account does not help if the account is not the problem.
    let failed = refused(&mut browser, "/login", "server_error", "").await;
    assert_eq!(link(&failed.text, ANOTHER), None);
}
