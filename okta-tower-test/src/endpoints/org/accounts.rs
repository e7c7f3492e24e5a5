//! Account changes: activation, deactivation, password reset, end of sessions.

use http::StatusCode;
use serde_json::json;

use super::{lookup::with_user, refusal::Refusal};
use crate::{
    incoming::IncomingRequest,
    random::random_id,
    response::{self, Response},
    state::{
        IssuerState,
        mail::{Mail, MailKind},
        users::ACTIVE,
    },
};

/// Returns the link of a mail. Here, the link leads nowhere.
pub(super) fn link(state: &IssuerState, name: &str) -> String {
    format!("{}/{name}/{}", state.config.origin, random_id(15))
}

pub(super) fn activate(
    state: &IssuerState,
    incoming: &IncomingRequest,
    path: &str,
) -> Result<Response, Refusal> {
    let to = with_user(state, path, |user| match user.status.as_str() {
        "STAGED" | "DEPROVISIONED" => {
            user.status = "PROVISIONED".to_owned();
            Ok(user.email.clone())
        }
        ACTIVE => Err(Refusal::new(
            StatusCode::FORBIDDEN,
            "E0000016",
            "Activation failed because the user is already active",
        )),
        _ => Err(conflict()),
    })?;
    Ok(welcome(state, to, sends_mail(incoming).unwrap_or(true)))
}

/// Repeats the activation of a user who has not completed it.
pub(super) fn reactivate(
    state: &IssuerState,
    incoming: &IncomingRequest,
    path: &str,
) -> Result<Response, Refusal> {
    let to = with_user(state, path, |user| match user.status.as_str() {
        "PROVISIONED" | "RECOVERY" => Ok(user.email.clone()),
        _ => Err(conflict()),
    })?;
    // Here Okta sends a mail only on request.
    Ok(welcome(state, to, sends_mail(incoming).unwrap_or(false)))
}

fn welcome(state: &IssuerState, to: String, by_mail: bool) -> Response {
    let link = link(state, "welcome");
    if by_mail {
        send(state, to, MailKind::Activation, link);
        return done();
    }
    let token = link.rsplit('/').next();
    let body = json!({ "activationUrl": link, "activationToken": token });
    response::json(StatusCode::OK, &body)
}

pub(super) fn deactivate(state: &IssuerState, path: &str) -> Result<Response, Refusal> {
    let login = with_user(state, path, |user| {
        if user.status == "DEPROVISIONED" {
            return Err(conflict());
        }
        user.status = "DEPROVISIONED".to_owned();
        Ok(user.login.clone())
    })?;
    let mut sign_in = state.sign_in();
    sign_in.browsers.end_all_of(&login);
    sign_in.grants.revoke_all_of(&login);
    Ok(done())
}

pub(super) fn reset_password(
    state: &IssuerState,
    incoming: &IncomingRequest,
    path: &str,
) -> Result<Response, Refusal> {
    let to = with_user(state, path, |user| match user.status.as_str() {
        ACTIVE | "PASSWORD_EXPIRED" | "RECOVERY" | "LOCKED_OUT" => {
            user.status = "RECOVERY".to_owned();
            Ok(user.email.clone())
        }
        _ => Err(conflict()),
    })?;
    Ok(new_password(state, incoming, to))
}

/// Starts a password reset. The account stays unchanged until the user has chosen a password.
pub(super) fn forgot_password(
    state: &IssuerState,
    incoming: &IncomingRequest,
    path: &str,
) -> Result<Response, Refusal> {
    let to = with_user(state, path, |user| match user.status.as_str() {
        ACTIVE => Ok(user.email.clone()),
        _ => Err(conflict()),
    })?;
    Ok(new_password(state, incoming, to))
}

fn new_password(state: &IssuerState, incoming: &IncomingRequest, to: String) -> Response {
    let link = link(state, "reset-password");
    if sends_mail(incoming).unwrap_or(true) {
        send(state, to, MailKind::PasswordReset, link);
        return done();
    }
    let body = json!({ "resetPasswordUrl": link });
    response::json(StatusCode::OK, &body)
}

pub(super) fn clear_sessions(
    state: &IssuerState,
    incoming: &IncomingRequest,
    path: &str,
) -> Result<Response, Refusal> {
    let login = with_user(state, path, |user| Ok(user.login.clone()))?;
    let mut sign_in = state.sign_in();
    sign_in.browsers.end_all_of(&login);
    if incoming.query.get("oauthTokens") == Some("true") {
        sign_in.grants.revoke_all_of(&login);
    }
    Ok(response::empty(StatusCode::NO_CONTENT))
}

/// Returns whether the caller wants a mail, or `None` if the caller does not say.
fn sends_mail(incoming: &IncomingRequest) -> Option<bool> {
    incoming.query.get("sendEmail").map(|text| text == "true")
}

fn send(state: &IssuerState, to: String, kind: MailKind, link: String) {
    let mail = Mail { to, kind, link };
    state.sign_in().org.mails.send(mail);
}

fn conflict() -> Refusal {
    Refusal::new(
        StatusCode::FORBIDDEN,
        "E0000038",
        "This operation is not allowed in the user's current status.",
    )
}

/// Returns an empty JSON object.
fn done() -> Response {
    response::json(StatusCode::OK, &json!({}))
}
