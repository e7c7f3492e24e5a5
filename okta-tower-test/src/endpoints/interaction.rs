//! Pages that ask the user to sign in or to consent.

use std::time::{Duration, SystemTime};

use super::{outcome::Outcome, page};
use crate::{
    random::secret_name,
    state::{
        IssuerState,
        requests::{Attempt, AuthorizationRequest},
        sign_in::SignIn,
    },
};

/// How long a page stays valid.
const PAGE_LIFETIME: Duration = Duration::from_secs(3600);

pub(crate) fn ask_to_sign_in(state: &IssuerState, request: AuthorizationRequest) -> Outcome {
    let mut sign_in = state.sign_in();
    let hint = request.login_hint.clone().unwrap_or_default();
    let name = keep(&mut sign_in, request, None, state.now());
    Outcome::Page {
        page: page::sign_in(state, &sign_in.users, &name, &hint, None),
        why: "sign a user in first, with `sign_in_automatically_as` or `authorize_as`",
    }
}

pub(crate) fn ask_for_consent(
    state: &IssuerState,
    request: &AuthorizationRequest,
    browser: Option<String>,
    login: &str,
) -> Outcome {
    let mut sign_in = state.sign_in();
    let name = keep(&mut sign_in, request.clone(), browser, state.now());
    Outcome::Page {
        page: page::consent(state, &name, login, request),
        why: "the request asks for consent, which needs a browser",
    }
}

/// Keeps the request until the user submits the page, and returns the name of the attempt.
pub(crate) fn keep(
    sign_in: &mut SignIn,
    request: AuthorizationRequest,
    signed_in: Option<String>,
    now: SystemTime,
) -> String {
    let name = secret_name();
    let attempt = Attempt {
        request,
        expires: now + PAGE_LIFETIME,
        signed_in,
    };
    sign_in.attempts.insert(name.clone(), attempt);
    name
}
