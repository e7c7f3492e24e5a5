//! Changes that a test makes to tokens and callbacks.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::key::Key;

/// A function that changes the members of a JSON object. Shared, so that it is called without a
/// lock.
pub(crate) type Change = Arc<dyn Fn(&mut Map<String, Value>) + Send + Sync>;

/// A function that changes the text of a token.
pub(crate) type Rewrite = Arc<dyn Fn(String) -> String + Send + Sync>;

#[derive(Clone, Default)]
pub(crate) struct Tampering {
    /// Changes the claims of ID tokens before they are signed.
    pub(crate) id_token: Option<Change>,
    /// Signs ID tokens instead of the active key.
    pub(crate) id_token_key: Option<Key>,
    /// Changes ID tokens after they are signed.
    pub(crate) id_token_text: Option<Rewrite>,
    /// Changes responses of the token endpoint that contain tokens.
    pub(crate) token_response: Option<Change>,
    pub(crate) userinfo: Option<Change>,
    pub(crate) userinfo_is_signed: bool,
    /// The `state` with which browsers return from sign-out, if not the application's: another one
    /// or none.
    pub(crate) logout_state: Option<Option<String>>,
    pub(crate) callback_issuer: CallbackIssuer,
    pub(crate) appended_to_callback: Option<String>,
}

/// Whether callbacks carry `iss` (RFC 9207).
#[derive(Clone, Debug, Default)]
pub(crate) enum CallbackIssuer {
    /// No `iss`, as at Okta.
    #[default]
    Absent,
    True,
    False(String),
}

impl Tampering {
    pub(crate) fn callback_issuer(&self, issuer: &str) -> Option<String> {
        match &self.callback_issuer {
            CallbackIssuer::Absent => None,
            CallbackIssuer::True => Some(issuer.to_owned()),
            CallbackIssuer::False(other) => Some(other.clone()),
        }
    }
}
