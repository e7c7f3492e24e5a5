//! A gRPC service with tonic: who may call which method, and what becomes of streams when a token expires.
//!
//! ```sh
//! cargo run -p grpc-tonic
//! ```
//!
//! With nothing set it brings an issuer of its own, a development stand-in for Okta, and prints calls for `grpcurl` with the
//! answers to expect. With `OKTA_OAUTH2_ISSUER` set, in the environment or in a file `.env`, it takes the tokens of that
//! issuer. It listens on `localhost:50051`; `EXAMPLE_ADDR` names another address.
//!
//! | call | who | else |
//! |---|---|---|
//! | `GetBalance` (unary), `Watch` (server streaming) | every caller | 16 `UNAUTHENTICATED` |
//! | `Post` (client streaming) | the group `admin` | 7 `PERMISSION_DENIED` |
//! | `Reconcile` (both ways) | the scope `reports:read` | 7 |
//! | health, reflection | everyone | |
//! | what no rule names | nobody | 7 |
//! | any, while the issuer was never reached | | 14 `UNAVAILABLE` |
//!
//! | file | what it shows |
//! |---|---|
//! | `main.rs` | from settings to a running server |
//! | `server.rs` | the layers in their order, and the rules |
//! | `ledger.rs` | the methods, and how they know their caller |
//! | `until.rs` | a stream that ends when the token does |
//! | `health.rs` | health that tells whether tokens can be judged |
//!
//! The documentation has a page on all this: `okta_tower::guide::tonic`.

use std::process::ExitCode;

use okta_tower_test::Issuer;
use scaffold::{Failure, Greeting, Program, Settings, StopRequest, demo};

const PROGRAM: Program = Program::new("grpc-tonic").default_address("localhost:50051");

fn main() -> ExitCode {
    scaffold::run(PROGRAM, serve)
}

async fn serve(settings: Settings) -> Result<(), Failure> {
    let stop = StopRequest::listen()?;
    let listeners = settings.bind().await?;

    // `Okta::from_env()?.start_lazy()?`, or the same at the stand-in: `scaffold::start` is short, and there to be read.
    let (okta, stand_in) = scaffold::start(&settings, None, |okta| okta).await?;

    let greeting = settings.greeting(listeners.url(), stand_in.as_ref(), None);
    match &stand_in {
        Some(issuer) => with_calls(greeting, issuer, listeners.url()),
        None => greeting,
    }
    .print();

    let connections = listeners.incoming();
    stop.serve(|asked| grpc_tonic::serve(okta, connections, asked))
        .await
}

/// Calls that can be pasted: reflection is on, so `grpcurl` needs no `.proto` file.
fn with_calls(greeting: Greeting, issuer: &Issuer, url: &str) -> Greeting {
    let address = url.trim_start_matches("http://");
    let call = |token: String, method: &str, message: &str| {
        format!(
            "grpcurl -plaintext -H 'Authorization: Bearer {token}' -d '{message}' {address} bank.v1.Ledger/{method}"
        )
    };
    let (admin, viewer) = (
        demo::admin(issuer).claim("department", "audit"),
        demo::viewer(issuer),
    );
    let checking = r#"{"account": "checking"}"#;
    let entry = r#"{"account": "checking", "cents": 250}"#;
    let calls = [
        (
            "OK",
            "viewer: any valid token may ask",
            call(viewer.sign(), "GetBalance", checking),
        ),
        (
            "OK",
            "admin: is in the group admin",
            call(admin.sign(), "Post", entry),
        ),
        (
            "PermissionDenied",
            "viewer: is not",
            call(viewer.sign(), "Post", entry),
        ),
        (
            "OK",
            "admin: was granted the scope",
            call(admin.sign(), "Reconcile", entry),
        ),
        (
            "Unauthenticated",
            "viewer: the stream ends when its token does, after ten seconds and a minute of leeway",
            call(viewer.expires_in(10).sign(), "Watch", checking),
        ),
        (
            "Unauthenticated",
            "expired: an hour too late",
            call(demo::expired(issuer).sign(), "GetBalance", checking),
        ),
    ];
    let greeting = greeting.attempts("grpcurl", "without one it is Unauthenticated");
    (calls.into_iter()).fold(greeting, |greeting, (expected, why, call)| {
        greeting.attempt(expected, why, &call)
    })
}
