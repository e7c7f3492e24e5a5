//! Several tabs, dropped cookies, the Back button, and other host names.

use http::{Request, StatusCode, header};
use okta_tower::Body;

use super::world::{Browser, CALLBACK, World, sign_in};

#[tokio::test]
async fn five_tabs_sign_in_at_once_and_all_succeed() {
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
async fn a_sixth_tab_drops_the_oldest_attempt_which_ends_in_the_session_that_exists() {
    let world = World::new().await;
    let mut browser = world.browser();
    let mut callbacks = Vec::new();
    for _ in 0..6 {
        callbacks.push(world.attempt(&mut browser, "/login", "admin").await);
        world.advance(1);
    }
    assert_eq!(browser.attempts(), 5);
    // Nobody is signed in yet: the dropped one starts over, cleanly.
    let again = browser.get(&callbacks[0].url()).await;
    assert!(again.is_sent_to_okta(&world));
    let answered = browser.get(&callbacks[5].url()).await;
    assert_eq!(answered.status, StatusCode::SEE_OTHER);
    // Now somebody is.
    let home = browser.get(&callbacks[0].url()).await;
    assert_eq!(home.location(), "http://localhost:3000/");
}

#[tokio::test]
async fn attempts_that_are_given_up_do_not_pile_up() {
    let world = World::new().await;
    let mut browser = world.browser();
    for _ in 0..40 {
        browser.get("/login").await;
        assert!(browser.attempts() <= 5);
    }
}

#[tokio::test]
async fn a_callback_that_is_used_twice_ends_in_the_session_and_asks_okta_once() {
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
async fn a_browser_that_keeps_no_cookies_is_sent_round_once_and_then_told() {
    let world = World::new().await;
    let mut browser = world.browser();
    let callback = world.attempt(&mut browser, "/login", "admin").await;
    browser.cookies.clear();
    let again = browser.get(&callback.url()).await;
    assert!(again.is_sent_to_okta(&world), "{again:?}");
    let callback = world.issuer.authorize_as("admin", again.location());
    browser.cookies.clear();
    let told = browser.get(&callback.url()).await;
    assert_eq!(told.status, StatusCode::BAD_REQUEST);
    assert!(told.text.contains("did not keep a cookie"), "{}", told.text);
    assert_eq!(world.issuer.token_requests("authorization_code"), 0);
}

#[tokio::test]
async fn one_dropped_cookie_costs_one_more_round_and_no_more() {
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
async fn a_browser_that_drops_the_session_cookie_is_told_and_not_sent_round() {
    let world = World::new().await;
    let mut browser = world.browser();
    let callback = world
        .attempt(&mut browser, "/login?return_to=/a", "admin")
        .await;
    let answered = browser.get(&callback.url()).await;
    let kept = browser.cookies.clone();
    browser.cookies.clear();
    let told = browser.get(answered.location()).await;
    assert_eq!(told.status, StatusCode::BAD_REQUEST);
    browser.cookies = kept;
    assert_eq!(
        browser.get(answered.location()).await.location(),
        "http://localhost:3000/a"
    );
}

#[tokio::test]
async fn an_attempt_lasts_ten_minutes() {
    for (seconds, status) in [(599, StatusCode::SEE_OTHER), (600, StatusCode::BAD_REQUEST)] {
        let world = World::new().await;
        let mut browser = world.browser();
        let started = browser.get("/login").await;
        world.advance(seconds);
        let callback = world.issuer.authorize_as("admin", started.location());
        assert_eq!(
            browser.get(&callback.url()).await.status,
            status,
            "{seconds}"
        );
    }
}

#[tokio::test]
async fn a_browser_at_another_host_name_is_moved_to_the_public_one_once() {
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
    // A proxy that changes the host name does not send anybody in circles.
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
async fn prompt_none_ends_in_the_session_that_exists_or_on_a_page() {
    let world = World::new().await;
    let mut browser = world.browser();
    for error in ["login_required", "interaction_required", "consent_required"] {
        let started = browser.get("/login?prompt=none&return_to=/a").await;
        let state = started.parameter("state").unwrap();
        let callback = format!("/authorization-code/callback?error={error}&state={state}");
        let told = browser.get(&callback).await;
        assert_eq!(told.status, StatusCode::UNAUTHORIZED, "{error}");
        assert!(
            told.text.contains("href=\"/login?return_to=%2Fa\""),
            "{}",
            told.text
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
async fn a_session_that_exists_is_no_answer_to_who_asks_for_more() {
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
        // The code is refused.
        let mut browser = world.signed_in("viewer").await;
        let callback = world.attempt(&mut browser, &login, "admin").await;
        world.refuse_next_code();
        let refused = browser.get(&callback.url()).await;
        assert_eq!(refused.is_sent_to_okta(&world), !is_enough, "{asked}");
        // Okta says that the person must be asked.
        let started = browser.get(&login).await;
        let state = started.parameter("state").unwrap();
        let callback = format!("{CALLBACK}?error=login_required&state={state}");
        let not_asked = browser.get(&callback).await;
        assert_eq!(not_asked.status == StatusCode::SEE_OTHER, is_enough);
        // It takes too long.
        let callback = world.attempt(&mut browser, &login, "admin").await;
        world.advance(601);
        let late = browser.get(&callback.url()).await;
        assert_eq!(late.status == StatusCode::SEE_OTHER, is_enough, "{asked}");
        let who = browser.get("/").await.text;
        assert!(who.starts_with("viewer@"), "{who}");
    }
}

#[tokio::test]
async fn the_link_to_try_again_does_not_lead_into_the_same_wall() {
    // Nobody is asked unless the link says so.
    let world = World::with(sign_in().prompt("none")).await;
    let mut browser = world.browser();
    let started = browser.get("/login?return_to=/a").await;
    assert_eq!(started.parameter("prompt").as_deref(), Some("none"));
    let state = started.parameter("state").unwrap();
    let callback = format!("{CALLBACK}?error=login_required&state={state}");
    let told = browser.get(&callback).await;
    let link = "/login?return_to=%2Fa&amp;prompt=login\"";
    assert!(told.text.contains(link), "{}", told.text);

    // Okta may know nothing of what the link names.
    for (error, is_kept) in [("invalid_request", false), ("access_denied", true)] {
        let login = "/login?idp=0oaGone&login_hint=ada&max_age=60";
        let started = browser.get(login).await;
        let state = started.parameter("state").unwrap();
        let callback = format!("{CALLBACK}?error={error}&state={state}");
        let told = browser.get(&callback).await;
        assert!(told.text.contains("max_age=60"), "{}", told.text);
        for name in ["idp=", "login_hint="] {
            assert_eq!(told.text.contains(name), is_kept, "{error} {}", told.text);
        }
    }
}

#[tokio::test]
async fn a_tab_whose_code_is_refused_ends_in_the_session_that_another_tab_has_brought() {
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
    let mut stranger = browser.clone();
    browser.get(&first.url()).await;
    world.refuse_next_code();
    let done = browser.get(&second.url()).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    assert_eq!(done.location(), "http://localhost:3000/two");
    // Who asked for a recent sign-in has not had one, and who has no session gets none: there is another attempt.
    world.refuse_next_code();
    let again = browser.get(&third.url()).await;
    assert!(again.is_sent_to_okta(&world));
    assert_eq!(again.parameter("max_age").as_deref(), Some("60"));
    world.refuse_next_code();
    let again = stranger.get(&second.url()).await;
    assert!(again.is_sent_to_okta(&world));
    assert_eq!(stranger.fetch("/").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_code_that_is_refused_costs_one_more_round_and_no_more() {
    let world = World::new().await;
    let again = async |browser: &mut Browser| {
        let login = "/login?return_to=/a&max_age=60&acr_values=urn:okta:loa:1fa:any&prompt=login&login_hint=ada@example.com&idp=0oa9";
        let callback = world.attempt(browser, login, "admin").await;
        world.refuse_next_code();
        let again = browser.get(&callback.url()).await;
        assert!(again.is_sent_to_okta(&world), "{again:?}");
        // What was asked for is asked for again, and nothing of the first attempt is left.
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
    let told = unlucky.get(&callback.url()).await;
    assert_eq!(told.status, StatusCode::BAD_REQUEST);
    assert!(told.text.contains("cannot be continued"), "{}", told.text);
    assert_eq!(unlucky.attempts(), 0);
    // The link to try it again asks for the same.
    let link = "prompt=login&amp;login_hint=ada%40example.com&amp;idp=0oa9&amp;acr_values=urn%3Aokta%3Aloa%3A1fa%3Aany&amp;max_age=60";
    assert!(told.text.contains(link), "{}", told.text);
}

#[tokio::test]
async fn who_presses_try_again_after_prompt_none_is_asked() {
    let world = World::new().await;
    for (prompt, is_kept) in [("none", false), ("select_account", true)] {
        let mut browser = world.browser();
        let login = format!("/login?return_to=/a&prompt={prompt}");
        let started = browser.get(&login).await;
        let state = started.parameter("state").unwrap();
        let callback = format!("{CALLBACK}?error=login_required&state={state}");
        let told = browser.get(&callback).await;
        assert!(told.text.contains("return_to=%2Fa"), "{}", told.text);
        assert_eq!(told.text.contains("prompt="), is_kept, "{}", told.text);
    }
}

#[tokio::test]
async fn a_refused_code_costs_a_fifth_tab_no_other_attempt() {
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
async fn tabs_that_bring_codes_at_the_same_moment_leave_one_session_that_serves() {
    let world = World::new().await;
    let mut browser = world.signed_in("admin").await;
    let one = world.attempt(&mut browser, "/login", "admin").await;
    let two = world.attempt(&mut browser, "/login", "admin").await;
    // Both are sent with the session that there was, which each of them ends.
    let before = browser.clone();
    let answered = browser.get(&one.url()).await;
    let mut other = before.clone();
    let second = other.get(&two.url()).await;
    let mut late = before;
    // The second answer comes last, but for that to what was asked before.
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
async fn a_browser_that_keeps_an_old_session_and_not_the_new_one_is_asked_twice_and_then_told() {
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
    // It was on the way, and is there now.
    let done = browser.get(again.location()).await;
    assert_eq!(done.location(), "http://localhost:3000/a");
    // It is not.
    let told = old.get(again.location()).await;
    assert_eq!(told.status, StatusCode::BAD_REQUEST);
    assert!(told.text.contains("did not keep a cookie"), "{}", told.text);
}
