//! The program as a user meets it: started with nothing set, and called as it says.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use grpc_tonic::pb::{Balance, Entry, GetBalanceRequest, ledger_client::LedgerClient};
use tokio_stream::iter;
use tonic::{Code, Request, Status, transport::Channel};

use crate::world::PATIENCE;

struct Program {
    child: Child,
    printed: Vec<String>,
}

impl Program {
    fn start(variables: &[(&str, &str)]) -> Self {
        let folder = env!("CARGO_TARGET_TMPDIR");
        let mut command = Command::new(env!("CARGO_BIN_EXE_grpc-tonic"));
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy();
            if ["OKTA_", "OIDC_", "EXAMPLE_"]
                .iter()
                .any(|start| name.starts_with(start))
            {
                command.env_remove(&*name);
            }
        }
        let mut child = command
            .current_dir(folder)
            .env("EXAMPLE_ADDR", "127.0.0.1:0")
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut printed = Vec::new();
        for line in lines {
            let line = line.unwrap();
            let is_last = line.starts_with("Ctrl-C");
            printed.push(line);
            if is_last {
                break;
            }
        }
        Self { child, printed }
    }

    fn url(&self) -> &str {
        let mut lines = self.printed.iter();
        let url = lines.find_map(|line| line.strip_prefix("Listening on "));
        url.expect("it says where it listens")
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn with_header<T>(header: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    let (name, value) = header.split_once(": ").unwrap();
    assert_eq!(name, "Authorization");
    let value = value.parse().unwrap();
    request.metadata_mut().insert("authorization", value);
    request
}

#[tokio::test(flavor = "multi_thread")]
async fn every_printed_call_is_answered_as_announced() {
    let program = Program::start(&[]);
    let channel = Channel::from_shared(program.url().to_owned()).unwrap();
    let mut ledger = LedgerClient::new(channel.connect().await.unwrap());
    let account = || "checking".to_owned();
    let mut announced = None;
    let mut calls = 0;
    for line in &program.printed {
        if let Some(text) = line.strip_prefix("# -> ") {
            announced = text.split_once(' ').map(|(status, _)| status);
        } else if line.starts_with("grpcurl ") {
            let header = line.split('\'').nth(1).unwrap();
            let balance = GetBalanceRequest { account: account() };
            let answer: Result<(), Status> = match line.rsplit_once('/').unwrap().1 {
                "GetBalance" => (ledger.get_balance(with_header(header, balance)).await).map(drop),
                "Post" => {
                    let entry = Entry {
                        account: account(),
                        cents: 250,
                    };
                    ledger
                        .post(with_header(header, iter([entry])))
                        .await
                        .map(drop)
                }
                "Reconcile" => {
                    let believed = Balance {
                        account: account(),
                        cents: 250,
                    };
                    ledger
                        .reconcile(with_header(header, iter([believed])))
                        .await
                        .map(drop)
                }
                // It ends after a minute; `expiry.rs` does not wait for that.
                "Watch" => {
                    assert!(ledger.watch(with_header(header, balance)).await.is_ok());
                    Err(Status::unauthenticated(""))
                }
                other => panic!("{other} is not known here"),
            };
            let code = answer.err().map_or(Code::Ok, |status| status.code());
            let code = if code == Code::Ok {
                "OK".to_owned()
            } else {
                format!("{code:?}")
            };
            assert_eq!(Some(&*code), announced, "{line}");
            calls += 1;
        }
    }
    assert!(calls >= 6, "{:?}", program.printed);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn it_stops_when_asked_to() {
    let mut program = Program::start(&[]);
    let id = program.child.id().to_string();
    let sent = Command::new("kill").args(["-s", "TERM", &id]).status();
    assert!(sent.unwrap().success());
    let deadline = Instant::now() + PATIENCE;
    let status = loop {
        if let Some(status) = program.child.try_wait().unwrap() {
            break status;
        }
        assert!(Instant::now() < deadline, "it goes on");
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    assert!(status.success());
}
