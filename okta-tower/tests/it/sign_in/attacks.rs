//! Attacks on the sign-in, each with a twin without the attack.

use http::StatusCode;
use okta_tower_test::Client;

use super::world::{Browser, CALLBACK, CLIENT, World, sign_in};

async fn is_signed_in(browser: &mut Browser) -> bool {
    browser.fetch("/").await.status == StatusCode::OK
}

/// Spellings of another site, a script, or a redirect loop.
const ELSEWHERE: [&str; 74] = [
    "https://evil.example",
    "https://evil.example/",
    "http://evil.example/a",
    "HTTPS://evil.example",
    "//evil.example",
    "//evil.example/a",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "/%5Cevil.example",
    "/%5cevil.example",
    "/%2Fevil.example",
    "/%2f%2fevil.example",
    "%2F%2Fevil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r/evil.example",
    "\t//evil.example",
    " //evil.example",
    "/%09/evil.example",
    "/%0a/evil.example",
    "/%0d%0aLocation:x",
    "/a\r\nSet-Cookie: x=y",
    "/\0",
    "/%00",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "blob:x",
    "file:///etc/passwd",
    "mailto:a@b",
    "ftp://evil.example",
    "evil.example",
    "www.evil.example/a",
    "@evil.example",
    "/@evil.example/../..//evil.example",
    "user@evil.example",
    "https:evil.example",
    "https:/evil.example",
    "http:evil.example",
    "https:\\\\evil.example",
    "http://localhost:3000@evil.example/",
    "http://localhost:3000.evil.example/",
    "http://localhost:30000/",
    "https://localhost:3000/",
    "http://localhost/",
    "http://127.0.0.1:3000/",
    "//localhost:3000@evil.example",
    "/../../evil",
    "/./a",
    "/a/../b",
    "/%2e%2e/a",
    "/%2E./a",
    "/.%2e/a",
    "/a/..;/b",
    "/..",
    "/.",
    "?a=b",
    "#a",
    "",
    "a",
    "a/b",
    "./a",
    "../a",
    "/login",
    "/login?return_to=/a",
    "/login/done?to=/a",
    "/logout",
    "/session",
    "/authorization-code/callback?code=a&state=b",
    "/a//b",
];

#[tokio::test]
async fn foreign_return_to_is_ignored() {
    let world = World::new().await;
    let encode =
        |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    for elsewhere in ELSEWHERE {
        let mut browser = world.browser();
        let login = format!("/login?return_to={}", encode(elsewhere));
        let done = world.sign_in(&mut browser, &login, "admin").await;
        assert_eq!(done.location(), "http://localhost:3000/", "{elsewhere:?}");
        // The last step can be requested on its own.
        let done = browser
            .get(&format!("/login/done?to={}", encode(elsewhere)))
            .await;
        assert_eq!(done.location(), "http://localhost:3000/", "{elsewhere:?}");
    }
    for here in [
        "/",
        "/a",
        "/a/b?c=d&e=/f",
        "/a?next=https://evil.example/",
        "/login-help",
        "/a%20b",
        "/%C3%A9",
    ] {
        let mut browser = world.browser();
        let done = world
            .sign_in(
                &mut browser,
                &format!("/login?return_to={}", encode(here)),
                "admin",
            )
            .await;
        assert_eq!(done.location(), format!("http://localhost:3000{here}"));
    }
}

#[tokio::test]
async fn callback_in_another_browser_starts_no_session() {
    let world = World::new().await;
    let (mut attacker, mut victim) = (world.browser(), world.browser());
    // The attacker's own code, in the victim's browser (login CSRF) …
    let callback = world.attempt(&mut attacker, "/login", "nobody").await;
    let started_over = victim.get(&callback.url()).await;
    assert!(started_over.is_sent_to_okta(&world));
    assert!(!is_signed_in(&mut victim).await);
    // … and while the victim has an attempt of her own.
    world.attempt(&mut victim, "/login", "admin").await;
    victim.get(&callback.url()).await;
    assert!(!is_signed_in(&mut victim).await);
    assert_eq!(world.issuer.token_requests("authorization_code"), 0);
    assert_eq!(
        attacker.get(&callback.url()).await.status,
        StatusCode::SEE_OTHER
    );
    assert!(is_signed_in(&mut attacker).await);
}

