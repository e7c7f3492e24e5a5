//! aliri_tower 0.6, with its own JOSE implementation on ring.

use aliri::jwt::{Audience, Audiences, CoreClaims, CoreValidator, IssuerRef, SubjectRef};
use aliri_clock::UnixTime;
use aliri_oauth2::{Authority, HasScope, Scope};
use aliri_tower::Oauth2Authorizer;
use okta_tower_test::Issuer;
use serde::Deserialize;
use tower::Layer;

use crate::{
    request::{Bare, Caller},
    stage::AUDIENCE,
};

/// The same claims as for the other peers, in types of aliri.
#[derive(Clone, Deserialize)]
#[allow(dead_code, reason = "to be read is what the fields are for")]
struct Claims {
    iss: aliri::jwt::Issuer,
    sub: aliri::jwt::Subject,
    aud: Audiences,
    exp: UnixTime,
    scp: Scope,
    groups: Vec<String>,
}

impl CoreClaims for Claims {
    fn nbf(&self) -> Option<UnixTime> {
        None
    }

    fn exp(&self) -> Option<UnixTime> {
        Some(self.exp)
    }

    fn aud(&self) -> &Audiences {
        &self.aud
    }

    fn iss(&self) -> Option<&IssuerRef> {
        Some(&self.iss)
    }

    fn sub(&self) -> Option<&SubjectRef> {
        Some(&self.sub)
    }
}

impl HasScope for Claims {
    fn scope(&self) -> &Scope {
        &self.scp
    }
}

pub(super) async fn caller(issuer: &Issuer) -> Caller<'static> {
    let validator = CoreValidator::default()
        .add_approved_algorithm(aliri::jwa::Algorithm::RS256)
        .add_allowed_audience(Audience::from_static(AUDIENCE))
        .require_issuer(aliri::jwt::Issuer::new(issuer.url().to_owned()))
        .check_expiration();
    let authority = Authority::new_from_url(issuer.keys_url(), validator)
        .await
        .expect("the keys");
    let layer = Oauth2Authorizer::new()
        .with_claims::<Claims>()
        .with_terse_error_handler::<okta_tower::Body>();
    Caller::new::<_, (), _>(layer.jwt_layer(authority).layer(Bare::new()))
}
