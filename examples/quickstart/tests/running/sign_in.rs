//! Sign-in on the test issuer's page, permissions of each role, and sign-out.

use okta_tower_test::{Client, Issuer};
use serde_json::json;

use crate::{
    browser::{Browser, Shown},
    http::ask,
    program::{self, Running},
};

/// Starts the program on `localhost`, for browsers.
fn on_localhost(variables: &[(&str, &str)]) -> Running {
    let mut all = vec![("QUICKSTART_ADDR", "localhost:0")];
    all.extend_from_slice(variables);
    program::with(&all).start()
}

/// Submits the sign-in page.
fn fill_in(browser: &mut Browser, page: &Shown, login: &str) -> Shown {
    let password = format!("{login}-password");
    let fields = [
        ("login", login),
        ("password", &password),
        ("action", "sign-in"),
    ];
    browser.submit(page, &fields)
}

/// Opens this path, signs in, and returns the page after the sign-in.
fn sign_in(browser: &mut Browser, running: &Running, path: &str, login: &str) -> Shown {
    let page = browser.open(&running.at(path));
    assert!(!page.url.starts_with(&running.url), "{}", page.url);
    fill_in(browser, &page, login)
}

/// Returns a browser with a session.
fn signed_in(running: &Running, login: &str) -> Browser {
    let mut browser = Browser::default();
    let page = sign_in(&mut browser, running, "/dashboard", login);
    assert_eq!(
        (page.answer.status, &*page.url),
        (200, &*running.at("/dashboard"))
    );
    browser
}

#[test]
fn dashboard_after_sign_in_shows_the_user() {
    let running = on_localhost(&[]);
    let mut browser = Browser::default();
    let page = sign_in(&mut browser, &running, "/dashboard", "admin");
    assert_eq!(
        (page.answer.status, &*page.url),
        (200, &*running.at("/dashboard"))
    );
    for text in [
        "Alma Admin",
        "admin@example.com",
        "Everyone",
        "Management",
        "Sign out",
    ] {
        assert!(page.answer.body.contains(text), "{text}");
    }
    let home = browser.open(&running.at("/"));
    assert!(
        home.answer.body.contains("Signed in as"),
        "{}",
        home.answer.body
    );

    // The intermediate page posts the ID token to the issuer. A browser submits it by script.
    let between = browser.submit_to(&page, "/logout");
    assert!(between.answer.body.contains("id_token_hint"));
    let out = browser.submit(&between, &[]);
    assert_eq!((out.answer.status, &*out.url), (200, &*running.at("/")));
    assert!(!out.answer.body.contains("Signed in as"));
    let again = browser.open(&running.at("/dashboard"));
    assert!(!again.url.starts_with(&running.url), "{}", again.url);
}

#[test]
fn each_role_gets_its_own_view_and_permissions() {
    let running = on_localhost(&[]);
    let mut viewer = signed_in(&running, "viewer");
    let origin = format!("origin: {}", running.url);
    let state = |viewer: &mut Browser| {
        let page = viewer.open(&running.at("/dashboard"));
        assert!(page.answer.body.contains("Read-only"));
        page.answer.body.contains("The shop accepts orders.")
    };
    assert!(state(&mut viewer));
    for (login, sees, status) in [
        ("nobody", "no role here", 403),
        ("viewer", "Read-only", 403),
        ("admin", "Close the shop", 303),
    ] {
        let mut browser = Browser::default();
        let page = sign_in(&mut browser, &running, "/dashboard", login);
        assert!(page.answer.body.contains(sees), "{login}");
        // Sends what the admin's form sends.
        let answer = browser.fetch("POST", &running.at("/dashboard/close"), &[&origin], "");
        assert_eq!(answer.status, status, "{login}");
        assert_eq!(state(&mut viewer), login != "admin", "{login}");

        let admin = browser
            .fetch("GET", &running.at("/api/admin"), &[], "")
            .status;
        assert_eq!(admin, if login == "admin" { 200 } else { 403 }, "{login}");
    }
}

#[test]
fn cookie_and_token_give_the_same_claims() {
    let running = on_localhost(&[]);
    let mut browser = signed_in(&running, "admin");
    let by_cookie = browser.fetch("GET", &running.at("/api/me"), &[], "").json();
    let printed = running.printed.iter();
    let line = printed.clone().find(|line| line.contains("/api/admin"));
    let (_, header) = line.unwrap().split_once(" -H ").unwrap();
    let by_token = ask(
        "GET",
        &running.at("/api/me"),
        &[header.trim_matches('\'').to_owned()],
    );
    for member in ["user_id", "groups"] {
        assert_eq!(by_cookie[member], by_token.json()[member], "{member}");
    }
    let reports = browser.fetch("GET", &running.at("/api/reports"), &[], "");
    assert_eq!(reports.status, 200);

    let session = browser.fetch("GET", &running.at("/session"), &[], "");
    assert_eq!(session.status, 200);
    assert_eq!(session.json()["groups"], json!(["Everyone", "admin"]));
    let anonymous = Browser::default().fetch("GET", &running.at("/session"), &[], "");
    assert_eq!(anonymous.status, 401);
}

