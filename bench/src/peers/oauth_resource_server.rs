//! oauth-resource-server 0.4: jsonwebtoken 9 on ring.

use std::sync::Arc;

use oauth_resource_server::{KeyNaming, OAuthConfig, OAuthValidator, http_layer::HttpAuthLayer};
use okta_tower_test::Issuer;
use tower::Layer;

use crate::{
    request::{Bare, Caller},
    stage::AUDIENCE,
};

pub(super) async fn caller(issuer: &Issuer) -> Caller<'static> {
    let config = OAuthConfig {
        enabled: true,
        issuer: issuer.url().to_owned(),
        jwks_uri: Some(issuer.keys_url()),
        audience: AUDIENCE.to_owned(),
        resource: "http://localhost:3000".to_owned(),
        // The library requires a scope, or an explicit setting for none.
        allow_unscoped_tokens: true,
        ..OAuthConfig::default()
    };
    let resolved = config
        .resolve(KeyNaming::Dotted("oauth"))
        .expect("the settings")
        .expect("enabled");
    let validator = Arc::new(OAuthValidator::new(&resolved).expect("a validator"));
    validator.refresh_now().await.expect("the keys");
    let layer = HttpAuthLayer::builder()
        .oauth(validator)
        .build()
        .expect("a layer");
    Caller::new::<_, (), _>(layer.layer(Bare::<()>::new()))
}
