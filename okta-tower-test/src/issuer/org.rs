//! The org of the issuer: its management API.

use super::Issuer;
use crate::{endpoints::org::group_id, state::mail::Mail};

/// # Management API
///
/// `/api/v1/users` and what is below it, over the same people who sign in. Callers bring an API token
/// ([`register_api_token`](Self::register_api_token)), or an access token of `/oauth2/v1/token` of the org, which is for
/// [clients with a key](crate::Client::with_key): `okta.users.read` to read, `okta.users.manage` to change, for the groups of a
/// person `okta.groups.read` will do.
impl Issuer {
    /// The URL of the org, where its management API is: what goes into `OKTA_CLIENT_ORGURL`.
    #[must_use]
    pub fn org_url(&self) -> &str {
        &self.state.config.origin
    }

    /// Makes an API token known, which may do everything: what goes into `OKTA_CLIENT_TOKEN`.
    pub fn register_api_token(&self, token: impl Into<String>) {
        self.state.sign_in().org.add_api_token(token.into());
    }

    /// Revokes all tokens for the management API, registered ones and those of services.
    pub fn revoke_api_tokens(&self) {
        self.state.sign_in().org.revoke_tokens();
    }

    /// The mails that Okta would have sent, oldest first.
    #[must_use]
    pub fn mails(&self) -> Vec<Mail> {
        self.state.sign_in().org.mails.all()
    }

    /// The id of the group of this name.
    #[must_use]
    pub fn group_id(&self, name: &str) -> String {
        group_id(name)
    }
}
