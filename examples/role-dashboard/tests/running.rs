//! The started program: roles, several instances with one Redis, sign-in results, and a real
//! browser.

use std::path::Path;

use cross_tests::{
    redis::{RedisServer, TlsRedis, free_port},
    visitor::Visitor,
};
use okta_tower_test::{Endpoint, Fault, Issuer};
use reqwest::{Client, Method, StatusCode};
use scaffold::{Started, browser, world::until};

const PROGRAM: &str = env!("CARGO_BIN_EXE_role-dashboard");
const FOLDER: &str = env!("CARGO_TARGET_TMPDIR");
const CALLBACK: &str = "/authorization-code/callback";
const PROBES: (&str, &str) = ("EXAMPLE_PROBES", "127.0.0.1:0");
/// 32 random bytes, only used in tests.
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

/// Returns the first status other than 503. A new instance needs a moment to load keys and to
/// connect to Redis.
async fn status(visitor: &Visitor, url: &str) -> StatusCode {
    let ask = async || {
        let answer = visitor.ask(Method::GET, url).await.unwrap();
        answer.status
    };
    until(async || ask().await != StatusCode::SERVICE_UNAVAILABLE).await;
    ask().await
}

#[tokio::test]
async fn each_role_gets_its_dashboard_and_only_admin_prices() {
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
async fn session_works_at_each_instance_and_across_restarts() {
    let Some(redis) = RedisServer::start(&[]) else {
        return;
    };
    let issuer = Issuer::start().await;
    issuer.sign_in_automatically_as("viewer");
    let url = redis.url();
    // Sessions are bound to the public origin, which all instances share: that of the first one.
    let address = format!("localhost:{}", free_port());
    let redirect_uri = format!("http://{address}{CALLBACK}");
    let mut variables = vec![
        ("REDIS_URL", url.as_str()),
        ("OKTA_TOWER_COOKIE_KEYS", KEY),
        ("OKTA_OAUTH2_REDIRECT_URI", &redirect_uri),
        ("EXAMPLE_ADDR", &address),
    ];
    let first = at(&issuer, &variables);
    variables.pop();
    let (known, anonymous) = (Visitor::new(), Visitor::new());
    let page = known.open(&format!("{}/dashboard", first.url())).await;
    assert_eq!(page.status, StatusCode::OK);

    let second = at(&issuer, &variables);
    let ask = |program: &Started| format!("{}/dashboard", program.url());
    for (visitor, status) in [
        (&known, StatusCode::OK),
        (&anonymous, StatusCode::UNAUTHORIZED),
    ] {
        assert_eq!(self::status(visitor, &ask(&second)).await, status);
    }
    assert!(first.stop("TERM").success());
    assert!(second.stop("TERM").success());

    let third = at(&issuer, &variables);
    assert_eq!(status(&known, &ask(&third)).await, StatusCode::OK);

    // A sign-out at one instance is effective at every instance.
    let copy = Visitor::with(known.cookies());
    let logout = format!("{}/logout", third.url());
    known.ask(Method::POST, &logout).await.unwrap();
    let fourth = at(&issuer, &variables);
    let answered = status(&copy, &ask(&fourth)).await;
    assert_eq!(answered, StatusCode::UNAUTHORIZED);
}

/// The line of the deployment's ACL file for the dashboard, with this password.
fn deployed_user(password: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/kubernetes.yaml");
    let text = std::fs::read_to_string(path).unwrap();
    let mut lines = text.lines();
    let line = lines.find_map(|line| line.strip_prefix("#     user role-dashboard "));
    let line = line.expect("a user").trim_end_matches('"');
    format!("role-dashboard {}", line.replace("$password", password))
}

#[tokio::test]
async fn deployed_redis_needs_its_user_and_its_certificate() {
    let Some(redis) = TlsRedis::start(&deployed_user("s3cr3t")) else {
        return;
    };
    let issuer = Issuer::start().await;
    issuer.sign_in_automatically_as("viewer");
    let certificate = redis.certificate_file();
    let sign_in = async |url: String, certificate: Option<&str>| {
        let mut variables = vec![("REDIS_URL", url.as_str())];
        variables.extend(certificate.map(|path| ("REDIS_ROOT_CERTIFICATE", path)));
        let program = at(&issuer, &variables);
        until(async || probe(&program, "/health/ready").await.0 == StatusCode::OK).await;
        let visitor = Visitor::new();
        let page = format!("{}/dashboard", program.url());
        let signed_in = visitor.open(&page).await.status;
        let logout = format!("{}/logout", program.url());
        let out = visitor.ask(Method::POST, &logout).await.unwrap().status;
        (signed_in, out)
    };
    let good = redis.url("role-dashboard:s3cr3t");
    let (signed_in, out) = sign_in(good.clone(), Some(certificate)).await;
    assert_eq!((signed_in, out.is_success()), (StatusCode::OK, true));
    for login in ["role-dashboard:guess", ":s3cr3t"] {
        let (status, _) = sign_in(redis.url(login), Some(certificate)).await;
        assert!(status.is_server_error(), "{login}: {status}");
    }
    let (untrusted, _) = sign_in(good, None).await;
    assert_eq!(untrusted, StatusCode::SERVICE_UNAVAILABLE);

    // The user cannot read other keys, nor delete all.
    for command in ["GET other", "FLUSHALL", "KEYS *", "CONFIG GET *"] {
        let answer = redis.as_user("role-dashboard", "s3cr3t", command);
        assert!(answer.contains("NOPERM"), "{command}: {answer}");
    }
    assert!(
        redis
            .as_user("role-dashboard", "s3cr3t", "GET okta:x")
            .contains("$-1")
    );
}

#[test]
fn deployment_pins_images_and_holds_no_password() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy");
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let (objects, recipe) = (read("kubernetes.yaml"), read("Containerfile"));
    let objects: Vec<_> = (objects.lines().map(str::trim))
        .filter(|line| !line.starts_with('#'))
        .collect();
    let images = objects
        .iter()
        .filter_map(|line| line.strip_prefix("image: "));
    let bases = recipe.lines().filter_map(|line| line.strip_prefix("FROM "));
    let mut count = 0;
    for image in images.chain(bases) {
        let digest = image.split("@sha256:").nth(1).expect(image);
        let digest = digest.split(' ').next().unwrap();
        assert_eq!(digest.len(), 64, "{image}");
        count += 1;
    }
    assert_eq!(count, 4);
    for secret in ["redis://", "requirepass", "password:"] {
        assert!(
            !objects.iter().any(|line| line.contains(secret)),
            "{secret}"
        );
    }
}

