//! The layers in their order, and the rules.

use std::{io, time::Duration};

use futures_util::Stream;
use http::{HeaderName, Method, header};
use okta_tower::{Okta, Require, RouteRules, RuleError};
use scaffold::{Connection, Failure};
use tonic::transport::Server;
use tonic_web::GrpcWebLayer;
use tower_http::{
    cors::{Any, CorsLayer},
    trace::TraceLayer,
};

use crate::{
    Bank, health,
    ledger::Employee,
    pb::{DESCRIPTORS, ledger_server::LedgerServer},
};

/// How often a quiet client gets a ping, and how long it may take to answer.
const KEEP_ALIVE: Duration = Duration::from_secs(20);

/// Serves the ledger on these connections until `asked_to_stop` is ready.
///
/// # Errors
/// If a rule is invalid, or the server fails.
pub async fn serve(
    okta: Okta,
    connections: impl Stream<Item = io::Result<Connection>>,
    asked_to_stop: impl Future<Output = ()>,
) -> Result<(), Failure> {
    let reflection = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(DESCRIPTORS)
    };
    Server::builder()
        // gRPC-Web also uses HTTP/1.
        .accept_http1(true)
        // Connections of clients that are gone, or do not answer, end.
        .http2_keepalive_interval(Some(KEEP_ALIVE))
        .http2_keepalive_timeout(Some(KEEP_ALIVE))
        // The outermost layer first. Tracing and CORS must see rejections.
        .layer(TraceLayer::new_for_grpc())
        .layer(cors())
        .layer(okta.layer().claims::<Employee>().rules(rules()?))
        // Inside of the authentication layer, which renders gRPC-Web rejections itself.
        .layer(GrpcWebLayer::new())
        .add_service(health::reported_by(okta.clone()))
        .add_service(reflection().build_v1()?)
        // Older clients use this version.
        .add_service(reflection().build_v1alpha()?)
        .add_service(LedgerServer::new(Bank::new(okta)))
        .serve_with_incoming_shutdown(connections, asked_to_stop)
        .await?;
    Ok(())
}

/// Returns the access rules. A gRPC method is a path. Methods without a rule are rejected, so a new
/// method is closed by default.
fn rules() -> Result<RouteRules, RuleError> {
    RouteRules::new()
        .at("/grpc.health.v1.Health/{*any}", Require::public())
        .at(
            "/grpc.reflection.v1.ServerReflection/{*any}",
            Require::public(),
        )
        .at(
            "/grpc.reflection.v1alpha.ServerReflection/{*any}",
            Require::public(),
        )
        .at("/bank.v1.Ledger/GetBalance", Require::authenticated())
        .at("/bank.v1.Ledger/Watch", Require::authenticated())
        .at("/bank.v1.Ledger/Post", Require::group("admin"))
        .at("/bank.v1.Ledger/Reconcile", Require::scope("reports:read"))
        .build()
}

/// Allows browsers to use gRPC-Web. Tokens are sent by scripts, never by the browser itself, so any
/// origin may call.
fn cors() -> CorsLayer {
    let grpc = |name| HeaderName::from_static(name);
    CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::POST])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            grpc("grpc-timeout"),
            grpc("x-grpc-web"),
            grpc("x-user-agent"),
        ])
        // A rejection consists only of headers, which scripts must be able to read.
        .expose_headers([
            grpc("grpc-status"),
            grpc("grpc-message"),
            header::WWW_AUTHENTICATE,
        ])
}
