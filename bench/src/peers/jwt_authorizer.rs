//! jwt-authorizer 0.15: jsonwebtoken 9 on ring, with keys from discovery and default refresh.

use jwt_authorizer::{IntoLayer, JwtAuthorizer, Validation};
use okta_tower_test::Issuer;
use tower::Layer;

use super::claims::Claims;
use crate::{
    request::{Bare, Caller},
    stage::AUDIENCE,
};

pub(super) async fn caller(issuer: &Issuer) -> Caller<'static> {
    let validation = Validation::new().iss(&[issuer.url()]).aud(&[AUDIENCE]);
    let authorizer = JwtAuthorizer::<Claims>::from_oidc(issuer.url())
        .validation(validation)
        .build()
        .await
        .expect("discovery");
    Caller::new::<_, (), _>(
        authorizer
            .into_layer()
            .layer(Bare::<axum_07::body::Body>::new()),
    )
}
