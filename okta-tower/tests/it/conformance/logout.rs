//! The plan for RP-initiated logout. The suite expects that the relying party handles a return with
//! another `state`, or none. `sign_in/logout.rs` has the cases beyond the suite.

use std::convert::Infallible;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use okta_tower::{Okta, SignIn, auth};
use okta_tower_test::{Browser, Endpoint, Issuer, Page};
use tower::{ServiceBuilder, service_fn, util::BoxCloneService};

use super::world::ORIGIN;
use crate::world::log::Log;

type Body = Full<Bytes>;

/// The event of a return that the check rejects.
const UNPROVEN: &str = "a return from the logout";

/// An application whose pages say who asks, with a button to sign out.
fn app(okta: &Okta) -> BoxCloneService<Request<Body>, Response<Body>, Infallible> {
    let page = service_fn(async |request: Request<Body>| {
        let caller = auth::caller(request.extensions()).unwrap();
        let who = caller.map_or("anonymous", |_| "signed in");
        let form = "<form method=\"post\" action=\"/logout\"></form>";
        Ok(Response::new(Body::from(format!(
            "{who} at {} {form}",
            request.uri()
        ))))
    });
    let service = ServiceBuilder::new()
        .layer(okta.sign_in_layer())
        .layer(okta.layer().optional())
        .service(page);
    BoxCloneService::new(service)
}

async fn signed_in() -> (Issuer, Browser) {
    let issuer = Issuer::start().await;
    let okta = issuer.okta_builder().sign_in(SignIn::new()).start().await;
    let browser = issuer.browser(app(&okta.unwrap()));
    (issuer, browser.sign_in("admin").await)
}

/// Submits the button, and returns the last page.
async fn log_out(browser: &Browser) -> Page {
    let home = browser.open("/").await;
    assert!(home.text().starts_with("signed in at /"), "{home:?}");
    browser.submit(&home, "/logout", &[]).await
}

/// The `state` of the last logout request.
fn sent_state(issuer: &Issuer) -> String {
    let parameters = issuer.last_parameters(Endpoint::Logout);
    let state = parameters.into_iter().find(|(name, _)| name == "state");
    state.expect("a state").1
}

async fn assert_signed_out(issuer: &Issuer, browser: &Browser) {
    let home = browser.open("/").await;
    assert!(home.text().starts_with("anonymous at / "), "{home:?}");
    let asked = browser.open("/login").await;
    assert!(
        asked.url().starts_with(&issuer.authorize_url()),
        "{asked:?}"
    );
}

/// `oidcc-client-test-rp-init-logout`
#[tokio::test]
async fn rp_init_logout_returns_to_the_page() {
    let (issuer, browser) = signed_in().await;
    let log = Log::capture();
    let page = log_out(&browser).await;
    // The state is checked, and is in no URL any more.
    assert_eq!(page.url(), format!("{ORIGIN}/"));
    assert!(page.text().starts_with("anonymous at / "), "{page:?}");
    assert_eq!(log.count("DEBUG okta_tower::session", UNPROVEN), 0);
    assert!(
        !browser.cookies().contains("-logout="),
        "{}",
        browser.cookies()
    );
    let first = sent_state(&issuer);
    assert_signed_out(&issuer, &browser).await;
    // Each logout has a state of its own.
    let browser = browser.sign_in("admin").await;
    log_out(&browser).await;
    assert_ne!(sent_state(&issuer), first);
}

/// `oidcc-client-test-rp-init-logout-other-state`
#[tokio::test]
async fn rp_init_logout_other_state_gets_a_plain_page() {
    let (issuer, browser) = signed_in().await;
    issuer.set_logout_state(Some("another"));
    let log = Log::capture();
    let page = log_out(&browser).await;
    assert_eq!(page.status(), StatusCode::OK, "{page:?}");
    assert_eq!(page.url(), format!("{ORIGIN}/?state=another"));
    assert!(page.text().contains("You are signed out"), "{page:?}");
    assert!(
        page.text().contains("<a href=\"http://localhost:3000/\">"),
        "{page:?}"
    );
    let reason = "reason=\"other_state\"";
    assert_eq!(log.count("DEBUG okta_tower::session", reason), 1, "{log:?}");
    assert_signed_out(&issuer, &browser).await;
}

/// `oidcc-client-test-rp-init-logout-no-state`: for a page of the application, such a return is an
/// ordinary request.
#[tokio::test]
async fn rp_init_logout_no_state_gets_the_applications_page() {
    let (issuer, browser) = signed_in().await;
    issuer.set_logout_state(None);
    let page = log_out(&browser).await;
    assert!(!sent_state(&issuer).is_empty());
    assert_eq!(page.url(), format!("{ORIGIN}/"));
    assert!(page.text().starts_with("anonymous at / "), "{page:?}");
    assert_signed_out(&issuer, &browser).await;
}
