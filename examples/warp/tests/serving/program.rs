//! The program, started without configuration and used as its output says.

use reqwest::Client;
use scaffold::Started;

const PROGRAM: &str = env!("CARGO_BIN_EXE_warp-example");
const FOLDER: &str = env!("CARGO_TARGET_TMPDIR");

#[tokio::test(flavor = "multi_thread")]
async fn printed_requests_get_the_announced_status() {
    let program = Started::start(PROGRAM, FOLDER, &[]);
    let client = Client::builder().no_proxy().build().unwrap();
    let mut requests = 0;
    for request in program.attempts() {
        let url = request.command.split(' ').nth(1).unwrap();
        let answer = client
            .get(url)
            .header("authorization", request.authorization());
        let status = answer.send().await.unwrap().status();
        assert_eq!(status.as_str(), request.expected, "{url}");
        requests += 1;
    }
    assert!(requests >= 8, "{requests}");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn signal_stops_the_program_despite_open_connections() {
    for signal in ["INT", "TERM"] {
        let program = Started::start(PROGRAM, FOLDER, &[]);
        let client = Client::builder().no_proxy().build().unwrap();
        let answer = client.get(format!("{}/health", program.url())).send().await;
        assert_eq!(answer.unwrap().status(), 200);
        assert!(program.stop(signal).success(), "{signal}");
        drop(client);
    }
}

#[test]
fn built_in_issuer_is_rejected_on_public_addresses() {
    Started::assert_private(PROGRAM, FOLDER, "EXAMPLE_ADDR");
}
