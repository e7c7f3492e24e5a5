//! The program, started without configuration and called as its output says.

use grpc_tonic::pb::{Balance, Entry, GetBalanceRequest, ledger_client::LedgerClient};
use scaffold::Started;
use tokio_stream::iter;
use tonic::{Code, Request, transport::Channel};

const PROGRAM: &str = env!("CARGO_BIN_EXE_grpc-tonic");
const FOLDER: &str = env!("CARGO_TARGET_TMPDIR");

#[tokio::test(flavor = "multi_thread")]
async fn printed_calls_get_the_announced_status() {
    let program = Started::start(PROGRAM, FOLDER, &[]);
    let channel = Channel::from_shared(program.url().to_owned()).unwrap();
    let mut ledger = LedgerClient::new(channel.connect().await.unwrap());
    let account = || "checking".to_owned();
    let mut calls = 0;
    for call in program.attempts() {
        let with_token = || call.authorization().parse().unwrap();
        let balance = with(with_token(), GetBalanceRequest { account: account() });
        let answer = match call.command.rsplit_once('/').unwrap().1 {
            "GetBalance" => ledger.get_balance(balance).await.map(drop),
            "Post" => {
                let entry = Entry {
                    account: account(),
                    cents: 250,
                };
                let entries = with(with_token(), iter([entry]));
                ledger.post(entries).await.map(drop)
            }
            "Reconcile" => {
                let believed = Balance {
                    account: account(),
                    cents: 250,
                };
                let believed = with(with_token(), iter([believed]));
                ledger.reconcile(believed).await.map(drop)
            }
            // `expiry.rs` tests how the stream ends, without waiting for it.
            "Watch" => {
                assert!(ledger.watch(balance).await.is_ok());
                continue;
            }
            other => panic!("unexpected method {other}"),
        };
        let code = match answer {
            Ok(()) => "OK".to_owned(),
            Err(status) => format!("{:?}", status.code()),
        };
        assert_eq!(code, call.expected, "{}", call.command);
        calls += 1;
    }
    assert!(calls >= 5, "{calls}");
}

fn with<T>(authorization: tonic::metadata::AsciiMetadataValue, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request
        .metadata_mut()
        .insert("authorization", authorization);
    request
}

#[tokio::test(flavor = "multi_thread")]
async fn start_during_outage_gives_unavailable() {
    let issuer = okta_tower_test::Issuer::start().await;
    issuer.stop_listening().await;
    let variables = [
        // The name in Okta's guides.
        ("OKTA_ISSUER_URL", issuer.url()),
        ("OKTA_TESTING_DISABLE_HTTPS_CHECK", "true"),
    ];
    let program = Started::start(PROGRAM, FOLDER, &variables);
    let channel = Channel::from_shared(program.url().to_owned()).unwrap();
    let mut ledger = LedgerClient::new(channel.connect().await.unwrap());
    let token = format!("Bearer {}", issuer.token().sign()).parse().unwrap();
    let account = "checking".to_owned();
    let call = ledger.get_balance(with(token, GetBalanceRequest { account }));
    assert_eq!(call.await.unwrap_err().code(), Code::Unavailable);
}

#[cfg(unix)]
#[test]
fn signal_stops_the_program() {
    for signal in ["INT", "TERM"] {
        let program = Started::start(PROGRAM, FOLDER, &[]);
        assert!(program.stop(signal).success(), "{signal}");
    }
}

#[test]
fn built_in_issuer_is_rejected_on_public_addresses() {
    Started::assert_private(PROGRAM, FOLDER, "EXAMPLE_ADDR");
}
