//! What the environment and the file `.env` decide, and what is refused with the reason.

use crate::{
    http::{ask, get},
    program,
};
use okta_tower_test::Issuer;

#[test]
fn a_taken_port_is_an_error_that_says_how_to_choose_another() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (status, said) = program::with(&[("QUICKSTART_ADDR", &address)]).fail();
    assert!(!status.success());
    assert!(said.contains(&address) && said.contains("taken"), "{said}");
    assert!(said.contains("QUICKSTART_ADDR="), "{said}");
    assert!(!said.contains("panicked"), "{said}");
}

#[test]
fn the_stand_in_is_refused_where_other_machines_could_reach_it() {
    for address in ["0.0.0.0:0", "[::]:0"] {
        let (status, said) = program::with(&[("QUICKSTART_ADDR", address)]).fail();
        assert!(!status.success(), "{address}");
        assert!(
            said.contains("stand-in") && said.contains("OKTA_OAUTH2_ISSUER"),
            "{said}"
        );
    }
}

#[test]
fn the_stand_in_is_refused_where_something_else_is_half_configured() {
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
fn what_cannot_be_an_issuer_is_refused_at_the_start() {
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
async fn a_file_in_the_folder_where_it_starts_configures_it_and_the_environment_wins() {
    let issuer = Issuer::builder()
        .audience("api://ledger")
        .start()
        .await
        .unwrap();
    let file = format!(
        "# Okta\nOKTA_OAUTH2_ISSUER={}\nOKTA_OAUTH2_AUDIENCE=\"api://of-the-file\"\nOKTA_TESTING_DISABLE_HTTPS_CHECK=true\n",
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
            .any(|line| line.contains("STAND-IN") || line.contains("eyJ"))
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
fn a_file_that_cannot_be_read_is_refused_by_its_line_without_showing_it() {
    let file = "OKTA_OAUTH2_AUDIENCE=api://default\n\nOKTA_OAUTH2_CLIENT_SECRET hunter2\n";
    let (status, said) = program::with(&[]).env_file(file).fail();
    assert!(!status.success());
    assert!(said.contains(".env") && said.contains("line 3"), "{said}");
    assert!(!said.contains("hunter2"), "{said}");
}
