//! The environment and the file `.env`: what they configure, and what the program rejects.

use crate::{
    http::{ask, get},
    program,
};
use okta_tower_test::Issuer;

#[test]
fn taken_port_error_says_how_to_choose_another() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (status, said) = program::with(&[("QUICKSTART_ADDR", &address)]).fail();
    assert!(!status.success());
    assert!(said.contains(&address) && said.contains("taken"), "{said}");
    assert!(said.contains("QUICKSTART_ADDR="), "{said}");
    assert!(!said.contains("panicked"), "{said}");
}

#[test]
fn built_in_issuer_on_public_address_is_rejected() {
    for address in ["0.0.0.0:0", "[::]:0"] {
        let (status, said) = program::with(&[("QUICKSTART_ADDR", address)]).fail();
        assert!(!status.success(), "{address}");
        assert!(
            said.contains("test issuer") && said.contains("OKTA_OAUTH2_ISSUER"),
            "{said}"
        );
    }
}

#[test]
fn client_without_issuer_is_rejected_at_start() {
    let half = [
        ("OKTA_OAUTH2_CLIENT_ID", "0oa1"),
        ("OKTA_OAUTH2_CLIENT_SECRET", "hunter2"),
    ];
    let (status, said) = program::with(&half).fail();
    assert!(!status.success());
    for name in [
        "OKTA_OAUTH2_CLIENT_ID",
        "OKTA_OAUTH2_CLIENT_SECRET",
        "OKTA_OAUTH2_ISSUER",
    ] {
        assert!(said.contains(name), "{said}");
    }
    assert!(!said.contains("hunter2"), "{said}");
}

#[test]
fn invalid_issuer_is_rejected_with_a_remedy() {
    for (issuer, remedy) in [
        ("https://dev-1234.okta.com", "/oauth2/default"),
        ("http://dev-1234.okta.com/oauth2/default", "https"),
        ("https://{yourOktaDomain}/oauth2/default", "placeholder"),
    ] {
        let (status, said) = program::with(&[("OKTA_OAUTH2_ISSUER", issuer)]).fail();
        assert!(!status.success(), "{issuer}");
        assert!(
            said.contains("OKTA_OAUTH2_ISSUER") && said.contains(remedy),
            "{said}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn environment_takes_precedence_over_env_file() {
    let issuer = Issuer::builder()
        .audience("api://ledger")
        .start()
        .await
        .unwrap();
    let file = format!(
        "# Okta\nOKTA_OAUTH2_ISSUER={}\nOKTA_OAUTH2_AUDIENCE=\"api://of-the-file\"\n\
         OKTA_TESTING_DISABLE_HTTPS_CHECK=true\n",
        issuer.url()
    );
    let environment = [("OKTA_OAUTH2_AUDIENCE", "api://ledger")];
    let running = program::with(&environment).env_file(&file).start();
    assert!(
        running
            .printed
            .iter()
            .any(|line| line.contains(issuer.url()))
    );
    assert!(
        !running
            .printed
            .iter()
            .any(|line| line.contains("TEST ISSUER") || line.contains("eyJ"))
    );
    crate::until("the keys are loaded", || {
        get(&running.at("/health/ready")).status == 200
    });

    let me = |token: String| {
        ask(
            "GET",
            &running.at("/api/me"),
            &[format!("authorization: Bearer {token}")],
        )
        .status
    };
    assert_eq!(me(issuer.token().sign()), 200);
    assert_eq!(me(issuer.token().audience("api://of-the-file").sign()), 401);
}

#[test]
fn unreadable_env_file_is_reported_by_line_number() {
    let file = "OKTA_OAUTH2_AUDIENCE=api://default\n\nOKTA_OAUTH2_CLIENT_SECRET hunter2\n";
    let (status, said) = program::with(&[]).env_file(file).fail();
    assert!(!status.success());
    assert!(said.contains(".env") && said.contains("line 3"), "{said}");
    assert!(!said.contains("hunter2"), "{said}");
}
