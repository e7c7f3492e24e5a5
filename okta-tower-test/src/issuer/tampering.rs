//! Tampering with tokens and callbacks.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::Issuer;
use crate::{key::Key, state::tampering::CallbackIssuer};

/// # Tampering
///
/// These methods affect everything that is issued afterward, until [`heal`](Self::heal).
impl Issuer {
    /// Changes the claims of ID tokens before they are signed, so that the signature is valid and a
    /// claim is not.
    ///
    /// For example `nonce`, `aud`, `iss`, `at_hash`, or another `sub` in a refresh.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// # let issuer = okta_tower_test::Issuer::start().await;
    /// issuer.tamper_id_token(|claims| {
    ///     claims.insert("nonce".to_owned(), "another".into());
    /// });
    /// # }
    /// ```
    pub fn tamper_id_token(
        &self,
        change: impl Fn(&mut Map<String, Value>) + Send + Sync + 'static,
    ) {
        self.state.sign_in().tampering.id_token = Some(Arc::new(change));
    }

    /// Signs ID tokens with this key and sets its `kid`, for example with
    /// [`forged_key`](Self::forged_key).
    pub fn sign_id_tokens_with(&self, key: Key) {
        self.state.sign_in().tampering.id_token_key = Some(key);
    }

    /// Changes the text of ID tokens after they are signed: `alg: none`, another header, a flipped
    /// bit.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// # let issuer = okta_tower_test::Issuer::start().await;
    /// issuer.rewrite_id_tokens(|token| {
    ///     let claims = token.split('.').nth(1).unwrap_or_default();
    ///     format!("eyJhbGciOiJub25lIn0.{claims}.") // {"alg":"none"}
    /// });
    /// # }
    /// ```
    pub fn rewrite_id_tokens(&self, rewrite: impl Fn(String) -> String + Send + Sync + 'static) {
        self.state.sign_in().tampering.id_token_text = Some(Arc::new(rewrite));
    }

    /// Changes the members of `/v1/token` responses that contain tokens, for example removes
    /// `id_token`.
    pub fn tamper_token_response(
        &self,
        change: impl Fn(&mut Map<String, Value>) + Send + Sync + 'static,
    ) {
        self.state.sign_in().tampering.token_response = Some(Arc::new(change));
    }

    /// Changes the members of `/v1/userinfo` responses.
    pub fn tamper_userinfo(
        &self,
        change: impl Fn(&mut Map<String, Value>) + Send + Sync + 'static,
    ) {
        self.state.sign_in().tampering.userinfo = Some(Arc::new(change));
    }

    /// Answers `/v1/userinfo` with a JWT that the active key signs (OpenID Connect Core section
    /// 5.3.2), as Okta does for clients that ask for it.
    pub fn sign_userinfo(&self) {
        self.state.sign_in().tampering.userinfo_is_signed = true;
    }

    /// Sends browsers back from sign-out with this `state`, or with none, instead of the
    /// application's.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// # let issuer = okta_tower_test::Issuer::start().await;
    /// issuer.set_logout_state(Some("another"));
    /// issuer.set_logout_state(None);
    /// # }
    /// ```
    pub fn set_logout_state(&self, state: Option<&str>) {
        self.state.sign_in().tampering.logout_state = Some(state.map(str::to_owned));
    }

    /// Adds the correct `iss` to every callback, and announces it in the metadata (RFC 9207).
    ///
    /// Okta does neither. Default: neither.
    pub fn name_issuer_in_callback(&self) {
        self.state.sign_in().tampering.callback_issuer = CallbackIssuer::True;
        self.set_metadata(CALLBACK_ISSUER, true);
    }

    /// Adds this `iss` to every callback, and announces the correct one in the metadata.
    pub fn name_another_issuer_in_callback(&self, issuer: impl Into<String>) {
        self.state.sign_in().tampering.callback_issuer = CallbackIssuer::False(issuer.into());
        self.set_metadata(CALLBACK_ISSUER, true);
    }

    /// Announces `iss` in the metadata but omits it from callbacks, as if an attacker had removed
    /// it.
    pub fn promise_issuer_in_callback(&self) {
        self.state.sign_in().tampering.callback_issuer = CallbackIssuer::Absent;
        self.set_metadata(CALLBACK_ISSUER, true);
    }

    /// Appends encoded parameters to every callback: `error=x`, `state=other`, a second `code`.
    pub fn append_to_callback(&self, parameters: impl Into<String>) {
        self.state.sign_in().tampering.appended_to_callback = Some(parameters.into());
    }
}

const CALLBACK_ISSUER: &str = "authorization_response_iss_parameter_supported";
