//! Resource metadata, groups by the management API, Redis.

use std::{
    io::{Read, Write},
    net::TcpListener,
    thread,
};

use cross_tests::redis::{RedisServer, TlsRedis};
use http::StatusCode;
use okta_tower_test::{Endpoint, Fault, Issuer, User};
use serde_json::{Value, json};

use crate::run::Run;

/// Serves one document for two requests, and returns the origin.
fn serve(document: impl Fn(&str) -> Value) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let body = document(&origin).to_string();
    thread::spawn(move || {
        for _ in 0..2 {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 4096];
            let length = stream.read(&mut request).unwrap();
            let path = "GET /.well-known/oauth-protected-resource/mcp HTTP/1.1";
            let status = if request[..length].starts_with(path.as_bytes()) {
                200
            } else {
                404
            };
            let length = body.len();
            let head = format!(
                "HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
            );
            stream
                .write_all(format!("{head}{body}").as_bytes())
                .unwrap();
        }
    });
    origin
}

#[tokio::test]
async fn resource_metadata_must_name_resource_and_issuer() {
    let issuer = Issuer::start().await;
    let url = issuer.url();
    for (resource, server, exit, part) in [
        (
            "/mcp",
            url.to_owned(),
            0,
            "names the resource and the issuer",
        ),
        ("/mcp/", url.to_owned(), 8, "differ in a slash"),
        ("/other", url.to_owned(), 8, "character by character"),
        ("/mcp", format!("{url}/"), 8, "differ in a slash"),
        (
            "/mcp",
            "https://other.example".to_owned(),
            8,
            "does not list",
        ),
    ] {
        let origin = serve(|origin| {
            let resource = format!("{origin}{resource}");
            json!({ "resource": resource, "authorization_servers": [server] })
        });
        let run = Run::of(&issuer).arguments(&["--resource", &format!("{origin}/mcp")]);
        let found = run.found().await;
        assert_eq!(found.exit, exit, "{}", found.text);
        assert!(found.text.contains(part), "{}", found.text);
    }
    let found = Run::of(&issuer)
        .arguments(&["--resource", "http://127.0.0.1:1/mcp"])
        .found()
        .await;
    assert_eq!(
        (found.exit, &*found.problem("resource_metadata").1),
        (8, "connection")
    );
}

#[tokio::test]
async fn more_groups_than_a_claim_has_are_a_warning() {
    let groups = |count: usize| (0..count).map(|number| format!("group {number}"));
    let issuer = Issuer::builder()
        .api_token("00tTestTokenTestToken")
        .user(User::new("few@example.com").groups(groups(100)))
        .user(User::new("many@example.com").groups(groups(101)))
        .start()
        .await
        .unwrap();
    let run = |uid: &str| {
        Run::of(&issuer)
            .set("OKTA_CLIENT_ORGURL", issuer.org_url())
            .set("OKTA_CLIENT_TOKEN", "00tTestTokenTestToken")
            .arguments(&["--user", uid])
    };
    let uid = |login: &str| issuer.user(login).unwrap().uid().to_owned();
    let few = run(&uid("few")).found().await;
    assert!(few.exit == 0 && few.is_ok("management_api"), "{}", few.text);
    let many = run(&uid("many")).found().await;
    let (outcome, _, words) = many.problem("management_api");
    assert_eq!((many.exit, &*outcome), (1, "warning"), "{}", many.text);
    assert!(words.contains("101 groups"), "{words}");
    // The user of a token.
    let token = issuer.token().user("many@example.com").sign();
    let of_token = Run::of(&issuer)
        .set("OKTA_CLIENT_ORGURL", issuer.org_url())
        .set("OKTA_CLIENT_TOKEN", "00tTestTokenTestToken");
    let found = of_token.token(&token).found().await;
    assert!(
        found.problem("management_api").2.contains("101 groups"),
        "{}",
        found.text
    );

    for fault in [
        Fault::Status(StatusCode::FORBIDDEN),
        Fault::NextLink("https://evil.example/next".to_owned()),
        Fault::Garbage,
    ] {
        let name = format!("{fault:?}");
        issuer.fault(Endpoint::UserGroups, fault);
        let found = run(&uid("few")).found().await;
        let (outcome, _, _) = found.problem("management_api");
        assert_eq!(
            (found.exit, &*outcome),
            (8, "failure"),
            "{name}: {}",
            found.text
        );
        issuer.heal();
    }
    issuer.revoke_api_tokens();
    let rejected = run(&uid("few")).found().await;
    assert_eq!(rejected.exit, 8, "{}", rejected.text);
    assert!(!rejected.text.contains("00tTest"), "{}", rejected.text);
    let without = Run::of(&issuer).arguments(&["--user", "ada"]).found().await;
    assert!(
        without.exit == 8
            && without
                .problem("management_api")
                .2
                .contains("OKTA_CLIENT_TOKEN")
    );
}

