//! The sign-in page, the consent page and the other pages.

use reqwest::header;

use crate::{
    browser::{Browser, attribute},
    world::{App, CALLBACK, claims, encode, request, send},
};

#[tokio::test]
async fn page_sign_in_starts_a_browser_session() {
    let app = App::start().await;
    let browser = Browser::new(&app);
    let page = browser.authorize(&[]).await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("admin-password"));

    let back = browser.sign_in(&page, "viewer", "viewer-password").await;
    assert_eq!(back.status, 303);
    assert!(back.location().starts_with(CALLBACK));
    assert_eq!(back.query("state").as_deref(), Some("af0ifjsldkj"));
    let first = app.exchange(&back.query("code").unwrap()).await.json;
    assert_eq!(claims(&first, "id_token")["email"], "viewer@example.com");

    // A second request shows no page and keeps the time of the sign-in.
    app.advance(60);
    let back = browser.authorize(&[]).await;
    assert_eq!(back.status, 302);
    let second = app.exchange(&back.query("code").unwrap()).await.json;
    let (first, second) = (claims(&first, "id_token"), claims(&second, "id_token"));
    assert_eq!(first["auth_time"], second["auth_time"]);
    assert_eq!(first["sub"], second["sub"]);

    // Another browser gets the page.
    assert_eq!(Browser::new(&app).authorize(&[]).await.status, 200);
}

#[tokio::test]
async fn wrong_password_shows_error_and_allows_retry() {
    let app = App::start().await;
    let browser = Browser::new(&app);
    let mut page = browser.authorize(&[]).await;
    for (login, password) in [
        ("mallory", "admin-password"),
        ("admin", ""),
        ("admin", "viewer-password"),
    ] {
        page = browser.sign_in(&page, login, password).await;
        assert_eq!(page.status, 200);
        assert!(page.text.contains("role=\"alert\">Unable to sign in"));
        assert!(page.text.contains(&format!("required value=\"{login}\"")));
        assert_eq!(browser.cookie(), None);
    }
    let back = browser.sign_in(&page, "admin", "admin-password").await;
    assert_eq!(back.status, 303);
    assert!(browser.cookie().is_some());
}

#[tokio::test]
async fn disabled_user_cannot_sign_in_and_loses_the_session() {
    let app = App::start().await;
    let browser = Browser::new(&app);
    let page = browser.authorize(&[]).await;
    browser.sign_in(&page, "admin", "admin-password").await;
    assert_eq!(browser.authorize(&[]).await.status, 302);
    app.issuer.disable_user("admin");
    let page = browser.authorize(&[]).await;
    assert_eq!(page.status, 200);
    let again = browser.sign_in(&page, "admin", "admin-password").await;
    assert!(again.text.contains("Unable to sign in"));
}

#[tokio::test]
async fn cancel_reports_access_denied() {
    let app = App::start().await;
    let browser = Browser::new(&app);
    let page = browser.authorize(&[]).await;
    let back = browser.submit(&page, &[("action", "cancel")]).await;
    assert_eq!(back.status, 303);
    assert_eq!(back.query("error").as_deref(), Some("access_denied"));
    assert_eq!(back.query("state").as_deref(), Some("af0ifjsldkj"));
    assert_eq!(back.query("code"), None);
}

#[tokio::test]
async fn page_is_valid_once_and_for_an_hour() {
    let app = App::start().await;
    let browser = Browser::new(&app);
    let page = browser.authorize(&[]).await;
    assert_eq!(
        browser
            .sign_in(&page, "admin", "admin-password")
            .await
            .status,
        303
    );
    assert_eq!(
        browser
            .sign_in(&page, "admin", "admin-password")
            .await
            .status,
        400
    );

    let browser = Browser::new(&app);
    let (early, late) = (browser.authorize(&[]).await, browser.authorize(&[]).await);
    app.advance(3599);
    assert_eq!(
        browser
            .sign_in(&early, "admin", "admin-password")
            .await
            .status,
        303
    );
    app.advance(1);
    assert_eq!(
        browser
            .sign_in(&late, "admin", "admin-password")
            .await
            .status,
        400
    );
}

#[tokio::test]
async fn each_sign_in_gets_a_new_session_id() {
    let app = App::start().await;
    let browser = Browser::new(&app);
    let page = browser.authorize(&[]).await;
    browser.sign_in(&page, "admin", "admin-password").await;
    let first = browser.cookie();
    let page = browser.authorize(&[("prompt", "login")]).await;
    browser.sign_in(&page, "viewer", "viewer-password").await;
    assert_ne!(browser.cookie(), first);
}