#[test]
fn sign_in_returns_to_the_requested_page() {
    let running = on_localhost(&[]);
    let mut browser = Browser::default();
    let page = sign_in(
        &mut browser,
        &running,
        "/api/me?from=a%20mail&x=%2F",
        "viewer",
    );
    assert_eq!(page.url, running.at("/api/me?from=a%20mail&x=%2F"));
    assert_eq!(page.answer.json()["groups"], json!(["Everyone", "viewer"]));
}

#[test]
fn only_navigations_are_redirected_to_sign_in() {
    let running = on_localhost(&[]);
    let mut browser = Browser::default();
    let script = browser.fetch(
        "GET",
        &running.at("/api/me"),
        &["accept: application/json"],
        "",
    );
    assert_eq!(script.status, 401);
    assert_eq!(
        script.header("content-type"),
        Some("application/problem+json")
    );
    let navigation = [
        "accept: text/html",
        "sec-fetch-mode: navigate",
        "sec-fetch-dest: document",
    ];
    let navigation = browser.fetch("GET", &running.at("/api/me"), &navigation, "");
    assert_eq!(navigation.status, 302);
    let to = navigation.header("location").unwrap();
    assert!(to.contains("/login?return_to="), "{to}");
}

#[test]
fn cookie_on_cross_origin_post_is_rejected() {
    let running = on_localhost(&[]);
    let mut browser = signed_in(&running, "viewer");
    let mut echo = |headers: &[&str]| {
        let headers = [headers, &["content-type: application/json"]].concat();
        browser.fetch(
            "POST",
            &running.at("/api/echo"),
            &headers,
            "{\"n\":[1,null]}",
        )
    };
    let origin = format!("origin: {}", running.url);
    let own = echo(&[&origin]);
    assert_eq!(own.status, 200, "{}", own.body);
    assert_eq!(own.json()["echo"], json!({"n": [1, null]}));
    assert!(own.json()["caller"].as_str().unwrap().starts_with("00u"));
    assert_eq!(echo(&["sec-fetch-site: same-origin"]).status, 200);
    for foreign in [
        &["origin: http://localhost:1"][..],
        &["origin: null"],
        &["sec-fetch-site: cross-site", "origin: https://evil.example"],
        &["sec-fetch-site: same-site", "origin: http://localhost:1"],
        &[],
    ] {
        assert_eq!(echo(foreign).status, 403, "{foreign:?}");
    }
}

#[test]
fn token_from_any_origin_is_accepted() {
    let running = on_localhost(&[]);
    let line = running
        .printed
        .iter()
        .find(|line| line.starts_with("curl "));
    let (_, header) = line.unwrap().split_once(" -H ").unwrap();
    let headers = [
        header.trim_matches('\''),
        "origin: https://elsewhere.example",
        "sec-fetch-site: cross-site",
        "content-type: application/json",
    ];
    let answer = Browser::default().fetch("POST", &running.at("/api/echo"), &headers, "\"hello\"");
    assert_eq!(
        (answer.status, &answer.json()["echo"]),
        (200, &json!("hello"))
    );
}

#[test]
fn invalid_token_with_valid_cookie_is_rejected() {
    let running = on_localhost(&[]);
    let mut browser = signed_in(&running, "admin");
    let mut status = |headers: &[&str]| {
        browser
            .fetch("GET", &running.at("/api/me"), headers, "")
            .status
    };
    assert_eq!(status(&[]), 200);
    assert_eq!(status(&["authorization: Bearer nonsense"]), 401);
}

#[test]
fn copied_cookie_after_sign_out_is_rejected() {
    let running = on_localhost(&[]);
    let mut browser = signed_in(&running, "admin");
    let mut thief = browser.clone();
    let me = |browser: &mut Browser| browser.fetch("GET", &running.at("/api/me"), &[], "").status;
    assert_eq!(me(&mut thief), 200);
    let page = browser.open(&running.at("/dashboard"));
    browser.submit_to(&page, "/logout");
    assert_eq!(me(&mut thief), 401);
    assert_eq!(me(&mut browser), 401);
}

#[test]
fn sign_out_by_get_or_foreign_origin_is_rejected() {
    let running = on_localhost(&[]);
    let mut browser = signed_in(&running, "admin");
    let logout = running.at("/logout");
    assert_eq!(browser.fetch("GET", &logout, &[], "").status, 405);
    let foreign = browser.fetch("POST", &logout, &["origin: https://evil.example"], "");
    assert_eq!(foreign.status, 403);
    assert_eq!(
        browser.fetch("GET", &running.at("/api/me"), &[], "").status,
        200
    );
}

