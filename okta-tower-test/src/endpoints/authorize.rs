//! `/v1/authorize`: returns a code, an error or a page.

use std::time::SystemTime;

use http::{Method, StatusCode};

use super::{
    callback, cookie, interaction,
    outcome::{Outcome, grant, refuse},
    page,
    request::{RequestError, ReturnAddress, read_request},
};
use crate::{
    callback::Callback,
    incoming::IncomingRequest,
    parameters::Parameters,
    response::Response,
    state::{
        IssuerState, browsers::BrowserSession, requests::AuthorizationRequest, sign_in::Automatic,
        users::User,
    },
};

/// The browser that sends the request.
#[derive(Debug)]
struct Viewer {
    /// The session ID of the cookie, if the session exists.
    id: Option<String>,
    session: Option<BrowserSession>,
    /// Whether a test acts as the user, who has just signed in and consented.
    is_unattended: bool,
}

impl Viewer {
    fn anonymous() -> Self {
        Self {
            id: None,
            session: None,
            is_unattended: true,
        }
    }

    /// Returns a browser in which this user has just signed in.
    fn signed_in(state: &IssuerState, login: &str) -> Result<Self, String> {
        let now = state.now();
        let mut sign_in = state.sign_in();
        let user = sign_in.users.find(login);
        let user = user.filter(|user| user.is_enabled());
        let login = user
            .map(|user| user.login.clone())
            .ok_or_else(|| format!("no enabled user has the login {login:?}"))?;
        let id = sign_in.browsers.begin(&login, now);
        Ok(Self {
            session: sign_in.browsers.find(&id, now),
            id: Some(id),
            is_unattended: true,
        })
    }

    fn of(state: &IssuerState, incoming: &IncomingRequest) -> Self {
        let id = cookie::value(&state.config.origin, &incoming.headers);
        let now = state.now();
        let session = id
            .as_deref()
            .and_then(|id| state.sign_in().browsers.find(id, now));
        Self {
            id: id.filter(|_| session.is_some()),
            session,
            is_unattended: false,
        }
    }
}

pub(crate) fn handle(state: &IssuerState, incoming: &IncomingRequest) -> Response {
    // Okta expects "all parameters in the body" of a POST.
    let parameters = match incoming.method {
        Method::POST => &incoming.form,
        _ => &incoming.query,
    };
    let viewer = Viewer::of(state, incoming);
    match decide(state, parameters, &viewer) {
        Outcome::Shown(message) => page::error(&message),
        Outcome::Callback(callback) => callback::respond(&callback, after(incoming)),
        Outcome::Page { page, .. } => page,
    }
}

/// Answers an authorization request without HTTP.
///
/// With a login, the request comes from a browser in which this user has just signed in. Without,
/// it comes from a browser without a session.
///
/// # Errors
///
/// Returns the reason if the browser would show a page.
pub(crate) fn authorize_directly(
    state: &IssuerState,
    query: &str,
    login: Option<&str>,
) -> Result<Callback, String> {
    let viewer = match login {
        Some(login) => Viewer::signed_in(state, login)?,
        None => Viewer::anonymous(),
    };
    match decide(state, &Parameters::parse(query.as_bytes()), &viewer) {
        Outcome::Shown(message) => Err(message),
        Outcome::Callback(callback) => Ok(callback),
        Outcome::Page { why, .. } => Err(why.to_owned()),
    }
}

/// Returns the redirect status. A POST must redirect to a GET.
fn after(incoming: &IncomingRequest) -> StatusCode {
    match incoming.method {
        Method::POST => StatusCode::SEE_OTHER,
        _ => StatusCode::FOUND,
    }
}

fn decide(state: &IssuerState, parameters: &Parameters, viewer: &Viewer) -> Outcome {
    let request = match read(state, parameters) {
        Ok(request) => request,
        Err(RequestError::Shown(message)) => return Outcome::Shown(message),
        Err(RequestError::Reported {
            back,
            error,
            description,
        }) => return refuse(state, &back, error, &description),
    };
    let now = state.now();
    let automatic = state.sign_in().automatic.clone();
    let (session, is_unattended) = match automatic {
        Some(Automatic::Refuse { error, description }) => {
            return refuse(state, &ReturnAddress::of(&request), &error, &description);
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
        let sign_in = state.sign_in();
        let user = sign_in.users.find(login);
        user.is_some_and(User::is_enabled)
    });

    let must_sign_in = match &session {
        None => true,
        Some((_, auth_time)) => request.prompt.login || is_too_old(&request, *auth_time, now),
    };
    let browser = viewer.id.clone();
    match session {
        Some((login, _)) if !must_sign_in && request.prompt.consent && !is_unattended => {
            interaction::ask_for_consent(state, &request, browser, &login)
        }
        Some((login, auth_time)) if !must_sign_in => {
            grant(state, &request, &login, auth_time, browser)
        }
        Some((login, _)) if is_unattended && !request.prompt.none => {
            sign_in_again(state, viewer, now);
            grant(state, &request, &login, now, browser)
        }
        _ if request.prompt.none => refuse(
            state,
            &ReturnAddress::of(&request),
            "login_required",
            "The client specified not to prompt, but the user is not logged in.",
        ),
        _ => interaction::ask_to_sign_in(state, request),
    }
}

/// Renews the time of the automatic sign-in.
fn sign_in_again(state: &IssuerState, viewer: &Viewer, now: SystemTime) {
    if let Some(Automatic::Grant { auth_time, .. }) = &mut state.sign_in().automatic
        && viewer.session.is_none()
    {
        *auth_time = now;
    }
}

fn is_too_old(request: &AuthorizationRequest, auth_time: SystemTime, now: SystemTime) -> bool {
    let age = now.duration_since(auth_time).unwrap_or_default().as_secs();
    // A value of 0 requires a new sign-in, even after a sign-in within this second.
    request
        .max_age
        .is_some_and(|max_age| max_age == 0 || age > max_age)
}

fn read(
    state: &IssuerState,
    parameters: &Parameters,
) -> Result<AuthorizationRequest, RequestError> {
    let shown = |message: &str| Err(RequestError::Shown(message.to_owned()));
    let Some(id) = parameters.get("client_id") else {
        return shown("The 'client_id' parameter is missing.");
    };
    let now = state.now();
    let mut sign_in = state.sign_in();
    let Some(client) = sign_in.client(id).cloned() else {
        return shown("Invalid value for 'client_id' parameter.");
    };
    let Some(request_uri) = parameters.get("request_uri") else {
        return read_request(parameters, &client);
    };
    // The pushed parameters replace those of the browser (RFC 9126 section 4).
    match sign_in.take_pushed(request_uri, id, now) {
        Some(pushed) => read_request(&pushed, &client),
        None => shown("The 'request_uri' parameter is invalid, has expired or has been used."),
    }
}
