//! The org and its management API.

use super::Issuer;
use crate::{endpoints::org::group_id, state::mail::Mail};

/// # Management API
///
/// The paths below `/api/v1/users` manage the users who sign in. Callers need one of these tokens:
///
/// - an API token, registered with [`register_api_token`](Self::register_api_token), which permits
///   every operation;
/// - an access token of the org's `/oauth2/v1/token`, for a [client with a
///   key](crate::Client::with_key). Reading needs `okta.users.read`, changes need
///   `okta.users.manage`. Reading a user's groups needs either of these or `okta.groups.read`.
impl Issuer {
    /// Returns the URL of the org: the value of `OKTA_CLIENT_ORGURL`.
    #[must_use]
    pub fn org_url(&self) -> &str {
        &self.state.config.origin
    }

    /// Registers an API token, which permits every operation: the value of `OKTA_CLIENT_TOKEN`.
    pub fn register_api_token(&self, token: impl Into<String>) {
        self.state.sign_in().org.add_api_token(token.into());
    }

    /// Revokes all tokens for the management API: API tokens and access tokens of services.
    pub fn revoke_api_tokens(&self) {
        self.state.sign_in().org.revoke_tokens();
    }

    /// Returns the mails that Okta would have sent, oldest first.
    #[must_use]
    pub fn mails(&self) -> Vec<Mail> {
        self.state.sign_in().org.mails.all()
    }

    /// Returns the ID of the group with this name.
    #[must_use]
    pub fn group_id(&self, name: &str) -> String {
        group_id(name)
    }
}
