//! Several tabs, dropped cookies, the Back button, and other host names.

use http::{Request, StatusCode, header};
use okta_tower::Body;

use super::world::{Browser, CALLBACK, World, sign_in};

#[tokio::test]
async fn five_concurrent_attempts_succeed() {
    let world = World::new().await;
    let mut browser = world.browser();
    let mut callbacks = Vec::new();
    for tab in 0..5 {
        let login = format!("/login?return_to=/tab/{tab}");
        callbacks.push(world.attempt(&mut browser, &login, "admin").await);
    }
    assert_eq!(browser.attempts(), 5);
    for (tab, callback) in callbacks.iter().enumerate() {
        let answered = browser.get(&callback.url()).await;
        let done = browser.get(answered.location()).await;
        assert_eq!(done.location(), format!("http://localhost:3000/tab/{tab}"));
    }
    assert_eq!(browser.get("/").await.status, StatusCode::OK);
}

#[tokio::test]
async fn sixth_attempt_drops_the_oldest() {
    let world = World::new().await;
    let mut browser = world.browser();
    let mut callbacks = Vec::new();
    for _ in 0..6 {
        callbacks.push(world.attempt(&mut browser, "/login", "admin").await);
        world.advance(1);
    }
    assert_eq!(browser.attempts(), 5);
    // There is no session yet: the dropped attempt starts again.
    let again = browser.get(&callbacks[0].url()).await;
    assert!(again.is_sent_to_okta(&world));
    let answered = browser.get(&callbacks[5].url()).await;
    assert_eq!(answered.status, StatusCode::SEE_OTHER);
    // Now there is a session.
    let home = browser.get(&callbacks[0].url()).await;
    assert_eq!(home.location(), "http://localhost:3000/");
}

#[tokio::test]
async fn abandoned_attempts_are_bounded() {
    let world = World::new().await;
    let mut browser = world.browser();
    for _ in 0..40 {
        browser.get("/login").await;
        assert!(browser.attempts() <= 5);
    }
}

#[tokio::test]
async fn repeated_callback_uses_the_session_and_sends_no_code() {
    let world = World::new().await;
    let mut browser = world.browser();
    let callback = world.attempt(&mut browser, "/login", "admin").await;
    assert_eq!(
        browser.get(&callback.url()).await.status,
        StatusCode::SEE_OTHER
    );
    let back = browser.get(&callback.url()).await;
    assert_eq!(
        (back.status, back.location()),
        (StatusCode::SEE_OTHER, "http://localhost:3000/")
    );
    assert_eq!(world.issuer.token_requests("authorization_code"), 1);
}

#[tokio::test]
async fn browser_without_cookies_is_retried_once_then_an_error() {
    let world = World::new().await;
    let mut browser = world.browser();
    let callback = world.attempt(&mut browser, "/login", "admin").await;
    browser.cookies.clear();
    let again = browser.get(&callback.url()).await;
    assert!(again.is_sent_to_okta(&world), "{again:?}");
    let callback = world.issuer.authorize_as("admin", again.location());
    browser.cookies.clear();
    let answer = browser.get(&callback.url()).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(
        answer.text.contains("did not keep a cookie"),
        "{}",
        answer.text
    );
    assert_eq!(world.issuer.token_requests("authorization_code"), 0);
}

#[tokio::test]
async fn lost_attempt_cookie_is_retried_once() {
    let world = World::new().await;
    let mut browser = world.browser();
    let callback = world.attempt(&mut browser, "/login", "admin").await;
    browser.cookies.clear();
    let again = browser.get(&callback.url()).await;
    let callback = world.issuer.authorize_as("admin", again.location());
    let answered = browser.get(&callback.url()).await;
    assert_eq!(answered.status, StatusCode::SEE_OTHER);
    assert_eq!(
        browser.get("/").await.text,
        "admin@example.com admin Session"
    );
}

#[tokio::test]
async fn dropped_session_cookie_gets_an_error_page() {
    let world = World::new().await;
    let mut browser = world.browser();
    let callback = world
        .attempt(&mut browser, "/login?return_to=/a", "admin")
        .await;
    let answered = browser.get(&callback.url()).await;
    let kept = browser.cookies.clone();
    browser.cookies.clear();
    let answer = browser.get(answered.location()).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    browser.cookies = kept;
    assert_eq!(
        browser.get(answered.location()).await.location(),
        "http://localhost:3000/a"
    );
}

