//! The program as it is started: each role, several instances with one Redis, what came of sign-ins, and a real browser.

use std::path::Path;

use cross_tests::{redis::RedisServer, visitor::Visitor};
use okta_tower_test::{Endpoint, Fault, Issuer};
use reqwest::{Client, Method, StatusCode};
use scaffold::{Started, browser, world::until};

const PROGRAM: &str = env!("CARGO_BIN_EXE_role-dashboard");
const FOLDER: &str = env!("CARGO_TARGET_TMPDIR");
const CALLBACK: &str = "/authorization-code/callback";
const PROBES: (&str, &str) = ("EXAMPLE_PROBES", "127.0.0.1:0");
/// 32 random bytes, good for nothing else.
const KEY: &str = "YDt9omugw8vbCpINyQAfIrLFVwF7wBW_RQ0QQPdgOmU";

fn at(issuer: &Issuer, variables: &[(&str, &str)]) -> Started {
    let mut all = vec![PROBES];
    all.extend_from_slice(variables);
    Started::at(issuer, PROGRAM, FOLDER, CALLBACK, &all)
}

async fn probe(program: &Started, path: &str) -> (StatusCode, String) {
    let line = program.line("Probes and metrics are on ");
    let answer = Client::new().get(format!("{line}{path}")).send().await;
    let answer = answer.unwrap();
    (answer.status(), answer.text().await.unwrap())
}

/// The first answer that is more than "not now": an instance that has just started has its keys and its Redis a moment later.
async fn status(visitor: &Visitor, url: &str) -> StatusCode {
    let ask = async || {
        let answer = visitor.ask(Method::GET, url).await.unwrap();
        answer.status
    };
    until(async || ask().await != StatusCode::SERVICE_UNAVAILABLE).await;
    ask().await
}

#[tokio::test]
async fn each_role_has_its_own_dashboard_and_nobody_a_price_who_does_not_set_it() {
    let issuer = Issuer::start().await;
    let program = at(&issuer, &[]);
    for (role, orders, takings, access) in [
        ("admin", true, true, true),
        ("viewer", true, false, true),
        ("nobody", false, false, false),
    ] {
        issuer.sign_in_automatically_as(role);
        let url = format!("{}/dashboard", program.url());
        let page = Visitor::new().open(&url).await;
        assert_eq!(page.status, StatusCode::OK);
        let holds = |text: &str| page.text.contains(text);
        assert_eq!(holds("Harbour Works"), orders, "{role}");
        assert_eq!(holds("840 €") && holds("Takings"), takings, "{role}");
        assert_eq!(!holds("No access"), access, "{role}");
        assert!(holds(&format!("{role}@example.com")));
    }
}