#[tokio::test]
async fn stolen_code_starts_no_session() {
    let world = World::new().await;
    let (mut thief, mut owner) = (world.browser(), world.browser());
    let own = world.attempt(&mut thief, "/login", "nobody").await;
    let stolen = world.attempt(&mut owner, "/login", "admin").await;
    // The owner's code with the thief's state: PKCE and nonce belong to another attempt.
    let (code, state) = (stolen.get("code").unwrap(), own.get("state").unwrap());
    let started_over = thief
        .get(&format!("{CALLBACK}?code={code}&state={state}"))
        .await;
    // The retry signs in the provider's user of this browser, who is not the owner.
    assert!(started_over.is_sent_to_okta(&world));
    assert!(!is_signed_in(&mut thief).await);
    let stolen = world.attempt(&mut owner, "/login", "admin").await;
    let code = stolen.get("code").unwrap();
    let state = started_over.parameter("state").unwrap();
    let refused = thief
        .get(&format!("{CALLBACK}?code={code}&state={state}"))
        .await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert!(!is_signed_in(&mut thief).await);
}

#[tokio::test]
async fn swapped_attempt_cookies_are_rejected() {
    let world = World::new().await;
    let mut browser = world.browser();
    let one = world
        .attempt(&mut browser, "/login?return_to=/one", "admin")
        .await;
    let other = world
        .attempt(&mut browser, "/login?return_to=/other", "admin")
        .await;
    let names: Vec<String> = browser.cookies.keys().cloned().collect();
    let untouched = browser.clone();
    let values: Vec<String> = browser.cookies.values().cloned().collect();
    browser.cookies.insert(names[0].clone(), values[1].clone());
    browser.cookies.insert(names[1].clone(), values[0].clone());
    for callback in [&one, &other] {
        let started_over = browser.clone().get(&callback.url()).await;
        assert!(started_over.is_sent_to_okta(&world));
    }
    assert_eq!(world.issuer.token_requests("authorization_code"), 0);
    assert_eq!(
        untouched.clone().get(&one.url()).await.status,
        StatusCode::SEE_OTHER
    );
    assert_eq!(world.issuer.token_requests("authorization_code"), 1);
}

#[tokio::test]
async fn attempt_and_session_cookies_are_not_interchangeable() {
    let world = World::new().await;
    let mut browser = world.browser();
    let callback = world.attempt(&mut browser, "/login", "admin").await;
    let (name, value) = browser
        .cookies
        .iter()
        .next()
        .map(|(n, v)| (n.clone(), v.clone()))
        .unwrap();
    let mut forger = world.browser();
    forger.cookies.insert("okta_session".into(), value);
    assert!(!is_signed_in(&mut forger).await);
    let session = world
        .signed_in("admin")
        .await
        .cookies
        .remove("okta_session")
        .unwrap();
    let mut forger = world.browser();
    forger.cookies.insert(name, session);
    assert!(forger.get(&callback.url()).await.is_sent_to_okta(&world));
    assert_eq!(
        browser.get(&callback.url()).await.status,
        StatusCode::SEE_OTHER
    );
}

#[tokio::test]
async fn duplicate_callback_parameter_is_rejected() {
    let world = World::new().await;
    for doubled in [
        "code=x",
        "state=x",
        "iss=x&iss=x",
        "error=access_denied",
        "error=a&error=b",
    ] {
        let mut browser = world.browser();
        let callback = world.attempt(&mut browser, "/login", "admin").await;
        let mut clean = browser.clone();
        let refused = browser.get(&format!("{}&{doubled}", callback.url())).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{doubled}");
        assert!(!is_signed_in(&mut browser).await);
        assert_eq!(
            clean.get(&callback.url()).await.status,
            StatusCode::SEE_OTHER
        );
    }
}

#[tokio::test]
async fn callback_of_another_issuer_is_rejected() {
    let world = World::new().await;
    let mut browser = world.browser();
    world
        .issuer
        .name_another_issuer_in_callback("https://evil.example");
    let callback = world.attempt(&mut browser, "/login", "admin").await;
    let refused = browser.get(&callback.url()).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert_eq!(world.issuer.token_requests("authorization_code"), 0);
    // Its errors are ignored too.
    let callback = world.attempt(&mut browser, "/login", "admin").await;
    let state = callback.get("state").unwrap();
    let answer = browser
        .get(&format!(
            "{CALLBACK}?error=access_denied&state={state}&iss=https://evil.example"
        ))
        .await;
    assert!(!answer.text.contains("cancelled"), "{}", answer.text);
    world.issuer.heal();
    world.issuer.name_issuer_in_callback();
    let callback = world.attempt(&mut browser, "/login", "admin").await;
    assert!(callback.get("iss").is_some());
    assert_eq!(
        browser.get(&callback.url()).await.status,
        StatusCode::SEE_OTHER
    );
}