#[test]
fn callback_in_another_browser_does_not_sign_in() {
    let running = on_localhost(&[]);
    let mut browser = Browser::default();
    let page = sign_in(&mut browser, &running, "/dashboard", "admin");
    let callback = page.visited.iter().find(|url| url.contains("code="));
    let callback = callback.expect("a callback").clone();

    let mut other = Browser::default();
    other.open(&callback);
    assert_eq!(
        other.fetch("GET", &running.at("/api/me"), &[], "").status,
        401
    );

    // The same browser already has a session from this callback, and keeps it.
    browser.open(&callback);
    assert_eq!(
        browser.fetch("GET", &running.at("/api/me"), &[], "").status,
        200
    );
}

#[test]
fn cancelled_sign_in_ends_on_a_page_with_a_retry_link() {
    let running = on_localhost(&[]);
    let mut browser = Browser::default();
    let page = browser.open(&running.at("/dashboard"));
    let fields = [
        ("login", "admin"),
        ("password", "guess"),
        ("action", "sign-in"),
    ];
    let wrong = browser.submit(&page, &fields);
    assert!(!wrong.url.starts_with(&running.url), "{}", wrong.url);

    let cancelled = browser.submit(&wrong, &[("action", "cancel")]);
    assert!(cancelled.url.starts_with(&running.url), "{}", cancelled.url);
    assert!(cancelled.answer.status >= 400, "{:?}", cancelled.answer);
    assert!(
        cancelled.answer.body.contains("/login"),
        "a way to try again"
    );
    assert_eq!(
        browser.fetch("GET", &running.at("/api/me"), &[], "").status,
        401
    );
}

#[test]
fn sign_in_from_ip_address_returns_to_host_name() {
    let running = on_localhost(&[]);
    let mut browser = Browser::default();
    let by_number = running.at("/dashboard").replace("localhost", "127.0.0.1");
    let page = browser.open(&by_number);
    let page = fill_in(&mut browser, &page, "viewer");
    assert_eq!(
        (page.answer.status, &*page.url),
        (200, &*running.at("/dashboard"))
    );
}

#[test]
fn form_post_response_mode_signs_in() {
    let running = on_localhost(&[("QUICKSTART_RESPONSE_MODE", "form_post")]);
    let mut browser = Browser::default();
    let form = sign_in(&mut browser, &running, "/dashboard", "viewer");
    assert!(form.answer.body.contains("name=\"code\""), "{form:?}");
    // A browser submits this form by script.
    let page = browser.submit(&form, &[]);
    assert_eq!(
        (page.answer.status, &*page.url),
        (200, &*running.at("/dashboard"))
    );
    assert!(page.visited.iter().all(|url| !url.contains("code=")));
}

#[test]
fn session_is_refreshed_before_its_token_expires() {
    // The lifetime is so short that the refresh is due after a second.
    let running = on_localhost(&[("QUICKSTART_TOKEN_LIFETIME", "2")]);
    let mut browser = signed_in(&running, "viewer");
    let before = browser.session_cookie(&running.url).unwrap().to_owned();
    crate::until("the session is refreshed", || {
        let status = browser.fetch("GET", &running.at("/api/me"), &[], "").status;
        assert_eq!(status, 200);
        browser.session_cookie(&running.url) != Some(&*before)
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn configured_issuer_signs_users_in() {
    let issuer = Issuer::start().await;
    let running = on_localhost(&[
        ("OKTA_OAUTH2_ISSUER", issuer.url()),
        ("OKTA_OAUTH2_CLIENT_ID", "0oaOurs"),
        ("OKTA_OAUTH2_CLIENT_SECRET", "hunter2"),
        ("OKTA_TESTING_DISABLE_HTTPS_CHECK", "true"),
    ]);
    let client = Client::with_secret("0oaOurs", "hunter2");
    issuer.register(client.redirect_uri(running.at("/authorization-code/callback")));
    crate::until("the keys are loaded", || {
        crate::http::get(&running.at("/health/ready")).status == 200
    });
    let mut browser = Browser::default();
    let page = sign_in(&mut browser, &running, "/dashboard", "admin");
    assert!(
        page.visited
            .iter()
            .any(|url| url.starts_with(&running.at("/authorization-code/callback")))
    );
    assert!(page.answer.body.contains("Alma Admin"), "{page:?}");
    let printed = running.printed.join("\n");
    assert!(
        printed.contains(&format!("{}/", running.url)) && !printed.contains("hunter2"),
        "{printed}"
    );
}