#[tokio::test]
async fn attempt_expires_after_ten_minutes() {
    for (seconds, requests) in [(599, 1), (600, 0)] {
        let world = World::new().await;
        let mut browser = world.browser();
        let started = browser.get("/login").await;
        world.advance(seconds);
        let callback = world.issuer.authorize_as("admin", started.location());
        let answered = browser.get(&callback.url()).await;
        assert_eq!(answered.status, StatusCode::SEE_OTHER, "{seconds}");
        assert_eq!(answered.is_sent_to_okta(&world), requests == 0);
        let sent = world.issuer.token_requests("authorization_code");
        assert_eq!(sent, requests, "{seconds}");
        if requests == 0 {
            // The sign-in starts over once.
            world.advance(seconds);
            let callback = world.issuer.authorize_as("admin", answered.location());
            let answered = browser.get(&callback.url()).await;
            assert_eq!(answered.status, StatusCode::BAD_REQUEST);
        }
    }
}

#[tokio::test]
async fn slow_sign_in_ends_on_the_requested_page() {
    for (seconds, page) in [
        (11 * 60, "/reports/7#summary"),
        (59 * 60, "/reports/7#summary"),
        // The browser has dropped the attempt's cookie.
        (61 * 60, "/"),
    ] {
        let world = World::new().await;
        let mut browser = world.browser();
        let started = browser
            .get("/login?return_to=/reports/7%23summary&max_age=7200")
            .await;
        world.advance(seconds);
        if seconds > 60 * 60 {
            browser.cookies.clear();
        }
        let callback = world.issuer.authorize_as("admin", started.location());
        let again = browser.get(&callback.url()).await;
        assert!(again.is_sent_to_okta(&world), "{again:?}");
        let callback = world.issuer.authorize_as("admin", again.location());
        let answered = browser.get(&callback.url()).await;
        let done = browser.get(answered.location()).await;
        assert_eq!(done.location(), format!("http://localhost:3000{page}"));
        assert_eq!(browser.get("/").await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn slow_sign_in_that_failed_is_not_repeated() {
    let world = World::new().await;
    let mut browser = world.browser();
    let started = browser.get("/login").await;
    let state = started.parameter("state").unwrap();
    world.advance(11 * 60);
    let url = format!("{CALLBACK}?error=access_denied&state={state}");
    assert_eq!(browser.get(&url).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn other_host_name_is_redirected_to_the_public_one_once() {
    let world = World::new().await;
    let mut browser = world.browser();
    let at = |host: &str, path: &str| {
        let request = Request::get(path).header(header::HOST, host);
        request.body(Body::default()).unwrap()
    };
    let moved = browser
        .send(at("127.0.0.1:3000", "/login?return_to=/a&prompt=login"))
        .await;
    assert_eq!(
        moved.location(),
        "http://localhost:3000/login?prompt=login&return_to=%2Fa&moved=1"
    );
    assert_eq!(browser.attempts(), 0);
    // A proxy that changes the host name causes no redirect loop.
    let path = moved
        .location()
        .strip_prefix("http://localhost:3000")
        .unwrap()
        .to_owned();
    let started = browser.send(at("127.0.0.1:3000", &path)).await;
    assert!(started.is_sent_to_okta(&world));
    let started = browser.send(at("LOCALHOST", "/login")).await;
    assert!(started.is_sent_to_okta(&world));
}

#[tokio::test]
async fn failed_prompt_none_uses_the_session_or_shows_a_page() {
    let world = World::new().await;
    let mut browser = world.browser();
    for error in ["login_required", "interaction_required", "consent_required"] {
        let started = browser.get("/login?prompt=none&return_to=/a").await;
        let state = started.parameter("state").unwrap();
        let callback = format!("/authorization-code/callback?error={error}&state={state}");
        let answer = browser.get(&callback).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{error}");
        assert!(
            answer.text.contains("href=\"/login?return_to=%2Fa\""),
            "{}",
            answer.text
        );
    }
    let mut browser = world.signed_in("viewer").await;
    let started = browser.get("/login?prompt=none&return_to=/a").await;
    let state = started.parameter("state").unwrap();
    let callback = format!("/authorization-code/callback?error=login_required&state={state}");
    assert_eq!(
        browser.get(&callback).await.location(),
        "http://localhost:3000/a"
    );
}

#[tokio::test]
async fn existing_session_does_not_satisfy_stronger_requests() {
    for (asked, is_enough) in [
        ("login_hint=ada@example.com", true),
        ("prompt=none", true),
        ("prompt=login", false),
        ("prompt=login%20consent", false),
        ("idp=0oa9", false),
        ("max_age=60", false),
        ("prompt=none&max_age=60", false),
        ("acr_values=urn:okta:loa:1fa:any", false),
    ] {
        let world = World::new().await;
        let login = format!("/login?return_to=/a&{asked}");
        // The code is rejected.
        let mut browser = world.signed_in("viewer").await;
        let callback = world.attempt(&mut browser, &login, "admin").await;
        world.refuse_next_code();
        let refused = browser.get(&callback.url()).await;
        assert_eq!(refused.is_sent_to_okta(&world), !is_enough, "{asked}");
        // Okta requires interaction.
        let started = browser.get(&login).await;
        let state = started.parameter("state").unwrap();
        let callback = format!("{CALLBACK}?error=login_required&state={state}");
        let not_asked = browser.get(&callback).await;
        assert_eq!(not_asked.status == StatusCode::SEE_OTHER, is_enough);
        // The attempt expires.
        let callback = world.attempt(&mut browser, &login, "admin").await;
        world.advance(601);
        let late = browser.get(&callback.url()).await;
        assert_eq!(late.status, StatusCode::SEE_OTHER, "{asked}");
        assert_eq!(late.is_sent_to_okta(&world), !is_enough, "{asked}");
        let who = browser.get("/").await.text;
        assert!(who.starts_with("viewer@"), "{who}");
    }
}

#[tokio::test]
async fn retry_link_drops_what_caused_the_error() {
    // Sign-ins use `prompt=none` unless the link says otherwise.
    let world = World::with(sign_in().prompt("none")).await;
    let mut browser = world.browser();
    let started = browser.get("/login?return_to=/a").await;
    assert_eq!(started.parameter("prompt").as_deref(), Some("none"));
    let state = started.parameter("state").unwrap();
    let callback = format!("{CALLBACK}?error=login_required&state={state}");
    let answer = browser.get(&callback).await;
    let link = "/login?return_to=%2Fa&amp;prompt=login\"";
    assert!(answer.text.contains(link), "{}", answer.text);

    // The link may name what Okta does not know.
    for (error, is_kept) in [("invalid_request", false), ("access_denied", true)] {
        let login = "/login?idp=0oaGone&login_hint=ada&max_age=60";
        let started = browser.get(login).await;
        let state = started.parameter("state").unwrap();
        let callback = format!("{CALLBACK}?error={error}&state={state}");
        let answer = browser.get(&callback).await;
        assert!(answer.text.contains("max_age=60"), "{}", answer.text);
        for name in ["idp=", "login_hint="] {
            assert_eq!(
                answer.text.contains(name),
                is_kept,
                "{error} {}",
                answer.text
            );
        }
    }
}

#[tokio::test]
async fn rejected_code_falls_back_to_another_tabs_session() {
    let world = World::new().await;
    let mut browser = world.browser();
    let (first, second, third) = (
        world
            .attempt(&mut browser, "/login?return_to=/one", "admin")
            .await,
        world
            .attempt(&mut browser, "/login?return_to=/two", "admin")
            .await,
        world
            .attempt(&mut browser, "/login?return_to=/three&max_age=60", "admin")
            .await,
    );
    let mut other = browser.clone();
    browser.get(&first.url()).await;
    world.refuse_next_code();
    let done = browser.get(&second.url()).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    assert_eq!(done.location(), "http://localhost:3000/two");
    // A retry follows if a recent sign-in was requested, or if there is no session.
    world.refuse_next_code();
    let again = browser.get(&third.url()).await;
    assert!(again.is_sent_to_okta(&world));
    assert_eq!(again.parameter("max_age").as_deref(), Some("60"));
    world.refuse_next_code();
    let again = other.get(&second.url()).await;
    assert!(again.is_sent_to_okta(&world));
    assert_eq!(other.fetch("/").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn rejected_code_is_retried_once() {
    let world = World::new().await;
    let again = async |browser: &mut Browser| {
        let login = "/login?return_to=/a&max_age=60&acr_values=urn:okta:loa:1fa:any\
                     &prompt=login&login_hint=ada@example.com&idp=0oa9";
        let callback = world.attempt(browser, login, "admin").await;
        world.refuse_next_code();
        let again = browser.get(&callback.url()).await;
        assert!(again.is_sent_to_okta(&world), "{again:?}");
        // The retry has the same parameters, and nothing of the first attempt is left.
        for (name, value) in [
            ("max_age", "60"),
            ("acr_values", "urn:okta:loa:1fa:any"),
            ("prompt", "login"),
            ("login_hint", "ada@example.com"),
            ("idp", "0oa9"),
        ] {
            assert_eq!(again.parameter(name).as_deref(), Some(value), "{name}");
        }
        assert_eq!(browser.attempts(), 1);
        world.issuer.authorize_as("admin", again.location())
    };
    let mut browser = world.browser();
    let callback = again(&mut browser).await;
    let answered = browser.get(&callback.url()).await;
    let done = browser.get(answered.location()).await;
    assert_eq!(done.location(), "http://localhost:3000/a");

    let mut unlucky = world.browser();
    let callback = again(&mut unlucky).await;
    world.refuse_next_code();
    let answer = unlucky.get(&callback.url()).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(
        answer.text.contains("cannot be continued"),
        "{}",
        answer.text
    );
    assert_eq!(unlucky.attempts(), 0);
    // The retry link has the same parameters.
    let link = "prompt=login&amp;login_hint=ada%40example.com&amp;idp=0oa9\
                &amp;acr_values=urn%3Aokta%3Aloa%3A1fa%3Aany&amp;max_age=60";
    assert!(answer.text.contains(link), "{}", answer.text);
}

#[tokio::test]
async fn retry_link_after_prompt_none_has_no_prompt_none() {
    let world = World::new().await;
    for (prompt, is_kept) in [("none", false), ("select_account", true)] {
        let mut browser = world.browser();
        let login = format!("/login?return_to=/a&prompt={prompt}");
        let started = browser.get(&login).await;
        let state = started.parameter("state").unwrap();
        let callback = format!("{CALLBACK}?error=login_required&state={state}");
        let answer = browser.get(&callback).await;
        assert!(answer.text.contains("return_to=%2Fa"), "{}", answer.text);
        assert_eq!(answer.text.contains("prompt="), is_kept, "{}", answer.text);
    }
}

#[tokio::test]
async fn retry_of_a_fifth_attempt_keeps_the_other_four() {
    let world = World::new().await;
    let mut browser = world.browser();
    let mut callbacks = Vec::new();
    for tab in 0..5 {
        let login = format!("/login?return_to=/{tab}");
        callbacks.push(world.attempt(&mut browser, &login, "admin").await);
    }
    world.refuse_next_code();
    let again = browser.get(&callbacks[4].url()).await;
    assert!(again.is_sent_to_okta(&world), "{again:?}");
    assert_eq!(browser.attempts(), 5);
    let answered = browser.get(&callbacks[0].url()).await;
    let done = browser.get(answered.location()).await;
    assert_eq!(done.location(), "http://localhost:3000/0");
}

#[tokio::test]
async fn concurrent_callbacks_leave_one_valid_session() {
    let world = World::new().await;
    let mut browser = world.signed_in("admin").await;
    let one = world.attempt(&mut browser, "/login", "admin").await;
    let two = world.attempt(&mut browser, "/login", "admin").await;
    // Both requests carry the earlier session, which each of them ends.
    let before = browser.clone();
    let answered = browser.get(&one.url()).await;
    let mut other = before.clone();
    let second = other.get(&two.url()).await;
    let mut late = before;
    // The second response arrives after the first; an earlier request's response arrives last.
    for (name, value) in &other.cookies {
        browser.cookies.insert(name.clone(), value.clone());
    }
    let refused = late.fetch("/").await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    assert!(!refused.headers.contains_key(header::SET_COOKIE));
    for location in [answered.location(), second.location()] {
        let done = browser.get(location).await;
        assert_eq!(done.location(), "http://localhost:3000/");
    }
    assert_eq!(browser.get("/").await.status, StatusCode::OK);
}

#[tokio::test]
async fn unstored_new_session_is_retried_once_then_an_error() {
    let world = World::new().await;
    let mut browser = world.signed_in("admin").await;
    let mut old = browser.clone();
    let callback = world
        .attempt(&mut browser, "/login?return_to=/a", "admin")
        .await;
    let answered = browser.get(&callback.url()).await;
    let again = old.get(answered.location()).await;
    assert_eq!(
        again.location(),
        "http://localhost:3000/login/done?to=%2Fa&again=1"
    );
    // The new cookie arrives in the meantime.
    let done = browser.get(again.location()).await;
    assert_eq!(done.location(), "http://localhost:3000/a");
    // The new cookie does not arrive.
    let answer = old.get(again.location()).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(
        answer.text.contains("did not keep a cookie"),
        "{}",
        answer.text
    );
}