#[tokio::test]
async fn a_session_is_known_to_each_instance_and_outlives_them() {
    let Some(redis) = RedisServer::start(&[]) else {
        return;
    };
    let issuer = Issuer::start().await;
    issuer.sign_in_automatically_as("viewer");
    let url = redis.url();
    let variables = [("REDIS_URL", url.as_str()), ("OKTA_TOWER_COOKIE_KEYS", KEY)];
    let first = at(&issuer, &variables);
    let (known, stranger) = (Visitor::new(), Visitor::new());
    let page = known.open(&format!("{}/dashboard", first.url())).await;
    assert_eq!(page.status, StatusCode::OK);

    let second = at(&issuer, &variables);
    let ask = |program: &Started| format!("{}/dashboard", program.url());
    for (visitor, status) in [
        (&known, StatusCode::OK),
        (&stranger, StatusCode::UNAUTHORIZED),
    ] {
        assert_eq!(self::status(visitor, &ask(&second)).await, status);
    }
    assert!(first.stop("TERM").success());
    assert!(second.stop("TERM").success());

    let third = at(&issuer, &variables);
    assert_eq!(status(&known, &ask(&third)).await, StatusCode::OK);

    // Signing out at one is signing out at all.
    let copy = Visitor::with(known.cookies());
    let logout = format!("{}/logout", third.url());
    known.ask(Method::POST, &logout).await.unwrap();
    let fourth = at(&issuer, &variables);
    let answered = status(&copy, &ask(&fourth)).await;
    assert_eq!(answered, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn without_a_redis_people_wait_and_are_not_signed_out() {
    let Some(redis) = RedisServer::start(&[]) else {
        return;
    };
    let issuer = Issuer::start().await;
    issuer.sign_in_automatically_as("viewer");
    let url = redis.url();
    let program = at(&issuer, &[("REDIS_URL", url.as_str())]);
    let (known, page) = (Visitor::new(), format!("{}/dashboard", program.url()));
    assert_eq!(known.open(&page).await.status, StatusCode::OK);
    redis.stop();
    let new = Visitor::new().open(&page).await;
    assert_eq!(new.status, StatusCode::SERVICE_UNAVAILABLE);
    redis.resume();
    assert_eq!(status(&known, &page).await, StatusCode::OK);
}

#[tokio::test]
async fn while_okta_is_down_who_is_signed_in_stays_and_the_instance_is_ready() {
    let issuer = Issuer::start().await;
    issuer.sign_in_automatically_as("viewer");
    let program = at(&issuer, &[]);
    let (known, page) = (Visitor::new(), format!("{}/dashboard", program.url()));
    assert_eq!(known.open(&page).await.status, StatusCode::OK);
    issuer.stop_listening().await;
    assert_eq!(known.open(&page).await.status, StatusCode::OK);
    assert_eq!(probe(&program, "/health/ready").await.0, StatusCode::OK);
    assert_eq!(probe(&program, "/health/live").await.0, StatusCode::OK);

    // One that starts now cannot judge anybody: it lives, and is not ready.
    let late = at(&issuer, &[]);
    let ready = probe(&late, "/health/ready").await.0;
    assert_eq!(ready, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(probe(&late, "/health/live").await.0, StatusCode::OK);
}

#[tokio::test]
async fn what_came_of_sign_ins_is_counted_and_shown_to_admins_who_asked_for_it() {
    let issuer = Issuer::start().await;
    let program = at(&issuer, &[("EXAMPLE_AUDIT", "true")]);
    let url = |path: &str| format!("{}{path}", program.url());
    issuer.sign_in_automatically_as("viewer");
    let viewer = Visitor::new();
    viewer.open(&url("/dashboard")).await;
    issuer.fault_next(
        Endpoint::Token,
        Fault::Status(StatusCode::SERVICE_UNAVAILABLE),
    );
    let failed = Visitor::new().open(&url("/dashboard")).await;
    assert_eq!(failed.status, StatusCode::SERVICE_UNAVAILABLE);
    issuer.sign_in_automatically_as("admin");
    let admin = Visitor::new();
    admin.open(&url("/dashboard")).await;

    let (_, metrics) = probe(&program, "/metrics").await;
    for line in [
        "okta_tower_sign_ins_total{result=\"success\"} 2",
        "okta_tower_sign_ins_total{result=\"unavailable\"} 1",
    ] {
        assert!(metrics.contains(line), "{line}");
    }
    let page = admin.open(&url("/audit")).await;
    assert_eq!(page.status, StatusCode::OK);
    let table = page.text.split("<tbody>").nth(1).unwrap();
    let rows: Vec<_> = table.split("<tr>").skip(1).collect();
    assert_eq!(rows.len(), 3);
    // The newest first; ids, and nothing else of people.
    assert!(rows[0].contains("success") && rows[0].contains(">00u"));
    assert!(rows[1].contains("unavailable") && rows[1].contains("not verified"));
    assert!(rows[2].contains("success") && rows[2].contains(">00u"));
    assert!(!table.contains('@') && !table.contains("Viewer"));

    // Others may not look, and where nobody asked for it there is nothing.
    let answer = viewer.ask(Method::GET, &url("/audit")).await.unwrap();
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let without = at(&issuer, &[]);
    let (admin, page) = (Visitor::new(), format!("{}/audit", without.url()));
    admin.open(&format!("{}/dashboard", without.url())).await;
    assert_eq!(admin.open(&page).await.status, StatusCode::NOT_FOUND);
}

#[test]
fn a_deployment_sets_no_variable_that_means_nothing() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy");
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let text = read("kubernetes.yaml") + &read("Containerfile");
    let words =
        text.split(|char: char| !(char.is_ascii_uppercase() || "_0123456789".contains(char)));
    let mut set: Vec<_> = words
        .filter(|word| {
            ["OKTA_", "EXAMPLE_", "REDIS_"]
                .iter()
                .any(|start| word.starts_with(start))
        })
        .collect();
    set.sort_unstable();
    set.dedup();
    let known = [
        "EXAMPLE_ADDR",
        "EXAMPLE_PROBES",
        "OKTA_OAUTH2_CLIENT_ID",
        "OKTA_OAUTH2_CLIENT_SECRET",
        "OKTA_OAUTH2_ISSUER",
        "OKTA_OAUTH2_REDIRECT_URI",
        "OKTA_TOWER_COOKIE_KEYS",
        "REDIS_URL",
    ];
    assert_eq!(set, known);
}

#[test]
fn every_role_sees_its_dashboard_in_a_browser_and_signs_out() {
    for scenario in [
        "each_role_sees_its_own_dashboard",
        "failures_are_on_the_audit_page",
    ] {
        let variables = [
            ("EXAMPLE_ADDR", "localhost:0"),
            PROBES,
            ("EXAMPLE_AUDIT", "true"),
        ];
        let program = Started::start(PROGRAM, FOLDER, &variables);
        browser::play("role-dashboard", scenario, program.url(), &[]);
    }
}