#[tokio::test]
async fn redis_is_checked_with_version_keys_and_expiry() {
    let Some(mut redis) = RedisServer::start(&[]) else {
        return;
    };
    let issuer = Issuer::start().await;
    let run = |place: &str| Run::of(&issuer).arguments(&["--redis", place]);
    let url = redis.url();
    let empty = run(&url).found().await;
    assert_eq!(empty.exit, 0, "{}", empty.text);
    assert!(
        empty.text.contains("responds, with 0 keys"),
        "{}",
        empty.text
    );
    assert!(empty.text.contains("no session yet"), "{}", empty.text);

    let _ = redis.command("SET okta:session:a x EX 1000");
    let found = run("MY_REDIS").set("MY_REDIS", &url).found().await;
    assert_eq!(found.exit, 0, "{}", found.text);
    assert!(
        found.text.contains("a session expires in "),
        "{}",
        found.text
    );

    let _ = redis.command("PERSIST okta:session:a");
    let _ = redis.command("CONFIG SET maxmemory-policy allkeys-lru");
    let found = run(&url).found().await;
    assert_eq!(found.exit, 1, "{}", found.text);
    assert!(found.text.contains("no expiry") && found.text.contains("noeviction"));

    redis.end();
    let found = run(&url).found().await;
    assert_eq!(
        (found.exit, &*found.problem("session_store").0),
        (8, "failure")
    );
    let unset = run("NO_SUCH_VARIABLE").found().await;
    assert_eq!(unset.exit, 8, "{}", unset.text);
}

#[tokio::test]
async fn password_of_redis_is_never_shown() {
    let Some(redis) = TlsRedis::start("ada on >hunter2hunter2 ~* +@all") else {
        return;
    };
    let issuer = Issuer::start().await;
    for login in ["ada:hunter2hunter2", "ada:wronghunter2", "ada:hunter2%zz"] {
        let run = Run::of(&issuer).arguments(&["--redis", "MY_REDIS"]);
        let found = run.set("MY_REDIS", &redis.url(login)).found().await;
        // The certificate is not the system's: the check does not go further.
        assert_eq!(found.exit, 8, "{}", found.text);
        assert!(!found.text.contains("hunter2"), "{}", found.text);
    }
    let trusting = [
        "--redis",
        "MY_REDIS",
        "--root-certificate",
        redis.certificate_file(),
    ];
    for (login, exit) in [("ada:hunter2hunter2", 0), ("ada:wronghunter2", 8)] {
        let run = Run::of(&issuer).arguments(&trusting);
        let found = run.set("MY_REDIS", &redis.url(login)).found().await;
        assert_eq!(found.exit, exit, "{}", found.text);
        assert!(!found.text.contains("hunter2"), "{}", found.text);
    }
    let Some(redis) = RedisServer::start(&["--requirepass", "hunter2hunter2"]) else {
        return;
    };
    let port = redis.port();
    for (password, exit) in [("hunter2hunter2", 0), ("wronghunter2", 8)] {
        let url = format!("redis://:{password}@127.0.0.1:{port}");
        let run = Run::of(&issuer)
            .arguments(&["--redis", "MY_REDIS"])
            .set("MY_REDIS", &url);
        let found = run.found().await;
        assert_eq!(found.exit, exit, "{}", found.text);
        assert!(!found.text.contains("hunter2"), "{}", found.text);
    }
}