#[tokio::test]
async fn callback_without_the_promised_issuer_is_rejected() {
    let world = World::new().await;
    world.issuer.promise_issuer_in_callback();
    let world = world.restarted(sign_in()).await;
    let mut browser = world.browser();
    let callback = world.attempt(&mut browser, "/login", "admin").await;
    assert_eq!(callback.get("iss"), None);
    let refused = browser.get(&callback.url()).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert_eq!(world.issuer.token_requests("authorization_code"), 0);
    world.issuer.heal();
    world.issuer.name_issuer_in_callback();
    let callback = world.attempt(&mut browser, "/login", "admin").await;
    let answered = browser.get(&callback.url()).await;
    assert_eq!(answered.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn callback_with_an_empty_issuer_is_rejected() {
    let world = World::new().await;
    for (iss, is_accepted) in [("", true), ("&iss=", false), ("&iss", false)] {
        let mut browser = world.browser();
        let callback = world.attempt(&mut browser, "/login", "admin").await;
        let answered = browser.get(&format!("{}{iss}", callback.url())).await;
        assert_eq!(answered.status == StatusCode::SEE_OTHER, is_accepted);
        assert_eq!(is_signed_in(&mut browser).await, is_accepted, "{iss}");
    }
    assert_eq!(world.issuer.token_requests("authorization_code"), 1);
}

/// Moves `iat` of ID tokens into the past, and leaves all other claims.
fn issue_earlier(world: &World, seconds: i64) {
    world.issuer.tamper_id_token(move |claims| {
        let iat = claims["iat"].as_i64().unwrap() - seconds;
        claims.insert("iat".into(), iat.into());
    });
}

#[tokio::test]
async fn id_token_older_than_its_attempt_is_rejected() {
    let world = World::new().await;
    // The default leeway is 60 s.
    for (seconds, is_accepted) in [(60, true), (61, false), (30 * 24 * 60 * 60, false)] {
        let mut browser = world.browser();
        let callback = world.attempt(&mut browser, "/login", "admin").await;
        issue_earlier(&world, seconds);
        let answered = browser.get(&callback.url()).await;
        let expected = match is_accepted {
            true => StatusCode::SEE_OTHER,
            false => StatusCode::BAD_GATEWAY,
        };
        assert_eq!(answered.status, expected, "{seconds}");
        assert_eq!(is_signed_in(&mut browser).await, is_accepted, "{seconds}");
    }
}

#[tokio::test]
async fn id_token_older_than_its_refresh_changes_no_claims() {
    for (seconds, groups) in [(60, "auditor"), (61, "admin")] {
        let world = World::with(sign_in().offline_access()).await;
        let mut browser = world.signed_in("admin").await;
        world.issuer.set_groups("admin", ["auditor"]);
        issue_earlier(&world, seconds);
        world.advance(3550);
        let seen = browser.get("/").await;
        assert_eq!(seen.text, format!("admin@example.com {groups} Session"));
        // The clock was wrong: the session goes on with the tokens of that refresh.
        issue_earlier(&world, 0);
        world.advance(3550);
        let seen = browser.get("/").await;
        assert_eq!(seen.text, "admin@example.com auditor Session");
    }
}

#[tokio::test]
async fn nonce_is_compared_as_a_whole() {
    type Change = fn(&str) -> String;
    let world = World::new().await;
    let changes: [(&str, Change); 4] = [
        ("none", str::to_owned),
        ("prefix", |nonce| nonce[..nonce.len() - 1].to_owned()),
        ("longer", |nonce| format!("{nonce}A")),
        ("empty", |_| String::new()),
    ];
    for (what, change) in changes {
        let mut browser = world.browser();
        let callback = world.attempt(&mut browser, "/login", "admin").await;
        world.issuer.tamper_id_token(move |claims| {
            let nonce = change(claims["nonce"].as_str().unwrap());
            claims.insert("nonce".into(), nonce.into());
        });
        browser.get(&callback.url()).await;
        assert_eq!(is_signed_in(&mut browser).await, what == "none", "{what}");
    }
}

#[tokio::test]
async fn changed_state_is_rejected() {
    let world = World::new().await;
    let mut browser = world.browser();
    let callback = world.attempt(&mut browser, "/login", "admin").await;
    let (code, state) = (
        callback.get("code").unwrap(),
        callback.get("state").unwrap(),
    );
    let mut changed = state.to_owned();
    let last = changed.pop().unwrap();
    changed.push(if last == 'A' { 'B' } else { 'A' });
    for state in [&changed, &state[1..], "x", "AAAA", &state.repeat(2)] {
        let refused = browser
            .get(&format!("{CALLBACK}?code={code}&state={state}"))
            .await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{state}");
    }
    assert_eq!(
        browser.get(&callback.url()).await.status,
        StatusCode::SEE_OTHER
    );
}

#[tokio::test]
async fn oversized_input_is_rejected() {
    let world = World::new().await;
    let mut browser = world.browser();
    let callback = world.attempt(&mut browser, "/login", "admin").await;
    let long = "a".repeat(20_000);
    let many = "&x=y".repeat(100);
    for url in [
        format!("/login?return_to=/{long}"),
        format!("/login?login_hint={long}"),
        format!("/login?x={long}"),
        format!("{CALLBACK}?code={long}&state=x"),
        format!("{CALLBACK}?code=x&state={long}"),
        format!("{}{many}", callback.url()),
    ] {
        let status = browser.get(&url).await.status;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{}", &url[..40]);
    }
    browser.cookies.insert("okta_session".into(), long.clone());
    assert!(!is_signed_in(&mut browser).await);
    for number in 0..300 {
        browser
            .cookies
            .insert(format!("filler{number}"), "x".into());
    }
    browser.cookies.remove("okta_session");
    let _ = browser.get("/login").await;
    browser
        .cookies
        .retain(|name, _| !name.starts_with("filler"));
    assert_eq!(
        browser.get(&callback.url()).await.status,
        StatusCode::SEE_OTHER
    );
}

#[tokio::test]
async fn planted_session_is_ended_by_a_sign_in() {
    let world = World::new().await;
    let mut attacker = world.signed_in("nobody").await;
    let mut victim = attacker.clone();
    world.sign_in(&mut victim, "/login", "admin").await;
    assert_ne!(attacker.cookies, victim.cookies);
    assert_eq!(
        victim.get("/").await.text,
        "admin@example.com admin Session"
    );
    // The sign-in has ended the planted session.
    assert!(!is_signed_in(&mut attacker).await);
}

type Tamper = Box<dyn Fn(&World)>;

#[tokio::test]
async fn invalid_id_token_starts_no_session() {
    let claim = |name: &'static str, value: serde_json::Value| -> Tamper {
        Box::new(move |world: &World| {
            let value = value.clone();
            world.issuer.tamper_id_token(move |claims| {
                claims.insert(name.into(), value.clone());
            });
        })
    };
    let cases: Vec<(&str, Tamper)> = vec![
        ("another nonce", claim("nonce", "x".into())),
        ("another audience", claim("aud", "0oaOther".into())),
        (
            "a second audience",
            claim("aud", serde_json::json!([CLIENT, "0oaOther"])),
        ),
        (
            "another issuer",
            claim("iss", "https://evil.example".into()),
        ),
        ("another party", claim("azp", "0oaOther".into())),
        (
            "another access token",
            claim("at_hash", "AAAAAAAAAAAAAAAAAAAAAA".into()),
        ),
        ("expired", claim("exp", 1.into())),
        ("from the future", claim("iat", 253_402_300_000_u64.into())),
        ("nobody", claim("sub", "".into())),
        (
            "no nonce",
            Box::new(|world: &World| {
                world.issuer.tamper_id_token(|claims| {
                    claims.remove("nonce");
                });
            }),
        ),
        (
            "another key",
            Box::new(|world: &World| {
                world.issuer.sign_id_tokens_with(world.issuer.forged_key());
            }),
        ),
        (
            "unsigned",
            Box::new(|world: &World| {
                world.issuer.rewrite_id_tokens(|token| {
                    let payload = token.split('.').nth(1).unwrap_or_default().to_owned();
                    format!("eyJhbGciOiJub25lIn0.{payload}.")
                });
            }),
        ),
        (
            "not there",
            Box::new(|world: &World| {
                world.issuer.tamper_token_response(|members| {
                    members.remove("id_token");
                });
            }),
        ),
    ];
    let world = World::new().await;
    for (what, tamper) in cases {
        let mut browser = world.browser();
        let callback = world.attempt(&mut browser, "/login", "admin").await;
        tamper(&world);
        let refused = browser.get(&callback.url()).await;
        assert_eq!(refused.status, StatusCode::BAD_GATEWAY, "{what}");
        assert!(!is_signed_in(&mut browser).await, "{what}");
        world.issuer.heal();
        let callback = world.attempt(&mut browser, "/login", "admin").await;
        assert_eq!(
            browser.get(&callback.url()).await.status,
            StatusCode::SEE_OTHER,
            "after {what}"
        );
    }
}

#[tokio::test]
async fn code_for_another_client_is_rejected() {
    let world = World::new().await;
    let other = Client::public("0oaOther").redirect_uri(CALLBACK);
    world.issuer.register(other);
    let mut browser = world.browser();
    let started = browser.get("/login").await;
    let foreign = started.location().replace(CLIENT, "0oaOther");
    let callback = world.issuer.authorize_as("admin", &foreign);
    // The sign-in is retried once, and a second foreign code ends it.
    let again = browser.get(&callback.url()).await;
    assert!(again.is_sent_to_okta(&world));
    assert!(!is_signed_in(&mut browser).await);
    let foreign = again.location().replace(CLIENT, "0oaOther");
    let callback = world.issuer.authorize_as("admin", &foreign);
    let refused = browser.get(&callback.url()).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert!(!is_signed_in(&mut browser).await);
}
