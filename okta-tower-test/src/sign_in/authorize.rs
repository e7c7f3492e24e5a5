//! `/v1/authorize`: a code, an error, or a page.

use std::time::SystemTime;

use http::{Method, StatusCode};

use super::{
    Automatic, SignIn, attempt,
    browser::{self, BrowserSession},
    callback::Callback,
    grants::Grant,
    page, par,
    request::{AuthorizationRequest, Back, Fault},
};
use crate::{answer::Answer, incoming::Asked, parameters::Parameters, shared::Shared};

/// Whose browser asks.
#[derive(Debug)]
pub(crate) struct Viewer {
    /// What its cookie holds, if that is the id of a session.
    id: Option<String>,
    session: Option<BrowserSession>,
    /// Nobody looks at it, so nobody is asked to sign in again or to consent: that has just happened.
    is_unattended: bool,
}

/// What becomes of an authorization request.
pub(crate) enum Outcome {
    /// A page that says what is wrong, for the person alone.
    Shown(String),
    Callback(Callback),
    /// The sign-in page, or the page that asks for consent.
    Page {
        page: Answer,
        /// Why somebody who cannot see pages gets one.
        why: &'static str,
    },
}

impl Viewer {
    pub(crate) fn nobody() -> Self {
        Self {
            id: None,
            session: None,
            is_unattended: true,
        }
    }

    /// A browser in which this person has signed in just now.
    pub(crate) fn signed_in(shared: &Shared, login: &str) -> Result<Self, String> {
        let now = shared.now();
        let mut state = shared.sign_in();
        let user = state.users.find(login);
        let user = user.filter(|user| user.is_enabled());
        let login = user
            .map(|user| user.login.clone())
            .ok_or_else(|| format!("{login:?} is nobody who can sign in"))?;
        let id = state.browsers.begin(&login, now);
        Ok(Self {
            session: state.browsers.find(&id, now),
            id: Some(id),
            is_unattended: true,
        })
    }

    fn of(shared: &Shared, asked: &Asked) -> Self {
        let id = browser::cookie(&shared.nature.origin, &asked.headers);
        let now = shared.now();
        let session = id
            .as_deref()
            .and_then(|id| shared.sign_in().browsers.find(id, now));
        Self {
            id: id.filter(|_| session.is_some()),
            session,
            is_unattended: false,
        }
    }
}

pub(crate) fn answer(shared: &Shared, asked: &Asked) -> Answer {
    // "all parameters in the body" is what Okta asks of a POST.
    let parameters = match asked.method {
        Method::POST => &asked.form,
        _ => &asked.query,
    };
    let viewer = Viewer::of(shared, asked);
    match decide(shared, parameters, &viewer) {
        Outcome::Shown(message) => page::error(&message),
        Outcome::Callback(callback) => callback.answer(after(asked)),
        Outcome::Page { page, .. } => page,
    }
}

pub(crate) fn directly(shared: &Shared, query: &str, viewer: &Viewer) -> Result<Callback, String> {
    match decide(shared, &Parameters::parse(query.as_bytes()), viewer) {
        Outcome::Shown(message) => Err(message),
        Outcome::Callback(callback) => Ok(callback),
        Outcome::Page { why, .. } => Err(why.to_owned()),
    }
}

/// A POST is answered with a redirect to a GET.
fn after(asked: &Asked) -> StatusCode {
    match asked.method {
        Method::POST => StatusCode::SEE_OTHER,
        _ => StatusCode::FOUND,
    }
}

