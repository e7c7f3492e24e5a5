//! At each sign-in, before there is a session: the person's row.

use okta_tower::provision::{Admission, Decide, Identity, OnSignIn};
use serde_json::json;

use crate::people::{Key, People};

/// Creates and updates the application's own people.
pub(crate) struct Provision(pub(crate) People);

impl OnSignIn for Provision {
    fn on_sign_in<'a>(&'a self, identity: &'a Identity) -> Decide<'a> {
        Box::pin(async move {
            let claims = identity.claims();
            let Some(user_id) = claims.user_id() else {
                return Ok(Admission::deny("This is no person's account."));
            };
            let key = Key {
                issuer: claims.identity_issuer().to_owned(),
                user_id: user_id.to_owned(),
            };
            let email = identity.email().map(str::to_owned);
            let name = identity.name().map(str::to_owned);
            let person = self.0.signed_in(key, email, name).await?;
            Ok(Admission::allow_with(json!({ "id": person.id })))
        })
    }
}
