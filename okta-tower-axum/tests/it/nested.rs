//! Sign-in and Axum's `nest`, which removes a prefix from the request's path.

use axum::{Router, http::StatusCode, routing::get as on_get};
use okta_tower::{Okta, SignIn};
use okta_tower_test::{Client, Issuer};

use crate::world::{Answer, get_with};

async fn okta(sign_in: SignIn, callback: &str) -> (Issuer, Okta) {
    let client = Client::with_secret("0oaApp", "s3cr3t").redirect_uri(callback);
    let issuer = Issuer::builder().client(client).start().await.unwrap();
    let okta = Okta::builder(issuer.url())
        .token_cache_bytes(1 << 20)
        .client_id("0oaApp")
        .client_secret("s3cr3t")
        .sign_in(sign_in.redirect_uri(callback))
        .danger()
        .allow_http_on_loopback()
        .start()
        .await;
    (issuer, okta.unwrap())
}

/// The pages of an application, which need a session.
fn pages(okta: &Okta) -> Router {
    Router::new()
        .route("/dashboard", on_get(async || "dashboard"))
        .route_layer(okta.layer())
}

/// Opens a page as a browser does.
async fn open(app: &Router, url: &str, cookies: &str) -> Answer {
    let path = url.strip_prefix("http://localhost:3000").unwrap_or(url);
    let headers = [
        ("host", "localhost:3000"),
        ("cookie", cookies),
        ("sec-fetch-mode", "navigate"),
        ("sec-fetch-dest", "document"),
    ];
    get_with(app, path, None, &headers).await
}

/// Opens a page without a session, signs in, and returns where the sign-in ends.
async fn sign_in_from(issuer: &Issuer, app: &Router, page: &str) -> String {
    let mut cookies = String::new();
    let mut url = page.to_owned();
    for _ in 0..4 {
        let answer = open(app, &url, &cookies).await;
        assert!(answer.status.is_redirection(), "{url}: {answer:?}");
        for field in answer.headers.get_all("set-cookie") {
            let (pair, attributes) = field.to_str().unwrap().split_once(';').unwrap();
            if !attributes.contains("Max-Age=0") {
                cookies = format!("{cookies}; {pair}")
                    .trim_start_matches("; ")
                    .to_owned();
            }
        }
        url = answer.header("location").unwrap().to_owned();
        if url.starts_with(issuer.url()) {
            url = issuer.authorize_as("admin", &url).url();
        }
    }
    assert_eq!(open(app, &url, &cookies).await.status, StatusCode::OK);
    url
}

#[tokio::test]
async fn nested_page_is_returned_to_with_its_prefix() {
    let callback = "http://localhost:3000/authorization-code/callback";
    let (issuer, okta) = okta(SignIn::new(), callback).await;
    let app = Router::new()
        .nest("/app", pages(&okta))
        .nest("/deep", Router::new().nest("/er", pages(&okta)))
        .merge(pages(&okta))
        .layer(okta.sign_in_layer());
    for page in ["/app/dashboard?x=1", "/deep/er/dashboard", "/dashboard?x=1"] {
        let sent = open(&app, page, "").await;
        assert_eq!(sent.status, StatusCode::FOUND);
        let end = sign_in_from(&issuer, &app, page).await;
        assert_eq!(end, format!("http://localhost:3000{page}"));
    }
}

#[tokio::test]
async fn nested_sign_in_layer_works_behind_its_prefix() {
    let callback = "http://localhost:3000/app/authorization-code/callback";
    let (issuer, okta) = okta(SignIn::new().public_prefix("/app"), callback).await;
    let inner = || pages(&okta).layer(okta.sign_in_layer());
    // With `nest`, the paths of sign-in reach the inner router's layer by its fallback only.
    let with_fallback = pages(&okta).fallback(async || StatusCode::NOT_FOUND);
    let with_fallback = with_fallback.layer(okta.sign_in_layer());
    for app in [
        Router::new().nest_service("/app", inner()),
        Router::new().nest("/app", with_fallback),
    ] {
        let end = sign_in_from(&issuer, &app, "/app/dashboard?x=1").await;
        assert_eq!(end, "http://localhost:3000/app/dashboard?x=1");
    }
}