fn decide(shared: &Shared, parameters: &Parameters, viewer: &Viewer) -> Outcome {
    let request = match read(shared, parameters) {
        Ok(request) => request,
        Err(Fault::Shown(message)) => return Outcome::Shown(message),
        Err(Fault::Told {
            back,
            error,
            description,
        }) => return refuse(shared, &back, error, &description),
    };
    let now = shared.now();
    let automatic = shared.sign_in().automatic.clone();
    let (session, is_unattended) = match automatic {
        Some(Automatic::Refuse { error, description }) => {
            return refuse(shared, &request.back(), &error, &description);
        }
        Some(Automatic::Grant { login, auth_time }) if viewer.session.is_none() => {
            (Some((login, auth_time)), true)
        }
        _ => {
            let session = viewer.session.as_ref();
            let session = session.map(|session| (session.login.clone(), session.auth_time));
            (session, viewer.is_unattended)
        }
    };
    let session = session.filter(|(login, _)| {
        let state = shared.sign_in();
        let user = state.users.find(login);
        user.is_some_and(super::user::User::is_enabled)
    });

    let must_sign_in = match &session {
        None => true,
        Some((_, auth_time)) => request.prompt.login || is_too_old(&request, *auth_time, now),
    };
    let browser = viewer.id.clone();
    match session {
        Some((login, _)) if !must_sign_in && request.prompt.consent && !is_unattended => {
            attempt::ask_for_consent(shared, &request, browser, &login)
        }
        Some((login, auth_time)) if !must_sign_in => {
            grant(shared, &request, &login, auth_time, browser)
        }
        Some((login, _)) if is_unattended && !request.prompt.none => {
            sign_in_again(shared, viewer, now);
            grant(shared, &request, &login, now, browser)
        }
        _ if request.prompt.none => refuse(
            shared,
            &request.back(),
            "login_required",
            "The client specified not to prompt, but the user is not logged in.",
        ),
        _ => attempt::ask_to_sign_in(shared, request),
    }
}

/// Whoever is signed in automatically has signed in at this moment.
fn sign_in_again(shared: &Shared, viewer: &Viewer, now: SystemTime) {
    if let Some(Automatic::Grant { auth_time, .. }) = &mut shared.sign_in().automatic
        && viewer.session.is_none()
    {
        *auth_time = now;
    }
}

fn is_too_old(request: &AuthorizationRequest, auth_time: SystemTime, now: SystemTime) -> bool {
    let age = now.duration_since(auth_time).unwrap_or_default().as_secs();
    // 0 asks for a new sign-in, also when there was one within this very second.
    request
        .max_age
        .is_some_and(|max_age| max_age == 0 || age > max_age)
}

fn read(shared: &Shared, parameters: &Parameters) -> Result<AuthorizationRequest, Fault> {
    let shown = |message: &str| Err(Fault::Shown(message.to_owned()));
    let Some(id) = parameters.get("client_id") else {
        return shown("The 'client_id' parameter is missing.");
    };
    let now = shared.now();
    let mut state = shared.sign_in();
    let Some(client) = state.client(id).cloned() else {
        return shown("Invalid value for 'client_id' parameter.");
    };
    let Some(request_uri) = parameters.get("request_uri") else {
        return AuthorizationRequest::read(parameters, &client);
    };
    // What was pushed is the request; nothing that the browser brings beside it counts (RFC 9126 section 4).
    match par::take(&mut state, request_uri, id, now) {
        Some(pushed) => AuthorizationRequest::read(&pushed, &client),
        None => shown("The 'request_uri' parameter is invalid, has expired or has been used."),
    }
}

/// The code for this person.
pub(crate) fn grant(
    shared: &Shared,
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
    let now = shared.now();
    let mut state = shared.sign_in();
    let code = state
        .grants
        .begin(grant, &request.redirect_uri, challenge, now);
    let mut callback = request.back().carry(&[("code", &code)]);
    finish(shared, &state, &mut callback);
    Outcome::Callback(callback)
}

/// An error, for the application.
pub(crate) fn refuse(shared: &Shared, back: &Back, error: &str, description: &str) -> Outcome {
    let mut callback = back.carry(&[("error", error), ("error_description", description)]);
    finish(shared, &shared.sign_in(), &mut callback);
    Outcome::Callback(callback)
}

/// What tests have asked to be added to every callback.
fn finish(shared: &Shared, state: &SignIn, callback: &mut Callback) {
    let tampering = &state.tampering;
    if let Some(iss) = tampering.callback_issuer(&shared.issuer) {
        callback.parameters.push(("iss".to_owned(), iss));
    }
    callback.appended = tampering.appended_to_callback.clone();
}
