//! axum-keycloak-auth 0.8: jsonwebtoken 9 on ring.
//!
//! It fetches discovery from Keycloak's path. A small server on loopback serves the issuer's own
//! document there.

use axum::{Router, body::Body, routing::get};
use axum_keycloak_auth::{
    Url,
    instance::{KeycloakAuthInstance, KeycloakConfig},
    layer::KeycloakAuthLayer,
};
use okta_tower_test::Issuer;
use serde::Deserialize;
use tokio::net::TcpListener;
use tower::Layer;

use crate::{
    request::{Bare, Caller},
    stage::AUDIENCE,
};

/// The claims that it reads in addition to those that it always reads.
#[derive(Clone, Deserialize)]
#[allow(dead_code, reason = "to be read is what the fields are for")]
struct Extra {
    scp: Vec<String>,
    groups: Vec<String>,
}

pub(super) async fn caller(issuer: &Issuer) -> Caller<'static> {
    let server = keycloak(issuer.metadata().to_string()).await;
    let instance = KeycloakAuthInstance::new(
        KeycloakConfig::builder()
            .server(server)
            .realm("bench".to_owned())
            .build(),
    );
    while !instance.is_operational().await {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let layer = KeycloakAuthLayer::<String, Extra>::builder()
        .instance(instance)
        .expected_audiences(vec![AUDIENCE.to_owned()])
        .build();
    Caller::new::<_, Body, _>(layer.layer(Bare::<Body>::new()))
}

/// Serves the document at Keycloak's path.
async fn keycloak(document: String) -> Url {
    let router = Router::new().route(
        "/realms/bench/.well-known/openid-configuration",
        get(|| async { document }),
    );
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("its number");
    tokio::spawn(async { axum::serve(listener, router).await });
    Url::parse(&format!("http://{address}/")).expect("an address")
}
