//! The headers of the sign-in service, and its pages for provider errors.

use std::sync::{Arc, Mutex};

use http::{Request, StatusCode, header};
use okta_tower::{
    Body,
    pages::{ActionKind, Document, Page, PageKind, Pages, SignInProblem},
    provision::{Admission, HookFuture, Identity, OnSignIn},
};

use super::world::{CALLBACK, World, sign_in};
use crate::world::okta;

#[tokio::test]
async fn responses_carry_security_headers() {
    let world = World::new().await;
    let mut browser = world.browser();
    let callback = world.attempt(&mut browser, "/login", "admin").await;
    for url in [
        "/login".to_owned(),
        callback.url(),
        "/login/done?to=/".into(),
        "/session".into(),
        "/login?prompt=x".into(),
    ] {
        let seen = browser.get(&url).await;
        assert_eq!(seen.headers[header::CACHE_CONTROL], "no-store", "{url}");
        assert_eq!(
            seen.headers[header::REFERRER_POLICY],
            "no-referrer",
            "{url}"
        );
        assert_eq!(
            seen.headers[header::X_CONTENT_TYPE_OPTIONS],
            "nosniff",
            "{url}"
        );
        let policy = seen.headers[header::CONTENT_SECURITY_POLICY]
            .to_str()
            .unwrap();
        assert!(policy.contains("frame-ancestors 'none'"), "{url}");
    }
}

#[tokio::test]
async fn provider_error_page_has_its_status_and_a_retry_link() {
    let world = World::new().await;
    for (error, status, says) in [
        ("access_denied", StatusCode::FORBIDDEN, "cancelled"),
        ("server_error", StatusCode::BAD_GATEWAY, "reported an error"),
        (
            "invalid_scope",
            StatusCode::INTERNAL_SERVER_ERROR,
            "operator of this application",
        ),
        (
            "unauthorized_client",
            StatusCode::INTERNAL_SERVER_ERROR,
            "operator of this application",
        ),
        (
            "temporarily_unavailable",
            StatusCode::SERVICE_UNAVAILABLE,
            "in a minute",
        ),
        (
            "unmet_authentication_requirements",
            StatusCode::FORBIDDEN,
            "stronger",
        ),
        (
            "%3Cscript%3E",
            StatusCode::BAD_GATEWAY,
            "operator of this application",
        ),
    ] {
        let mut browser = world.browser();
        let started = browser.get("/login?return_to=/a").await;
        let state = started.parameter("state").unwrap();
        let url = format!(
            "{CALLBACK}?error={error}&error_description=%3Cb%3Ehello%3C/b%3E&state={state}"
        );
        let answer = browser.get(&url).await;
        assert_eq!(answer.status, status, "{error}");
        assert!(answer.text.contains(says), "{error}: {}", answer.text);
        assert!(
            answer.text.contains("href=\"/login?return_to=%2Fa\""),
            "{error}"
        );
        for leak in ["hello", "<script", &*state] {
            assert!(!answer.text.contains(leak), "{error}: {leak}");
        }
        assert_eq!(browser.attempts(), 0);
    }
}

