//! What is done to people's accounts: activation, deactivation, a new password, the end of their sessions.

use http::StatusCode;
use serde_json::json;

use super::{
    Refusal, done,
    mail::{Mail, MailKind},
    with_user,
};
use crate::{
    answer::{self, Answer},
    incoming::Asked,
    key::random_id,
    shared::Shared,
    sign_in::ACTIVE,
};

/// A link that whoever has it is taken for the person. It leads nowhere here.
pub(super) fn link(shared: &Shared, name: &str) -> String {
    format!("{}/{name}/{}", shared.nature.origin, random_id(15))
}

pub(super) fn activate(shared: &Shared, asked: &Asked, path: &str) -> Result<Answer, Refusal> {
    let to = with_user(shared, path, |user| match user.status.as_str() {
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
    Ok(welcome(shared, to, sends_mail(asked).unwrap_or(true)))
}

/// For those who were activated and did not follow the mail.
pub(super) fn reactivate(shared: &Shared, asked: &Asked, path: &str) -> Result<Answer, Refusal> {
    let to = with_user(shared, path, |user| match user.status.as_str() {
        "PROVISIONED" | "RECOVERY" => Ok(user.email.clone()),
        _ => Err(conflict()),
    })?;
    // Here Okta sends none unless it is told to.
    Ok(welcome(shared, to, sends_mail(asked).unwrap_or(false)))
}

fn welcome(shared: &Shared, to: String, by_mail: bool) -> Answer {
    let link = link(shared, "welcome");
    if by_mail {
        send(shared, to, MailKind::Activation, link);
        return done();
    }
    let token = link.rsplit('/').next();
    let told = json!({ "activationUrl": link, "activationToken": token });
    answer::json(StatusCode::OK, &told)
}

pub(super) fn deactivate(shared: &Shared, path: &str) -> Result<Answer, Refusal> {
    let login = with_user(shared, path, |user| {
        if user.status == "DEPROVISIONED" {
            return Err(conflict());
        }
        user.status = "DEPROVISIONED".to_owned();
        Ok(user.login.clone())
    })?;
    let mut state = shared.sign_in();
    state.end_browser_sessions_of(&login);
    state.grants.revoke_all_of(&login);
    Ok(done())
}

pub(super) fn reset_password(
    shared: &Shared,
    asked: &Asked,
    path: &str,
) -> Result<Answer, Refusal> {
    let to = with_user(shared, path, |user| match user.status.as_str() {
        ACTIVE | "PASSWORD_EXPIRED" | "RECOVERY" | "LOCKED_OUT" => {
            user.status = "RECOVERY".to_owned();
            Ok(user.email.clone())
        }
        _ => Err(conflict()),
    })?;
    Ok(new_password(shared, asked, to))
}

/// The account stays as it is until the person has chosen another password.
pub(super) fn forgot_password(
    shared: &Shared,
    asked: &Asked,
    path: &str,
) -> Result<Answer, Refusal> {
    let to = with_user(shared, path, |user| match user.status.as_str() {
        ACTIVE => Ok(user.email.clone()),
        _ => Err(conflict()),
    })?;
    Ok(new_password(shared, asked, to))
}

fn new_password(shared: &Shared, asked: &Asked, to: String) -> Answer {
    let link = link(shared, "reset-password");
    if sends_mail(asked).unwrap_or(true) {
        send(shared, to, MailKind::PasswordReset, link);
        return done();
    }
    let told = json!({ "resetPasswordUrl": link });
    answer::json(StatusCode::OK, &told)
}

pub(super) fn clear_sessions(
    shared: &Shared,
    asked: &Asked,
    path: &str,
) -> Result<Answer, Refusal> {
    let login = with_user(shared, path, |user| Ok(user.login.clone()))?;
    let mut state = shared.sign_in();
    state.end_browser_sessions_of(&login);
    if asked.query.get("oauthTokens") == Some("true") {
        state.grants.revoke_all_of(&login);
    }
    Ok(answer::empty(StatusCode::NO_CONTENT))
}

/// Whether the caller wants a mail, where they say so.
fn sends_mail(asked: &Asked) -> Option<bool> {
    asked.query.get("sendEmail").map(|text| text == "true")
}

fn send(shared: &Shared, to: String, kind: MailKind, link: String) {
    let mail = Mail { to, kind, link };
    shared.sign_in().org.mails.send(mail);
}

fn conflict() -> Refusal {
    Refusal::new(
        StatusCode::FORBIDDEN,
        "E0000038",
        "This operation is not allowed in the user's current status.",
    )
}
