//! `/v1/authorize`, and the page on which people sign in.

use std::time::{Duration, SystemTime};

use http::{Method, StatusCode, header};

use super::{
    Automatic, SignIn,
    browser::{self, BrowserSession},
    callback::Callback,
    grants::Grant,
    page,
    request::{AuthorizationRequest, Back, Fault},
    secret_name,
};
use crate::{
    answer::{self, Answer, set},
    incoming::Asked,
    parameters::Parameters,
    shared::Shared,
};

/// How long somebody may look at the sign-in page.
const PATIENCE: Duration = Duration::from_secs(3600);

/// Whose browser asks.
#[derive(Debug)]
pub(crate) struct Viewer {
    /// What its cookie holds, if that is the id of a session.
    id: Option<String>,
    session: Option<BrowserSession>,
}

/// A sign-in page that somebody has open.
#[derive(Debug)]
pub(crate) struct Pending {
    request: AuthorizationRequest,
    expires: SystemTime,
    /// The session of the person who has signed in, and is asked for consent.
    signed_in: Option<String>,
}

/// What becomes of an authorization request.
enum Outcome {
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
        }
    }

    /// A browser in which this person has signed in just now.
    pub(crate) fn signed_in(shared: &Shared, login: &str) -> Result<Self, String> {
        let now = shared.now();
        let mut state = shared.sign_in();
        let user = state.users.find(login);
        let user = user.filter(|user| user.is_enabled);
        let login = user
            .map(|user| user.login.clone())
            .ok_or_else(|| format!("{login:?} is nobody who can sign in"))?;
        let id = state.browsers.begin(&login, now);
        Ok(Self {
            session: state.browsers.find(&id, now),
            id: Some(id),
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

pub(crate) fn directly(shared: &Shared, query: &str, viewer: Viewer) -> Result<Callback, String> {
    match decide(shared, &Parameters::parse(query.as_bytes()), &viewer) {
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
    let (session, is_automatic) = match automatic {
        Some(Automatic::Refuse { error, description }) => {
            return refuse(shared, &request.back(), &error, &description);
        }
        Some(Automatic::Grant { login, auth_time }) if viewer.session.is_none() => {
            (Some((login, auth_time)), true)
        }
        _ => {
            let session = viewer.session.as_ref();
            (
                session.map(|session| (session.login.clone(), session.auth_time)),
                false,
            )
        }
    };
    let state = shared.sign_in();
    let session = session.filter(|(login, _)| {
        let user = state.users.find(login);
        user.is_some_and(|user| user.is_enabled)
    });
    drop(state);

    let must_sign_in = match &session {
        None => true,
        Some((_, auth_time)) => request.prompt.login || is_too_old(&request, *auth_time, now),
    };
    match session {
        Some((login, auth_time)) if !must_sign_in => {
            if request.prompt.consent && !is_automatic {
                return ask_for_consent(shared, request, viewer.id.clone(), &login);
            }
            grant(shared, &request, &login, auth_time, viewer.id.clone())
        }
        // Nobody needs to be asked to sign in again, and so it has happened at this moment.
        Some((login, _)) if is_automatic && !request.prompt.none => {
            if let Some(Automatic::Grant { auth_time, .. }) = &mut shared.sign_in().automatic {
                *auth_time = now;
            }
            grant(shared, &request, &login, now, None)
        }
        _ if request.prompt.none => refuse(
            shared,
            &request.back(),
            "login_required",
            "The client specified not to prompt, but the user is not logged in.",
        ),
        _ => ask_to_sign_in(shared, request),
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
    let Some(client) = shared.sign_in().client(id).cloned() else {
        return shown("Invalid value for 'client_id' parameter.");
    };
    AuthorizationRequest::read(parameters, &client)
}

fn grant(
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

fn refuse(shared: &Shared, back: &Back, error: &str, description: &str) -> Outcome {
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

fn ask_to_sign_in(shared: &Shared, request: AuthorizationRequest) -> Outcome {
    let mut state = shared.sign_in();
    let hint = request.login_hint.clone().unwrap_or_default();
    let attempt = keep(&mut state, request, None, shared.now());
    Outcome::Page {
        page: page::sign_in(shared, &state.users, &attempt, &hint, None),
        why: "somebody must sign in first: `sign_in_automatically_as`, or `authorize_as`",
    }
}

fn ask_for_consent(
    shared: &Shared,
    request: AuthorizationRequest,
    browser: Option<String>,
    login: &str,
) -> Outcome {
    let page_of = |attempt: &str| page::consent(shared, attempt, login, &request);
    let mut state = shared.sign_in();
    let attempt = keep(&mut state, request.clone(), browser, shared.now());
    Outcome::Page {
        page: page_of(&attempt),
        why: "somebody must consent first, which only a page can ask for",
    }
}

fn keep(
    state: &mut SignIn,
    request: AuthorizationRequest,
    signed_in: Option<String>,
    now: SystemTime,
) -> String {
    let attempt = secret_name();
    let pending = Pending {
        request,
        expires: now + PATIENCE,
        signed_in,
    };
    state.pending.insert(attempt.clone(), pending);
    attempt
}

/// What a person did on the page.
pub(crate) fn answer_page(shared: &Shared, asked: &Asked) -> Answer {
    let now = shared.now();
    let form = &asked.form;
    let attempt = form.get("attempt").unwrap_or_default().to_owned();
    let mut state = shared.sign_in();
    let pending = state.pending.remove(&attempt);
    let Some(pending) = pending.filter(|pending| now < pending.expires) else {
        return page::error(
            "This sign-in page is too old, or has been used already. Go back to the application and sign in from there.",
        );
    };
    let request = pending.request.clone();
    match form.get("action") {
        Some("cancel") => {
            drop(state);
            let back = request.back();
            finish_page(refuse(
                shared,
                &back,
                "access_denied",
                "User denied access.",
            ))
        }
        Some("allow") => {
            let id = pending.signed_in.unwrap_or_default();
            let session = state.browsers.find(&id, now);
            drop(state);
            match session {
                Some(session) => finish_page(grant(
                    shared,
                    &request,
                    &session.login,
                    session.auth_time,
                    Some(id),
                )),
                None => page::error("You are not signed in any more."),
            }
        }
        _ => {
            let login = form.get("login").unwrap_or_default();
            let password = form.get("password").unwrap_or_default();
            let user = state.users.find(login).filter(|user| user.is_enabled);
            let Some(user) = user.filter(|user| user.password == password) else {
                // The page may be sent again.
                let again = keep(&mut state, request, None, now);
                let wrong = Some("Unable to sign in: check the login and the password.");
                return page::sign_in(shared, &state.users, &again, login, wrong);
            };
            let login = user.login.clone();
            if let Some(old) = browser::cookie(&shared.nature.origin, &asked.headers) {
                state.browsers.end(&old);
            }
            let id = state.browsers.begin(&login, now);
            drop(state);
            let cookie = browser::set_cookie(
                &shared.nature.origin,
                shared.nature.routes.issuer_path(),
                &id,
            );
            let outcome = if request.prompt.consent {
                ask_for_consent(shared, request, Some(id), &login)
            } else {
                grant(shared, &request, &login, now, Some(id))
            };
            let mut answer = finish_page(outcome);
            set(&mut answer, header::SET_COOKIE, &cookie);
            answer
        }
    }
}

fn finish_page(outcome: Outcome) -> Answer {
    let mut answer = match outcome {
        Outcome::Shown(message) => page::error(&message),
        Outcome::Callback(callback) => callback.answer(StatusCode::SEE_OTHER),
        Outcome::Page { page, .. } => page,
    };
    answer::no_store(&mut answer);
    answer
}
