//! A gRPC service with Tonic: rules for each method, and streams that end when their token expires.
//!
//! ```sh
//! cargo run -p grpc-tonic
//! ```
//!
//! Without configuration it uses the built-in test issuer; the crate `scaffold` describes its
//! settings. By default it listens on `localhost:50051`.
//!
//! | call | for | otherwise |
//! |---|---|---|
//! | `GetBalance` (unary), `Watch` (server streaming) | every authenticated caller | 16 `UNAUTHENTICATED` |
//! | `Post` (client streaming) | the group `admin` | 7 `PERMISSION_DENIED` |
//! | `Reconcile` (bidirectional) | the scope `reports:read` | 7 |
//! | health, reflection | everyone | |
//! | methods without a rule | rejected | 7 |
//! | any, until the issuer's keys are loaded | | 14 `UNAVAILABLE` |
//!
//! | file | what it shows |
//! |---|---|
//! | `main.rs` | from settings to a running server |
//! | `server.rs` | the layers in their order, and the rules |
//! | `ledger.rs` | the methods, and how they get their caller |
//! | `until.rs` | a stream that ends when the token expires |
//! | `health.rs` | health that reports whether tokens can be verified |
//!
//! The page `docs/tonic.md` explains this example.

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

    // Without the built-in test issuer, this is `Okta::from_env()?.start_lazy()?`.
    let (okta, test_issuer) = scaffold::start(&settings, None, |okta| okta).await?;

    let greeting = settings.greeting(listeners.url(), test_issuer.as_ref(), None);
    match &test_issuer {
        Some(issuer) => with_calls(greeting, issuer, listeners.url()),
        None => greeting,
    }
    .print();

    let connections = listeners.incoming();
    stop.serve(|asked| grpc_tonic::serve(okta, connections, asked))
        .await
}

/// Adds calls to paste. With reflection, `grpcurl` needs no `.proto` file.
fn with_calls(greeting: Greeting, issuer: &Issuer, url: &str) -> Greeting {
    let address = url.trim_start_matches("http://");
    let call = |token: String, method: &str, message: &str| {
        format!(
            "grpcurl -plaintext -H 'Authorization: Bearer {token}' -d '{message}' {address} \
             bank.v1.Ledger/{method}"
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
            "viewer: is not in the group admin",
            call(viewer.sign(), "Post", entry),
        ),
        (
            "OK",
            "admin: was granted the scope reports:read",
            call(admin.sign(), "Reconcile", entry),
        ),
        (
            "Unauthenticated",
            "viewer: the stream ends when its token expires, after 10 s and a leeway of 60 s",
            call(viewer.expires_in(10).sign(), "Watch", checking),
        ),
        (
            "Unauthenticated",
            "expired: the token expired an hour ago",
            call(demo::expired(issuer).sign(), "GetBalance", checking),
        ),
    ];
    let greeting = greeting.attempts("grpcurl", "without a token the status is Unauthenticated");
    (calls.into_iter()).fold(greeting, |greeting, (expected, why, call)| {
        greeting.attempt(expected, why, &call)
    })
}
