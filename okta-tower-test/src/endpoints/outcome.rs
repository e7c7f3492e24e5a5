//! Outcomes of an authorization request: a callback or a page.

use std::time::SystemTime;

use super::request::ReturnAddress;
use crate::{
    callback::Callback,
    response::Response,
    state::{IssuerState, grants::Grant, requests::AuthorizationRequest, sign_in::SignIn},
};

/// The outcome of an authorization request.
pub(crate) enum Outcome {
    /// An error page, because the request cannot be trusted enough to redirect.
    Shown(String),
    Callback(Callback),
    /// The sign-in page or the consent page.
    Page {
        page: Response,
        /// What a test without a browser must do instead.
        why: &'static str,
    },
}

/// Grants the request and returns the callback with a code.
pub(crate) fn grant(
    state: &IssuerState,
    request: &AuthorizationRequest,
    login: &str,
    auth_time: SystemTime,
    browser: Option<String>,
) -> Outcome {
    let grant = Grant {
        client_id: request.client_id.clone(),
        login: login.to_owned(),
        scopes: request.scopes.clone(),
        nonce: request.nonce.clone(),
        auth_time,
        acr: request.acr.clone(),
        idp: request.idp.clone(),
        browser,
        is_revoked: false,
    };
    let challenge = request.challenge.clone();
    let now = state.now();
    let mut sign_in = state.sign_in();
    let code = sign_in
        .grants
        .begin(grant, &request.redirect_uri, challenge, now);
    let mut callback = ReturnAddress::of(request).carry(&[("code", &code)]);
    finish(state, &sign_in, &mut callback);
    Outcome::Callback(callback)
}

/// Returns a callback with an error.
pub(crate) fn refuse(
    state: &IssuerState,
    back: &ReturnAddress,
    error: &str,
    description: &str,
) -> Outcome {
    let mut callback = back.carry(&[("error", error), ("error_description", description)]);
    finish(state, &state.sign_in(), &mut callback);
    Outcome::Callback(callback)
}

/// Applies the tampering of a test to a callback.
fn finish(state: &IssuerState, sign_in: &SignIn, callback: &mut Callback) {
    let tampering = &sign_in.tampering;
    if let Some(iss) = tampering.callback_issuer(&state.config.issuer) {
        callback.parameters.push(("iss".to_owned(), iss));
    }
    callback.appended = tampering.appended_to_callback.clone();
}
