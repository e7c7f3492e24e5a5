//! okta-jwt-verifier 0.10: jsonwebtoken 11 on aws-lc-rs by its feature.
//!
//! It has no layer, so the benchmark uses the one of its example.

use okta_jwt_verifier::Verifier;
use okta_tower_test::Issuer;

use super::{checked::Checked, claims::Claims};
use crate::{
    request::{Bare, Caller},
    stage::AUDIENCE,
};

pub(super) async fn caller(issuer: &Issuer) -> Caller<'static> {
    let verifier = Verifier::new(issuer.url())
        .await
        .expect("the keys")
        .add_audience(AUDIENCE);
    let check = move |token: String| {
        let verifier = verifier.clone();
        async move {
            verifier
                .verify::<Claims>(&token)
                .await
                .ok()
                .map(|data| data.claims)
        }
    };
    Caller::new::<_, (), _>(Checked {
        inner: Bare::<()>::new(),
        check,
    })
}