#[tokio::test]
async fn browser_session_expires_after_two_idle_hours() {
    let app = App::start().await;
    let browser = Browser::new(&app);
    let page = browser.authorize(&[]).await;
    browser.sign_in(&page, "admin", "admin-password").await;
    for _ in 0..2 {
        app.advance(7199);
        assert_eq!(browser.authorize(&[]).await.status, 302);
    }
    app.advance(7200);
    assert_eq!(browser.authorize(&[]).await.status, 200);
}

#[tokio::test]
async fn untrusted_request_shows_an_error_page() {
    let app = App::start().await;
    app.issuer.sign_in_automatically_as("admin");
    for change in [
        ("client_id", "0oaUnknown"),
        ("client_id", ""),
        ("redirect_uri", "https://evil.example/callback"),
        ("redirect_uri", ""),
    ] {
        let reply = app.get(&app.authorize_url(&[change])).await;
        assert_eq!(reply.status, 400, "{change:?}");
        assert_eq!(reply.headers.get(header::LOCATION), None);
    }
    let markup = ("redirect_uri", "http://a/\"><script>alert(1)</script>");
    let reply = app.get(&app.authorize_url(&[markup])).await;
    assert!(!reply.text.contains("<script>"));
    // Control: the unchanged request succeeds.
    assert_eq!(app.get(&app.authorize_url(&[])).await.status, 302);
}

#[tokio::test]
async fn form_post_page_submits_by_script_or_button() {
    let app = App::start().await;
    app.issuer.sign_in_automatically_as("admin");
    let page = app
        .get(&app.authorize_url(&[("response_mode", "form_post")]))
        .await;
    assert_eq!(page.status, 200);
    assert_eq!(attribute(&page.text, "action"), CALLBACK);
    assert_eq!(attribute(&page.text, "name=\"state\" value"), "af0ifjsldkj");
    assert!(page.text.contains("<button>Continue</button>"));
    // The content security policy permits this script.
    let nonce = attribute(&page.text, "script nonce");
    let policy = page.headers[header::CONTENT_SECURITY_POLICY]
        .to_str()
        .unwrap();
    assert!(policy.contains(&format!("script-src 'nonce-{nonce}'")));
    assert!(policy.contains("default-src 'none'"));
    let code = attribute(&page.text, "name=\"code\" value");
    assert_eq!(app.exchange(&code).await.status, 200);
}

#[tokio::test]
async fn error_uses_the_requested_response_mode() {
    let app = App::start().await;
    let form_post = ("response_mode", "form_post");
    let page = app
        .get(&app.authorize_url(&[form_post, ("prompt", "none")]))
        .await;
    assert_eq!(
        attribute(&page.text, "name=\"error\" value"),
        "login_required"
    );
    let fragment = ("response_mode", "fragment");
    let back = app
        .get(&app.authorize_url(&[fragment, ("prompt", "none")]))
        .await;
    assert!(
        back.location()
            .starts_with(&format!("{CALLBACK}#error=login_required"))
    );
}

#[tokio::test]
async fn authorization_request_may_be_a_form() {
    let app = App::start().await;
    app.issuer.sign_in_automatically_as("admin");
    let post = |text: &str| {
        app.http
            .post(format!("{}{text}", app.issuer.authorize_url()))
    };
    let back = send(post(""), &request(&[])).await;
    assert_eq!(back.status, 303);
    assert!(back.query("code").is_some());
    // A POST ignores the query.
    let query = format!("?{}", encode(&request(&[])));
    assert_eq!(send(post(&query), &[]).await.status, 400);
}

#[tokio::test]
async fn pages_forbid_caching_and_framing() {
    let app = App::start().await;
    let page = app
        .get(&app.authorize_url(&[("login_hint", "a\"b@example.com")]))
        .await;
    assert_eq!(page.headers[header::CACHE_CONTROL], "no-store");
    assert_eq!(page.headers[header::REFERRER_POLICY], "no-referrer");
    let policy = page.headers[header::CONTENT_SECURITY_POLICY]
        .to_str()
        .unwrap();
    assert!(policy.contains("frame-ancestors 'none'"));
    assert!(!page.text.contains("<script"));
    assert!(page.text.contains("value=\"a&quot;b@example.com\""));
}
