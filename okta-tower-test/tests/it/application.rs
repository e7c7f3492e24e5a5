//! An application under test: its `Okta`, and a browser that drives it in this process.

use std::convert::Infallible;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use okta_tower::{Okta, ResponseMode, SignIn, auth};
use okta_tower_test::{Browser, Issuer, User};
use tower::{ServiceBuilder, service_fn, util::BoxCloneService};

type Body = Full<Bytes>;

/// Pages that say who asks, behind the layers of an application.
fn app(okta: &Okta) -> BoxCloneService<Request<Body>, Response<Body>, Infallible> {
    let page = service_fn(async |request: Request<Body>| {
        let caller = auth::require_caller(request.extensions()).unwrap();
        let text = format!(
            "{} {} <form method=\"post\" action=\"/logout\"></form>",
            caller.email().unwrap_or(caller.subject()),
            request.uri()
        );
        Ok(Response::new(Body::from(text)))
    });
    let service = ServiceBuilder::new()
        .layer(okta.sign_in_layer())
        .layer(okta.layer())
        .service(page);
    BoxCloneService::new(service)
}

async fn okta(issuer: &Issuer, sign_in: SignIn) -> Okta {
    let okta = issuer.okta_builder().sign_in(sign_in).start().await;
    okta.unwrap()
}

async fn browser(issuer: &Issuer) -> Browser {
    issuer.browser(app(&okta(issuer, SignIn::new()).await))
}

#[tokio::test]
async fn okta_accepts_tokens_of_its_issuer_only() {
    let (issuer, other) = (Issuer::start().await, Issuer::start().await);
    let okta = issuer.okta().await;
    assert!(okta.verify(&issuer.token().sign()).await.is_ok());
    let error = okta.verify(&other.token().sign()).await.unwrap_err();
    assert_eq!(error.reason(), "unknown_key");
}

#[tokio::test]
async fn okta_takes_its_settings_from_the_issuer() {
    let issuer = Issuer::builder()
        .authorization_server("aus9o8z4hr3f")
        .audience("api://ledger")
        .algorithm(okta_tower::Algorithm::Es256)
        .groups_claim("Roles");
    let issuer = issuer.start().await.unwrap();
    let okta = issuer.okta().await;
    let token = issuer.token().groups(["admin"]).sign();
    let caller = okta.verify(&token).await.unwrap();
    assert!(caller.groups().contains("admin"));
}

#[tokio::test]
async fn signed_in_browser_gets_the_page_and_a_new_one_the_sign_in() {
    let issuer = Issuer::start().await;
    let signed_in = browser(&issuer).await.sign_in("admin").await;
    let page = signed_in.open("/dashboard?x=1").await;
    assert_eq!(page.status(), StatusCode::OK);
    assert!(page.text().starts_with("admin@example.com /dashboard?x=1"));
    assert!(!signed_in.cookies().is_empty());

    let new = browser(&issuer).await;
    let page = new.open("/dashboard?x=1").await;
    assert!(page.url().starts_with(&issuer.authorize_url()));
    assert!(page.text().contains("name=\"password\""));
}

#[tokio::test]
async fn sign_in_returns_to_the_page_that_was_opened() {
    let issuer = Issuer::start().await;
    let browser = browser(&issuer).await;
    let page = browser.sign_in_from("/deep/link?x=1", "viewer").await;
    assert!(page.text().starts_with("viewer@example.com /deep/link?x=1"));
    assert_eq!(page.url(), "http://localhost:3000/deep/link?x=1");
}

#[tokio::test]
async fn callback_by_form_post_signs_in_too() {
    let issuer = Issuer::start().await;
    let okta = okta(&issuer, SignIn::new().response_mode(ResponseMode::FormPost)).await;
    let browser = issuer.browser(app(&okta)).sign_in("admin").await;
    assert_eq!(browser.open("/").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn application_may_have_another_origin() {
    let issuer = Issuer::start().await;
    let origin = "https://app.example.com";
    let sign_in = SignIn::new()
        .redirect_uri(format!("{origin}/authorization-code/callback"))
        .cookie_keys("8eAVWYOB7ShzLMsvVkDl9dGmTgBtWmS1k4Yi_sC0Kpc");
    let app = app(&okta(&issuer, sign_in).await);
    let browser = issuer.browser(app).at(origin).sign_in("admin").await;
    let page = browser.open("/dashboard").await;
    assert_eq!(page.url(), "https://app.example.com/dashboard");
    assert!(page.text().starts_with("admin@example.com"));
}

#[tokio::test]
async fn sign_in_as_another_user_replaces_the_session() {
    let issuer = Issuer::start().await;
    let ada = User::new("ada@example.com").groups(["admin"]);
    issuer.add_user(ada);
    let browser = browser(&issuer).await.sign_in("admin").await;
    let browser = browser.sign_in("ada").await;
    assert!(
        browser
            .open("/")
            .await
            .text()
            .starts_with("ada@example.com")
    );
}

#[tokio::test]
async fn sign_out_form_ends_the_session_here_and_at_the_issuer() {
    let issuer = Issuer::start().await;
    let browser = browser(&issuer).await.sign_in("admin").await;
    let page = browser.open("/").await;
    let out = browser.submit(&page, "/logout", &[]).await;
    // The page after the sign-out is protected: the user would have to sign in again.
    assert!(out.url().starts_with(&issuer.authorize_url()), "{out:?}");
    assert!(out.text().contains("name=\"password\""));
}

#[tokio::test]
async fn script_gets_401_without_a_session_and_200_with_one() {
    let issuer = Issuer::start().await;
    let request = || Request::get("/api/me").body("").unwrap();
    let new = browser(&issuer).await;
    let refused = new.send(request()).await;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    let signed_in = new.sign_in("admin").await;
    assert_eq!(signed_in.send(request()).await.status(), StatusCode::OK);
    signed_in.clear_cookies();
    let refused = signed_in.send(request()).await;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn post_of_a_script_passes_the_same_origin_check() {
    let issuer = Issuer::start().await;
    let browser = browser(&issuer).await.sign_in("admin").await;
    let post = || Request::post("/api/orders");
    let sent = browser.send(post().body("{}").unwrap()).await;
    assert_eq!(sent.status(), StatusCode::OK);
    let from_elsewhere = post()
        .header("origin", "https://evil.example")
        .header("sec-fetch-site", "cross-site");
    let sent = browser.send(from_elsewhere.body("{}").unwrap()).await;
    assert_eq!(sent.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
#[should_panic(expected = "viewer cannot sign in")]
async fn sign_in_of_a_disabled_user_panics_with_the_page() {
    let issuer = Issuer::start().await;
    let browser = browser(&issuer).await;
    issuer.disable_user("viewer");
    let _ = browser.sign_in("viewer").await;
}

#[tokio::test]
#[should_panic(expected = "admin cannot sign in")]
async fn sign_in_that_the_application_rejects_panics() {
    let issuer = Issuer::start().await;
    let browser = browser(&issuer).await;
    issuer.tamper_id_token(|claims| {
        claims.insert("nonce".to_owned(), "another".into());
    });
    let _ = browser.sign_in("admin").await;
}
