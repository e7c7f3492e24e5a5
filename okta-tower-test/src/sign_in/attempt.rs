//! People in front of a page: they sign in, consent, or go away.

use std::time::{Duration, SystemTime};

use http::{StatusCode, header};

use super::{
    SignIn,
    authorize::{Outcome, grant, refuse},
    browser, page,
    request::AuthorizationRequest,
    secret_name,
};
use crate::{
    answer::{self, Answer, set},
    incoming::Asked,
    parameters::Parameters,
    shared::Shared,
};

/// How long somebody may look at a page.
const PATIENCE: Duration = Duration::from_secs(3600);

/// A page that somebody has open.
#[derive(Debug)]
pub(crate) struct Attempt {
    request: AuthorizationRequest,
    expires: SystemTime,
    /// The session of the person who has signed in, and is asked for consent.
    signed_in: Option<String>,
}

/// What a person did on the page. A page is good once; a wrong password leads to a new one.
pub(crate) fn answer(shared: &Shared, asked: &Asked) -> Answer {
    let form = &asked.form;
    let name = form.get("attempt").unwrap_or_default();
    let attempt = shared.sign_in().attempts.remove(name);
    let Some(attempt) = attempt.filter(|attempt| shared.now() < attempt.expires) else {
        return page::error(
            "This page is too old, or has been used already. Go back to the application and sign in from there.",
        );
    };
    match form.get("action") {
        Some("cancel") => {
            let back = attempt.request.back();
            finish(refuse(
                shared,
                &back,
                "access_denied",
                "User denied access.",
            ))
        }
        Some("allow") => allow(shared, attempt),
        _ => {
            let old = browser::cookie(&shared.nature.origin, &asked.headers);
            check_password(shared, attempt.request, form, old)
        }
    }
}

fn allow(shared: &Shared, attempt: Attempt) -> Answer {
    let now = shared.now();
    let id = attempt.signed_in.unwrap_or_default();
    let session = shared.sign_in().browsers.find(&id, now);
    let Some(session) = session else {
        return page::error("You are not signed in any more.");
    };
    let (login, since) = (&session.login, session.auth_time);
    finish(grant(shared, &attempt.request, login, since, Some(id)))
}

fn check_password(
    shared: &Shared,
    request: AuthorizationRequest,
    form: &Parameters,
    old_session: Option<String>,
) -> Answer {
    let now = shared.now();
    let mut state = shared.sign_in();
    let login = form.get("login").unwrap_or_default();
    let password = form.get("password").unwrap_or_default();
    let user = state.users.find(login).filter(|user| user.is_enabled());
    let Some(user) = user.filter(|user| user.password == password) else {
        let again = keep(&mut state, request, None, now);
        let wrong = Some("Unable to sign in: check the username and the password.");
        return page::sign_in(shared, &state.users, &again, login, wrong);
    };
    let login = user.login.clone();
    if let Some(old) = old_session {
        state.browsers.end(&old);
    }
    let id = state.browsers.begin(&login, now);
    drop(state);
    let path = shared.nature.routes.issuer_path();
    let cookie = browser::set_cookie(&shared.nature.origin, path, &id);
    let outcome = if request.prompt.consent {
        ask_for_consent(shared, &request, Some(id), &login)
    } else {
        grant(shared, &request, &login, now, Some(id))
    };
    let mut answer = finish(outcome);
    set(&mut answer, header::SET_COOKIE, &cookie);
    answer
}

pub(crate) fn ask_to_sign_in(shared: &Shared, request: AuthorizationRequest) -> Outcome {
    let mut state = shared.sign_in();
    let hint = request.login_hint.clone().unwrap_or_default();
    let name = keep(&mut state, request, None, shared.now());
    Outcome::Page {
        page: page::sign_in(shared, &state.users, &name, &hint, None),
        why: "somebody must sign in first: `sign_in_automatically_as`, or `authorize_as`",
    }
}

pub(crate) fn ask_for_consent(
    shared: &Shared,
    request: &AuthorizationRequest,
    browser: Option<String>,
    login: &str,
) -> Outcome {
    let mut state = shared.sign_in();
    let name = keep(&mut state, request.clone(), browser, shared.now());
    Outcome::Page {
        page: page::consent(shared, &name, login, request),
        why: "somebody must consent first, which only a page can ask for",
    }
}

fn keep(
    state: &mut SignIn,
    request: AuthorizationRequest,
    signed_in: Option<String>,
    now: SystemTime,
) -> String {
    let name = secret_name();
    let attempt = Attempt {
        request,
        expires: now + PATIENCE,
        signed_in,
    };
    state.attempts.insert(name.clone(), attempt);
    name
}

fn finish(outcome: Outcome) -> Answer {
    let mut answer = match outcome {
        Outcome::Shown(message) => page::error(&message),
        Outcome::Callback(callback) => callback.answer(StatusCode::SEE_OTHER),
        Outcome::Page { page, .. } => page,
    };
    answer::no_store(&mut answer);
    answer
}