#[tokio::test]
async fn other_paths_pass_and_other_methods_are_405() {
    let world = World::new().await;
    let mut browser = world.browser();
    assert_eq!(
        browser.fetch("/login/help").await.status,
        StatusCode::UNAUTHORIZED
    );
    let delete = Request::delete("/login").body(Body::default());
    assert_eq!(
        browser.send(delete.unwrap()).await.status,
        StatusCode::METHOD_NOT_ALLOWED
    );
    // Only a third party posts here, and names the issuer.
    assert_eq!(
        browser.post("/login", "", "same-origin").await.status,
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn unconfigured_sign_in_passes_every_path_on() {
    use okta_tower::Body;
    use tower::{Layer, ServiceExt, service_fn};
    let world = World::new().await;
    let okta = okta(&world.issuer, &world.clock, |okta| okta).await;
    let request = || Request::get("/login").body(Body::default()).unwrap();
    let inner = service_fn(|_: Request<Body>| async {
        Ok::<_, std::convert::Infallible>(http::Response::new(b"mine".to_vec()))
    });
    let passed = okta
        .sign_in_layer()
        .layer(inner)
        .oneshot(request())
        .await
        .unwrap();
    assert_eq!(passed.into_body(), b"mine");
    let unknown = okta.sign_in_service().oneshot(request()).await.unwrap();
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
    let known = world
        .okta
        .sign_in_service()
        .oneshot(request())
        .await
        .unwrap();
    assert_eq!(known.status(), StatusCode::SEE_OTHER);
}

/// Writes every page in one look, and keeps what the pages are about.
#[derive(Clone, Default)]
struct German {
    written: Arc<Mutex<Vec<PageKind>>>,
}

impl Pages for German {
    fn write(&self, page: &Page) -> Document {
        self.written.lock().unwrap().push(page.kind().clone());
        let title = match page.kind() {
            PageKind::Problem(SignInProblem::Denied(_)) => "Kein Zugang",
            PageKind::Problem(_) => "Das ging nicht",
            PageKind::SigningOut => "Bis bald",
            _ => "Hallo",
        };
        let mut body = format!("<h1 class=\"haus\">{title}</h1><p>{}</p>", page.text());
        for action in page.actions() {
            let is_retry = action.kind() == ActionKind::Retry;
            body += &action.html(if is_retry { "Noch einmal" } else { "Weiter" });
        }
        let language = page.languages().next().unwrap_or("de");
        Document::new(title, body)
            .language(language)
            .style("h1 { color: red }")
    }
}

struct DenyAll;

impl OnSignIn for DenyAll {
    fn on_sign_in<'a>(&'a self, _: &'a Identity) -> HookFuture<'a> {
        Box::pin(async { Ok(Admission::deny("Nicht vor <Montag>.")) })
    }
}

#[tokio::test]
async fn own_pages_replace_every_page() {
    let german = German::default();
    let settings = sign_in().pages(german.clone());
    let world = World::with(settings.opener("https://spa.example.com")).await;
    let mut browser = world.signed_in("admin").await;
    let callback = world
        .attempt(&mut browser, "/login?mode=popup", "admin")
        .await;
    let popup = browser.get(&callback.url()).await;
    assert!(popup.text.contains("okta-tower:signed-in") && popup.text.contains("<script>"));
    let mut pages = vec![popup];
    pages.push(browser.post("/logout", "", "same-origin").await);
    assert!(pages[1].text.contains("name=\"id_token_hint\""));
    assert!(
        pages[1]
            .text
            .contains("<button type=\"submit\">Weiter</button>")
    );
    pages.push(browser.post("/save", "", "same-origin").await);
    pages.push(browser.get("/login?prompt=x").await);
    pages.push(browser.post("/session", "", "same-origin").await);
    assert!(pages[4].text.contains("Noch einmal</a>"));
    pages.push(browser.get("/?state=another").await);
    assert!(
        pages[5]
            .text
            .contains("<a href=\"http://localhost:3000/\">Weiter</a>")
    );
    for page in &pages {
        assert!(page.text.contains("<h1 class=\"haus\">"), "{page:?}");
        assert!(page.text.contains("<html lang=\"de\">"), "{page:?}");
        let policy = page.headers[header::CONTENT_SECURITY_POLICY]
            .to_str()
            .unwrap();
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
        assert!(policy.contains("style-src 'sha256-"), "{policy}");
    }
    let written = german.written.lock().unwrap().clone();
    assert_eq!(
        written,
        [
            PageKind::SignedIn,
            PageKind::SigningOut,
            PageKind::SignInRequired,
            PageKind::Problem(SignInProblem::BadRequest),
            PageKind::Problem(SignInProblem::WrongMethod),
            PageKind::SignedOut,
        ]
    );
}

#[tokio::test]
async fn own_page_escapes_the_reason_of_a_denial() {
    let german = German::default();
    let world = World::with(sign_in().pages(german.clone()).on_sign_in(DenyAll)).await;
    let mut browser = world.browser();
    let callback = world.attempt(&mut browser, "/login", "viewer").await;
    let denied = browser.get(&callback.url()).await;
    assert_eq!(denied.status, StatusCode::FORBIDDEN);
    assert!(
        denied.text.contains("Nicht vor &lt;Montag&gt;."),
        "{}",
        denied.text
    );
    let reason = SignInProblem::Denied("Nicht vor <Montag>.".into());
    assert_eq!(*german.written.lock().unwrap(), [PageKind::Problem(reason)]);
}

#[tokio::test]
async fn own_page_knows_the_browsers_languages() {
    let world = World::with(sign_in().pages(German::default())).await;
    for (field, language) in [("fr;q=0.2, nl", "nl"), ("\"><script>", "de")] {
        let request = Request::get("/login?prompt=x").header(header::ACCEPT_LANGUAGE, field);
        let page = world
            .browser()
            .send(request.body(Body::default()).unwrap())
            .await;
        let tag = format!("<html lang=\"{language}\">");
        assert!(page.text.contains(&tag), "{}", page.text);
    }
}
