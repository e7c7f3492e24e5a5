//! The outcome of an authorization request: a callback or a page.

use std::time::SystemTime;

use super::request::ReturnAddress;
use crate::{
    callback::Callback,
    response::Response,
    state::{IssuerState, grants::Grant, requests::AuthorizationRequest, sign_in::SignIn},
};

/// What becomes of an authorization request.
pub(crate) enum Outcome {
    /// A page that says what is wrong, for the person alone.
    Shown(String),
    Callback(Callback),
    /// The sign-in page, or the page that asks for consent.
    Page {
        page: Response,
        /// Why somebody who cannot see pages gets one.
        why: &'static str,
    },
}

/// The code for this person.
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

/// An error, for the application.
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

/// What tests have asked to be added to every callback.
fn finish(state: &IssuerState, sign_in: &SignIn, callback: &mut Callback) {
    let tampering = &sign_in.tampering;
    if let Some(iss) = tampering.callback_issuer(&state.config.issuer) {
        callback.parameters.push(("iss".to_owned(), iss));
    }
    callback.appended = tampering.appended_to_callback.clone();
}
