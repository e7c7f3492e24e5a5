//! Several applications of one issuer: no session of one serves in another.

use http::{Request, StatusCode};
use okta_tower::{Okta, SameSite, SignIn};
use okta_tower_test::{Client, Issuer, ManualClock};
use tower::{Layer, service_fn};

use super::world::{Browser, KEY, ORIGIN, ask, fetch, navigation, sign_in, who, world_with};
use crate::world::okta;

const PAYROLL: &str = "http://localhost:4000/authorization-code/callback";

/// An issuer with two clients, and an application of each. Both have the same keys.
async fn two_applications(set: impl Fn(SignIn) -> SignIn) -> (Issuer, Okta, Okta) {
    let clock = ManualClock::new();
    let builder = Issuer::builder().clock(clock.clone());
    let callback = format!("{ORIGIN}/authorization-code/callback");
    let issuer = builder
        .client(Client::with_secret("0oaApp", "secret").redirect_uri(&callback))
        .client(Client::with_secret("0oaPayroll", "secret").redirect_uri(PAYROLL))
        .start()
        .await
        .unwrap();
    let application = async |client: &str, callback: &str| {
        let sign_in = set(SignIn::new().redirect_uri(callback).cookie_keys(KEY));
        let set = |okta: okta_tower::OktaBuilder| {
            okta.client_id(client)
                .client_secret("secret")
                .sign_in(sign_in)
        };
        okta(&issuer, &clock, set).await
    };
    let app = application("0oaApp", &callback).await;
    let payroll = application("0oaPayroll", PAYROLL).await;
    (issuer, app, payroll)
}

async fn signed_in(issuer: &Issuer, okta: &Okta, browser: &mut Browser) {
    let service = okta.sign_in_service();
    let answer = browser.ask(&service, Request::get("/login")).await;
    let location = answer.header("location").unwrap();
    let url = issuer.authorize_as("viewer", location).url();
    let target = &url[url.find("/authorization-code").unwrap()..];
    let answer = browser.ask(&service, Request::get(target)).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{answer:?}");
}

#[tokio::test]
async fn cookie_of_one_client_is_refused_by_another() {
    let (issuer, app, payroll) = two_applications(|set| set.cookie_name("shared")).await;
    let mut browser = Browser::default();
    signed_in(&issuer, &app, &mut browser).await;
    let app = app.layer().layer(service_fn(who));
    assert_eq!(ask(&app, browser.with(fetch("/"))).await.body, "a session");
    let payroll = payroll.layer().layer(service_fn(who));
    let answer = ask(&payroll, browser.with(fetch("/"))).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(answer.reason(), Some("session_unreadable"));
}

#[tokio::test]
async fn two_applications_on_localhost_keep_each_others_sessions() {
    let (issuer, app, payroll) = two_applications(|set| set).await;
    // One browser: cookies do not differ by port.
    let mut browser = Browser::default();
    signed_in(&issuer, &app, &mut browser).await;
    signed_in(&issuer, &payroll, &mut browser).await;
    for okta in [&app, &payroll] {
        let service = okta.layer().layer(service_fn(who));
        assert_eq!(
            ask(&service, browser.with(fetch("/"))).await.body,
            "a session"
        );
    }
    let logout = Request::post("/logout").header("origin", "http://localhost:4000");
    browser.ask(&payroll.sign_in_service(), logout).await;
    let service = payroll.layer().layer(service_fn(who));
    let answer = ask(&service, browser.with(fetch("/"))).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    let service = app.layer().layer(service_fn(who));
    assert_eq!(
        ask(&service, browser.with(fetch("/"))).await.body,
        "a session"
    );
}

#[tokio::test]
async fn cookies_for_frames_have_the_configured_attributes() {
    for (same_site, wanted) in [
        (SameSite::Lax, "SameSite=Lax"),
        (SameSite::None, "SameSite=None"),
        (SameSite::Partitioned, "SameSite=None"),
    ] {
        let settings = sign_in()
            .same_site(same_site)
            .session_cookie_until_browser_closes();
        let world = world_with(settings).await;
        let service = world.okta.sign_in_service();
        let mut browser = Browser::default();
        let answer = browser.ask(&service, navigation("/login")).await;
        let location = answer.header("location").unwrap();
        let url = world.issuer.authorize_as("ada@example.com", location).url();
        let target = url.strip_prefix(ORIGIN).unwrap();
        let callback = browser.ask(&service, navigation(target)).await;
        let is_partitioned = same_site == SameSite::Partitioned;
        for answer in [&answer, &callback] {
            for field in answer.headers.get_all("set-cookie") {
                let field = field.to_str().unwrap();
                assert!(field.contains(wanted), "{field}");
                assert_eq!(field.contains("Partitioned"), is_partitioned, "{field}");
                assert_eq!(
                    field.contains("Secure"),
                    same_site != SameSite::Lax,
                    "{field}"
                );
                let is_session = field.starts_with("okta_session=");
                assert_ne!(field.contains("Max-Age"), is_session, "{field}");
            }
        }
        assert!(browser.session().is_some(), "{same_site:?}");
    }
}
