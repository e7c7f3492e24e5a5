//! tower-oauth2-resource-server 0.12: jsonwebtoken 11 on aws-lc-rs by its feature.

use okta_tower_test::Issuer;
use tower::Layer;
use tower_oauth2_resource_server::{server::OAuth2ResourceServer, tenant::TenantConfiguration};

use super::claims::Claims;
use crate::{
    request::{Bare, Caller},
    stage::AUDIENCE,
};

pub(super) async fn caller(issuer: &Issuer) -> Caller<'static> {
    let tenant = TenantConfiguration::builder(issuer.url())
        .audiences(&[AUDIENCE])
        .build()
        .await
        .expect("discovery");
    let server = OAuth2ResourceServer::<Claims>::builder()
        .add_tenant(tenant)
        .build()
        .await
        .expect("a server");
    // The library starts to fetch keys and does not report when it has them.
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    Caller::new::<_, (), _>(server.into_layer::<()>().layer(Bare::new()))
}
