//! The quickstart without configuration: the printed requests, and each route.

use std::collections::HashMap;

use crate::{
    http::{ask, get},
    program::{self, Running},
};
use serde_json::json;

/// A printed request: expected status, caller, URL and header.
struct Printed {
    status: u16,
    who: String,
    url: String,
    header: String,
}

fn requests(running: &Running) -> Vec<Printed> {
    let mut announced = None;
    let mut requests = Vec::new();
    for line in &running.printed {
        if let Some(text) = line.strip_prefix("# -> ") {
            announced = text.split_once(' ');
        } else if let Some(request) = line.strip_prefix("curl ") {
            let (status, text) = announced.take().expect("the expected response");
            let (url, header) = request.split_once(" -H ").unwrap();
            requests.push(Printed {
                status: status.parse().unwrap(),
                who: text.split_once(':').unwrap().0.to_owned(),
                url: url.trim_matches('\'').to_owned(),
                header: header.trim_matches('\'').to_owned(),
            });
        }
    }
    requests
}

/// Returns the header of each role.
fn headers(running: &Running) -> HashMap<String, String> {
    requests(running)
        .into_iter()
        .map(|printed| (printed.who, printed.header))
        .collect()
}

#[test]
fn printed_requests_get_the_announced_status() {
    let running = program::with(&[]).start();
    let all = requests(&running);
    for printed in &all {
        let answer = ask("GET", &printed.url, std::slice::from_ref(&printed.header));
        assert_eq!(
            answer.status, printed.status,
            "{} {}",
            printed.who, printed.url
        );
    }
    for who in ["admin", "viewer", "service", "expired"] {
        assert!(all.iter().any(|printed| printed.who == who), "{who}");
    }
    for status in [200, 401, 403] {
        assert!(
            all.iter().any(|printed| printed.status == status),
            "{status}"
        );
    }
    assert!(
        running
            .printed
            .iter()
            .any(|line| line.contains("BUILT-IN TEST ISSUER"))
    );
}

#[test]
fn caller_is_reported_as_in_the_token() {
    let running = program::with(&[]).start();
    let headers = headers(&running);
    let me = |who: &str| ask("GET", &running.at("/api/me"), &[headers[who].clone()]).json();

    let admin = me("admin");
    assert_eq!(admin["subject"], "admin@example.com");
    assert!(admin["user_id"].as_str().unwrap().starts_with("00u"));
    assert_eq!(admin["client_id"], "0oaQuickstartBrowser");
    assert_eq!(admin["groups"], json!(["Everyone", "admin"]));
    assert_eq!(admin["scopes"], json!(["openid", "reports:read"]));
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    let left = admin["expires_at"].as_u64().unwrap() - now.as_secs();
    assert!((3000..=3600).contains(&left), "{left}");

    let service = me("service");
    assert_eq!(service["user_id"], json!(null));
    assert_eq!(service["subject"], service["client_id"]);
    assert_eq!(service["groups"], json!([]));
}

#[test]
fn rejections_have_problem_details_and_challenge() {
    let running = program::with(&[]).start();
    let headers = headers(&running);
    let expired = &headers["expired"];
    let viewer = &headers["viewer"];
    let ask = |path: &str, headers: &[&String]| {
        let headers: Vec<String> = headers.iter().map(|header| (*header).clone()).collect();
        ask("GET", &running.at(path), &headers)
    };
    for (answer, status, challenge) in [
        (ask("/api/me", &[]), 401, Some("Bearer realm=\"api\"")),
        (
            ask("/api/me", &[expired]),
            401,
            Some("Bearer realm=\"api\", error=\"invalid_token\""),
        ),
        (
            ask("/api/me", &[viewer, viewer]),
            400,
            Some("Bearer realm=\"api\", error=\"invalid_request\""),
        ),
        (ask("/api/admin", &[viewer]), 403, None),
        (
            ask("/api/reports", &[viewer]),
            403,
            Some("Bearer realm=\"api\", error=\"insufficient_scope\", scope=\"reports:read\""),
        ),
    ] {
        assert_eq!(
            (answer.status, answer.header("www-authenticate")),
            (status, challenge)
        );
        assert_eq!(
            answer.header("content-type"),
            Some("application/problem+json")
        );
        assert_eq!(answer.json()["status"], status);
        assert!(
            !answer.body.contains("admin"),
            "the response reveals the group"
        );
    }
}

