//! The public forms against the test issuer: which mails are sent, and what responses reveal.

use cross_tests::visitor::{Answer, Visitor};
use okta_tower_test::{Endpoint, Fault, Issuer, MailKind};
use reqwest::{Client, Method, StatusCode, header};
use scaffold::{Started, world::until};

const TOKEN: &str = "a-token-of-the-test";

struct World {
    issuer: Issuer,
    program: Started,
}

impl World {
    async fn start() -> Self {
        let issuer = Issuer::start().await;
        issuer.register_api_token(TOKEN);
        issuer.sign_in_automatically_as("viewer");
        Self {
            program: program(&issuer, &[("OKTA_AUTH_TOKEN", TOKEN)]),
            issuer,
        }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.program.url())
    }

    /// Submits a form as a new visitor.
    async fn fill(&self, path: &str, typed: &[(&str, &str)]) -> Answer {
        let visitor = Visitor::new();
        let page = visitor.open(&self.url(path)).await;
        assert_eq!(page.status, StatusCode::OK);
        visitor.fill(&page, typed).await
    }

    async fn register(&self, email: &str) -> Answer {
        let typed = [
            ("email", email),
            ("first_name", "Grace"),
            ("last_name", "Hopper"),
        ];
        self.fill("/register", &typed).await
    }

    async fn mails(&self, count: usize) {
        until(async || self.issuer.mails().len() == count).await;
    }
}

fn program(issuer: &Issuer, variables: &[(&str, &str)]) -> Started {
    Started::at(
        issuer,
        env!("CARGO_BIN_EXE_rest-provisioning"),
        env!("CARGO_TARGET_TMPDIR"),
        "/authorization-code/callback",
        variables,
    )
}

