//! axum-jwks 0.12: jsonwebtoken 9 on ring.
//!
//! It has an extractor and no layer. The extractor clones the key set for each request. The check
//! alone is faster, so the benchmark measures the check, in a layer of its own.

use std::{future::ready, sync::Arc};

use axum_jwks::Jwks;
use okta_tower_test::Issuer;

use super::{checked::Checked, claims::Claims};
use crate::{
    request::{Bare, Caller},
    stage::AUDIENCE,
};

pub(super) async fn caller(issuer: &Issuer) -> Caller<'static> {
    let keys = Arc::new(
        Jwks::from_oidc_url(&issuer.discovery_url(), Some(AUDIENCE))
            .await
            .expect("discovery"),
    );
    let check = move |token: String| {
        ready(
            keys.validate_claims::<Claims>(&token)
                .ok()
                .map(|data| data.claims),
        )
    };
    Caller::new::<_, (), _>(Checked {
        inner: Bare::<()>::new(),
        check,
    })
}
