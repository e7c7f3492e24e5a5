//! Tokens and mails of the org.

use std::time::SystemTime;

use super::mail::Mails;
use crate::bounded::Bounded;

/// The largest number of access tokens that the org remembers.
const MAX_TOKENS: usize = 5_000;

/// The state of the management API, apart from the users.
#[derive(Debug)]
pub(crate) struct Org {
    /// API tokens. Each permits every operation.
    pub(crate) api_tokens: Vec<String>,
    /// Access tokens of services.
    pub(crate) access_tokens: Bounded<OrgAccess>,
    pub(crate) mails: Mails,
}

/// An access token for the management API.
#[derive(Clone, Debug)]
pub(crate) struct OrgAccess {
    pub(crate) scopes: Vec<String>,
    pub(crate) expires: SystemTime,
}

impl Org {
    pub(crate) fn new() -> Self {
        Self {
            api_tokens: Vec::new(),
            access_tokens: Bounded::new(MAX_TOKENS),
            mails: Mails::new(),
        }
    }

    pub(crate) fn add_api_token(&mut self, token: String) {
        self.api_tokens.push(token);
    }

    pub(crate) fn note_access_token(&mut self, token: String, access: OrgAccess) {
        self.access_tokens.insert(token, access);
    }

    /// Revokes all API tokens and all access tokens of services.
    pub(crate) fn revoke_tokens(&mut self) {
        self.api_tokens.clear();
        self.access_tokens.clear();
    }
}