#[tokio::test]
async fn registration_sends_a_mail_and_shows_no_link() {
    let world = World::start().await;
    let response = world.register("grace@example.com").await;
    assert_eq!(response.status, StatusCode::OK);
    assert_eq!(response.url.path(), "/mail-sent");
    world.mails(1).await;
    let mail = &world.issuer.mails()[0];
    assert_eq!(
        (&*mail.to, mail.kind),
        ("grace@example.com", MailKind::Activation)
    );
    assert!(!response.text.contains(&mail.link) && !response.text.contains("welcome"));
    // The account waits for activation. Registration alone creates no session.
    let profile = world.url("/api/profile");
    let answer = Visitor::new().ask(Method::GET, &profile).await.unwrap();
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn response_does_not_reveal_whether_an_account_exists() {
    let world = World::start().await;
    let typed = |email| [("email", email)];
    for path in ["/activate", "/forgot"] {
        let known = world.fill(path, &typed("admin@example.com")).await;
        let unknown = world.fill(path, &typed("eve@example.com")).await;
        assert_eq!(known.status, unknown.status);
        assert_eq!((&known.text, &known.url), (&unknown.text, &unknown.url));
    }
    let known = world.register("admin@example.com").await;
    let unknown = world.register("grace@example.com").await;
    assert_eq!((known.status, &known.text), (unknown.status, &unknown.text));
    // The known address gets one mail, for a new password; the new address gets its activation
    // mail.
    world.mails(2).await;
    let mails = world.issuer.mails();
    let mail = |to: &str| {
        let mut of = mails.iter().filter(|mail| mail.to == to);
        (of.next().map(|mail| mail.kind), of.count())
    };
    assert_eq!(
        mail("admin@example.com"),
        (Some(MailKind::PasswordReset), 0)
    );
    assert_eq!(mail("grace@example.com"), (Some(MailKind::Activation), 0));
}

#[tokio::test]
async fn activation_mail_is_sent_again_by_either_form() {
    let world = World::start().await;
    world.register("grace@example.com").await;
    world.mails(1).await;
    let email = [("email", "Grace@example.com")];
    world.fill("/activate", &email).await;
    world.mails(2).await;
    world.register("grace@example.com").await;
    world.mails(3).await;
    let kinds = world.issuer.mails();
    assert!(kinds.iter().all(|mail| mail.kind == MailKind::Activation));
}

#[tokio::test]
async fn password_request_does_not_end_the_victims_access() {
    let world = World::start().await;
    world
        .fill("/forgot", &[("email", "viewer@example.com")])
        .await;
    world.mails(1).await;
    let page = Visitor::new().open(&world.url("/api/profile")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
}

#[tokio::test]
async fn mails_to_one_address_are_limited_silently() {
    let world = World::start().await;
    let email = [("email", "admin@example.com")];
    for _ in 0..5 {
        let response = world.fill("/forgot", &email).await;
        assert_eq!(
            (response.status, response.url.path()),
            (StatusCode::OK, "/mail-sent")
        );
    }
    // Requests are processed in order: when this one is done, so are the others.
    world.register("grace@example.com").await;
    until(async || {
        world
            .issuer
            .mails()
            .iter()
            .any(|mail| mail.to == "grace@example.com")
    })
    .await;
    assert_eq!(world.issuer.mails().len(), 4);
}

#[tokio::test]
async fn exhausted_form_does_not_limit_other_forms() {
    let world = World::start().await;
    for tag in ["", "+1", "+2", "+3"] {
        let email = format!("admin{tag}@example.com");
        world.fill("/activate", &[("email", &email)]).await;
        let email = [("email", "viewer@example.com")];
        world.fill("/activate", &email).await;
    }
    world
        .fill("/forgot", &[("email", "admin@example.com")])
        .await;
    world.mails(1).await;
    assert_eq!(world.issuer.mails()[0].kind, MailKind::PasswordReset);
}

#[tokio::test]
async fn staged_account_is_not_activated_by_public_forms() {
    let world = World::start().await;
    world.issuer.set_user_status("nobody@example.com", "STAGED");
    let email = [("email", "nobody@example.com")];
    world.fill("/activate", &email).await;
    world.fill("/forgot", &email).await;
    world.register("nobody@example.com").await;
    // When the mail of the next request is there, all of these are processed.
    world.register("grace@example.com").await;
    until(async || world.issuer.mails().len() == 1).await;
    assert_eq!(world.issuer.mails()[0].to, "grace@example.com");
}

#[tokio::test]
async fn twenty_first_form_from_one_network_is_rejected() {
    let world = World::start().await;
    for number in 0..21 {
        let email = format!("user-{number}@example.com");
        let response = world.fill("/activate", &[("email", &email)]).await;
        let is_last = number == 20;
        let status = if is_last {
            StatusCode::TOO_MANY_REQUESTS
        } else {
            StatusCode::OK
        };
        assert_eq!(response.status, status, "{number}");
        assert_eq!(response.headers.contains_key(header::RETRY_AFTER), is_last);
    }
}

#[tokio::test]
async fn form_from_another_site_is_rejected() {
    let world = World::start().await;
    let visitor = Visitor::new();
    let page = visitor.open(&world.url("/forgot")).await;
    let email = ("email", "admin@example.com");
    for (token, site, status) in [
        (true, "same-origin", StatusCode::SEE_OTHER),
        (true, "cross-site", StatusCode::FORBIDDEN),
        (false, "same-origin", StatusCode::FORBIDDEN),
    ] {
        let field = page.text.split("name=\"csrf_token\" value=\"").nth(1);
        let field = field.unwrap().split('"').next().unwrap();
        let sent = if token { field } else { "another" };
        let answer = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap()
            .post(world.url("/forgot"))
            .header("cookie", format!("csrf={field}"))
            .header("sec-fetch-site", site)
            .form(&[("csrf_token", sent), email])
            .send();
        assert_eq!(answer.await.unwrap().status(), status, "{token} {site}");
    }
    world.mails(1).await;
}

#[tokio::test]
async fn failed_request_to_okta_is_retried_in_background() {
    let world = World::start().await;
    for fault in [Fault::Status(StatusCode::SERVICE_UNAVAILABLE), Fault::Close] {
        let before = world.issuer.mails().len();
        world.issuer.fault_next(Endpoint::Users, fault);
        let email = format!("grace-{before}@example.com");
        let response = world.register(&email).await;
        assert_eq!(response.url.path(), "/mail-sent");
        world.mails(before + 1).await;
    }
}

#[tokio::test]
async fn session_is_refreshed_and_survives_an_outage() {
    let world = World::start().await;
    let scopes = ("OKTA_OAUTH2_SCOPES", "openid profile email offline_access");
    let program = program(&world.issuer, &[scopes]);
    // The refresh is due at once.
    world
        .issuer
        .set_access_token_lifetime(std::time::Duration::from_secs(1));
    let (visitor, url) = (Visitor::new(), format!("{}/api/profile", program.url()));
    let first = visitor.open(&url).await;
    assert_eq!(first.status, StatusCode::OK);
    let asked = world.issuer.requests(Endpoint::Token);
    until(async || {
        let again = visitor.open(&url).await;
        assert_eq!(again.status, StatusCode::OK);
        assert!(again.text.contains("viewer@example.com"));
        world.issuer.requests(Endpoint::Token) > asked
    })
    .await;
    // The next tokens are valid for longer than the test.
    world
        .issuer
        .set_access_token_lifetime(std::time::Duration::from_secs(3600));
    let asked = world.issuer.requests(Endpoint::Token);
    until(async || {
        visitor.open(&url).await;
        world.issuer.requests(Endpoint::Token) > asked
    })
    .await;
    world.issuer.stop_listening().await;
    let again = visitor.open(&url).await;
    assert_eq!(again.status, StatusCode::OK);
}

#[tokio::test]
async fn forms_without_api_credentials_do_not_exist() {
    let issuer = Issuer::start().await;
    let program = program(&issuer, &[]);
    for path in ["/register", "/activate", "/forgot"] {
        let page = Visitor::new()
            .open(&format!("{}{path}", program.url()))
            .await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
    }
    let home = Visitor::new().open(program.url()).await;
    assert!(!home.text.contains("/register"));
}