#[test]
fn public_and_unknown_paths_need_no_token() {
    let running = program::with(&[]).start();
    for (path, status, content_type) in [
        ("/", 200, "text/html; charset=utf-8"),
        ("/health/live", 200, "application/json"),
        ("/health/ready", 200, "application/json"),
        ("/metrics", 200, "text/plain; version=0.0.4"),
        ("/api/nothing", 404, "text/plain; charset=utf-8"),
        ("/nothing", 404, "text/plain; charset=utf-8"),
    ] {
        let answer = get(&running.at(path));
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (status, Some(content_type)),
            "{path}"
        );

        let head = ask("HEAD", &running.at(path), &[]);
        assert_eq!((head.status, &*head.body), (status, ""), "HEAD {path}");
        assert_eq!(
            head.header("content-type"),
            Some(content_type),
            "HEAD {path}"
        );
    }
    let admin = headers(&running)["admin"].clone();
    assert_eq!(ask("HEAD", &running.at("/api/admin"), &[]).status, 401);
    assert_eq!(
        ask(
            "HEAD",
            &running.at("/api/admin"),
            std::slice::from_ref(&admin)
        )
        .status,
        200
    );
    assert_eq!(ask("POST", &running.at("/api/admin"), &[admin]).status, 405);
}

#[test]
fn home_page_links_every_route_and_loads_nothing() {
    let running = program::with(&[]).start();
    let page = get(&running.at("/"));
    for path in [
        "/api/me",
        "/api/admin",
        "/api/reports",
        "/health/live",
        "/health/ready",
        "/metrics",
    ] {
        assert!(
            page.body.contains(&format!("<a href=\"{path}\">")),
            "{path}"
        );
    }
    assert!(page.body.contains("built-in test issuer"));
    // The page names `localhost`, because cookies belong to a host name.
    let by_name = running.url.replace("127.0.0.1", "localhost");
    assert!(page.body.contains(&format!("curl {by_name}/api/me")));
    for foreign in ["src=", "<link", "<script", "@import", "url(", "//cdn"] {
        assert!(!page.body.contains(foreign), "{foreign}");
    }
    let policy = page.header("content-security-policy").unwrap();
    assert!(
        policy.starts_with("default-src 'none'") && !policy.contains("unsafe"),
        "{policy}"
    );
}

#[test]
fn readiness_and_metrics_report_their_state() {
    let running = program::with(&[]).start();
    let ready = get(&running.at("/health/ready")).json();
    assert_eq!(
        (&ready["ready"], &ready["status"]),
        (&json!(true), &json!("fresh"))
    );
    assert!(!ready["kids"].as_array().unwrap().is_empty());
    assert_eq!(
        (&ready["reason"], &ready["last_failure"]),
        (&json!(null), &json!(null))
    );
    assert!(ready["age_seconds"].is_u64() && ready["last_success"].is_u64());

    let viewer = headers(&running)["viewer"].clone();
    assert_eq!(ask("GET", &running.at("/api/me"), &[viewer]).status, 200);
    assert_eq!(get(&running.at("/api/me")).status, 401);
    let metrics = get(&running.at("/metrics")).body;
    for line in [
        "okta_tower_requests_total{outcome=\"authenticated\"} 1",
        "okta_tower_requests_total{outcome=\"missing_credentials\"} 1",
        "okta_tower_keys_ready 1",
    ] {
        assert!(
            metrics.lines().any(|other| other == line),
            "{line} in {metrics}"
        );
    }
}

#[cfg(unix)]
#[test]
fn signal_stops_the_program_despite_an_idle_client() {
    for signal in ["INT", "TERM"] {
        let running = program::with(&[]).start();
        // An idle open connection must not keep the program alive.
        let idle = std::net::TcpStream::connect(running.url.strip_prefix("http://").unwrap());
        assert!(running.stop(signal).success(), "{signal}");
        drop(idle);
    }
}

#[test]
fn host_name_is_accepted_as_address() {
    let running = program::with(&[("QUICKSTART_ADDR", "localhost:0")]).start();
    assert!(
        running.url.starts_with("http://localhost:"),
        "{}",
        running.url
    );
    assert_eq!(get(&running.at("/health/live")).status, 200);
    let by_number = running.at("/health/live").replace("localhost", "127.0.0.1");
    assert_eq!(get(&by_number).status, 200);
}