#[tokio::test]
async fn redis_outage_is_503_and_keeps_sessions() {
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
async fn okta_outage_keeps_sessions_and_readiness() {
    let issuer = Issuer::start().await;
    issuer.sign_in_automatically_as("viewer");
    let program = at(&issuer, &[]);
    let (known, page) = (Visitor::new(), format!("{}/dashboard", program.url()));
    assert_eq!(known.open(&page).await.status, StatusCode::OK);
    issuer.stop_listening().await;
    assert_eq!(known.open(&page).await.status, StatusCode::OK);
    assert_eq!(probe(&program, "/health/ready").await.0, StatusCode::OK);
    assert_eq!(probe(&program, "/health/live").await.0, StatusCode::OK);

    // An instance that starts during the outage cannot verify callers: live, but not ready.
    let late = at(&issuer, &[]);
    let ready = probe(&late, "/health/ready").await.0;
    assert_eq!(ready, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(probe(&late, "/health/live").await.0, StatusCode::OK);
}

#[tokio::test]
async fn sign_in_results_are_counted_and_shown_to_admins() {
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
    // Newest first. Entries contain user IDs and no other user data.
    assert!(rows[0].contains("success") && rows[0].contains(">00u"));
    assert!(rows[1].contains("unavailable") && rows[1].contains("not verified"));
    assert!(rows[2].contains("success") && rows[2].contains(">00u"));
    assert!(!table.contains('@') && !table.contains("Viewer"));

    // Other roles get 403. Without the setting, the page does not exist.
    let answer = viewer.ask(Method::GET, &url("/audit")).await.unwrap();
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let without = at(&issuer, &[]);
    let (admin, page) = (Visitor::new(), format!("{}/audit", without.url()));
    admin.open(&format!("{}/dashboard", without.url())).await;
    assert_eq!(admin.open(&page).await.status, StatusCode::NOT_FOUND);
}

#[test]
fn deployment_sets_only_known_variables() {
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
        "REDIS_ROOT_CERTIFICATE",
        "REDIS_URL",
    ];
    assert_eq!(set, known);
}

#[test]
fn each_role_sees_its_dashboard_in_a_browser() {
    for scenario in [
        "each_role_sees_its_own_dashboard",
        "failed_sign_in_is_on_the_audit_page",
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

#[test]
fn built_in_issuer_is_rejected_on_public_addresses() {
    for variable in ["EXAMPLE_ADDR", "EXAMPLE_PROBES"] {
        Started::assert_private(PROGRAM, FOLDER, variable);
    }
}
