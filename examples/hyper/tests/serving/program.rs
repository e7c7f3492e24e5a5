//! The program as a user meets it: started with nothing set, and asked as it says.

use reqwest::Client;
use scaffold::Started;

const PROGRAM: &str = env!("CARGO_BIN_EXE_hyper-example");
const FOLDER: &str = env!("CARGO_TARGET_TMPDIR");

#[tokio::test(flavor = "multi_thread")]
async fn every_printed_request_is_answered_as_announced() {
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
async fn it_stops_when_asked_to_though_a_connection_is_open() {
    for signal in ["INT", "TERM"] {
        let program = Started::start(PROGRAM, FOLDER, &[]);
        let client = Client::builder().no_proxy().build().unwrap();
        let answer = client.get(format!("{}/health", program.url())).send().await;
        assert_eq!(answer.unwrap().status(), 200);
        assert!(program.stop(signal).success(), "{signal}");
        drop(client);
    }
}
