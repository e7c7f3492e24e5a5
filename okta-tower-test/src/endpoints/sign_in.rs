//! `/sign-in`: forms of the sign-in page and the consent page.

use http::{StatusCode, header};

use super::{
    callback, cookie,
    interaction::{ask_for_consent, keep},
    outcome::{Outcome, grant, refuse},
    page,
    request::ReturnAddress,
};
use crate::{
    incoming::IncomingRequest,
    parameters::Parameters,
    response::{self, Response, set},
    state::{
        IssuerState,
        requests::{Attempt, AuthorizationRequest},
    },
};

/// Handles the submitted form. A page is valid once; a wrong password returns a new page.
pub(crate) fn handle(state: &IssuerState, incoming: &IncomingRequest) -> Response {
    let form = &incoming.form;
    let name = form.get("attempt").unwrap_or_default();
    let attempt = state.sign_in().attempts.remove(name);
    let Some(attempt) = attempt.filter(|attempt| state.now() < attempt.expires) else {
        return page::error(
            "This page has expired or was already submitted. \
             Go back to the application and sign in again.",
        );
    };
    match form.get("action") {
        Some("cancel") => {
            let back = ReturnAddress::of(&attempt.request);
            finish(refuse(state, &back, "access_denied", "User denied access."))
        }
        Some("allow") => allow(state, attempt),
        _ => {
            let old = cookie::value(&state.config.origin, &incoming.headers);
            check_password(state, attempt.request, form, old)
        }
    }
}

fn allow(state: &IssuerState, attempt: Attempt) -> Response {
    let now = state.now();
    let id = attempt.signed_in.unwrap_or_default();
    let session = state.sign_in().browsers.find(&id, now);
    let Some(session) = session else {
        return page::error(
            "Your session has ended. Go back to the application and sign in again.",
        );
    };
    let (login, since) = (&session.login, session.auth_time);
    finish(grant(state, &attempt.request, login, since, Some(id)))
}

fn check_password(
    state: &IssuerState,
    request: AuthorizationRequest,
    form: &Parameters,
    old_session: Option<String>,
) -> Response {
    let now = state.now();
    let mut sign_in = state.sign_in();
    let login = form.get("login").unwrap_or_default();
    let password = form.get("password").unwrap_or_default();
    let user = sign_in.users.find(login).filter(|user| user.is_enabled());
    let Some(user) = user.filter(|user| user.password == password) else {
        let again = keep(&mut sign_in, request, None, now);
        let wrong = Some("Unable to sign in. Check the username and the password.");
        return page::sign_in(state, &sign_in.users, &again, login, wrong);
    };
    let login = user.login.clone();
    if let Some(old) = old_session {
        sign_in.browsers.end(&old);
    }
    let id = sign_in.browsers.begin(&login, now);
    drop(sign_in);
    let path = &state.config.issuer_path;
    let cookie = cookie::set(&state.config.origin, path, &id);
    let outcome = if request.prompt.consent {
        ask_for_consent(state, &request, Some(id), &login)
    } else {
        grant(state, &request, &login, now, Some(id))
    };
    let mut response = finish(outcome);
    set(&mut response, header::SET_COOKIE, &cookie);
    response
}

fn finish(outcome: Outcome) -> Response {
    let mut response = match outcome {
        Outcome::Shown(message) => page::error(&message),
        Outcome::Callback(callback) => callback::respond(&callback, StatusCode::SEE_OTHER),
        Outcome::Page { page, .. } => page,
    };
    response::no_store(&mut response);
    response
}
