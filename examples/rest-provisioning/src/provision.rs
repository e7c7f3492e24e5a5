//! The sign-in hook: writes the user's row before the session exists.

use okta_tower::provision::{Admission, HookFuture, Identity, OnSignIn};
use serde_json::json;

use crate::local_users::{Key, LocalUsers};

/// Creates and updates the application's users.
pub(crate) struct Provision(pub(crate) LocalUsers);

impl OnSignIn for Provision {
    fn on_sign_in<'a>(&'a self, identity: &'a Identity) -> HookFuture<'a> {
        Box::pin(async move {
            let claims = identity.claims();
            let Some(user_id) = claims.user_id() else {
                return Ok(Admission::deny("This account has no user ID."));
            };
            let key = Key {
                issuer: claims.identity_issuer().to_owned(),
                user_id: user_id.to_owned(),
            };
            let email = identity.email().map(str::to_owned);
            let name = identity.name().map(str::to_owned);
            let user = self.0.signed_in(key, email, name).await?;
            Ok(Admission::allow_with(json!({ "id": user.id })))
        })
    }
}
