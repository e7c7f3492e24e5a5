//! `/v1/logout`: RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0), with Okta's
//! requirements.

use http::{Method, StatusCode, header};

use super::{cookie, page};
use crate::{
    incoming::IncomingRequest,
    parameters::encode,
    response::{self, Response, set},
    state::IssuerState,
};

pub(crate) fn handle(state: &IssuerState, incoming: &IncomingRequest) -> Response {
    let (parameters, status) = match incoming.method {
        Method::POST => (&incoming.form, StatusCode::SEE_OTHER),
        _ => (&incoming.query, StatusCode::FOUND),
    };
    let mut sign_in = state.sign_in();
    // Accept an expired ID token as a hint, but only one that this issuer has issued.
    let hint = parameters.get("id_token_hint");
    let Some((_, grant)) = hint.and_then(|hint| sign_in.grants.id_token(hint)) else {
        return page::error(
            "The 'id_token_hint' parameter is missing or is not an ID token of this issuer.",
        );
    };
    let (client_id, of_hint) = (grant.client_id.clone(), grant.browser.clone());
    let target = parameters.get("post_logout_redirect_uri");
    let is_registered = |target: &str| {
        let client = sign_in.client(&client_id);
        client.is_some_and(|client| client.accepts_post_logout_redirect_uri(target))
    };
    if target.is_some_and(|target| !is_registered(target)) {
        return page::error(
            "The 'post_logout_redirect_uri' parameter must be a Logout redirect URI in the \
             client app settings.",
        );
    }

    // Also end the session of the hint: browsers send no cookie with a cross-site form post.
    let of_cookie = cookie::value(&state.config.origin, &incoming.headers);
    for id in [of_hint, of_cookie].into_iter().flatten() {
        sign_in.browsers.end(&id);
    }
    let own = parameters.get("state").map(str::to_owned);
    let returned = sign_in.tampering.logout_state.clone().unwrap_or(own);
    let mut response = match target {
        None => page::signed_out(),
        Some(target) => {
            let mut location = target.to_owned();
            if let Some(given) = returned {
                location.push(if location.contains('?') { '&' } else { '?' });
                location.push_str(&encode(&[("state".to_owned(), given)]));
            }
            response::redirect(status, &location)
        }
    };
    response::no_store(&mut response);
    let path = &state.config.issuer_path;
    let cookie = cookie::remove(&state.config.origin, path);
    set(&mut response, header::SET_COOKIE, &cookie);
    response
}
