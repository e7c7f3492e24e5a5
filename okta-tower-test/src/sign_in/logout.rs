//! `/v1/logout`: RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0), with what Okta demands of it.

use http::{Method, StatusCode, header};

use super::{browser, page};
use crate::{
    answer::{self, Answer, set},
    incoming::Asked,
    parameters::encode,
    shared::Shared,
};

pub(crate) fn answer(shared: &Shared, asked: &Asked) -> Answer {
    let (parameters, status) = match asked.method {
        Method::POST => (&asked.form, StatusCode::SEE_OTHER),
        _ => (&asked.query, StatusCode::FOUND),
    };
    let mut state = shared.sign_in();
    // Whoever can show an ID token of this issuer was signed in by it; that it has expired does not matter.
    let hint = parameters.get("id_token_hint");
    let Some((_, grant)) = hint.and_then(|hint| state.grants.id_token(hint)) else {
        return page::error(
            "The 'id_token_hint' parameter is missing, or no ID token of this issuer.",
        );
    };
    let (client_id, of_hint) = (grant.client_id.clone(), grant.browser.clone());
    let target = parameters.get("post_logout_redirect_uri");
    let is_registered = |target: &str| {
        state.client(&client_id).is_some_and(|client| {
            let mut known = client.post_logout_redirect_uris.iter();
            known.any(|known| known == target)
        })
    };
    if target.is_some_and(|target| !is_registered(target)) {
        return page::error(
            "The 'post_logout_redirect_uri' parameter must be a Logout redirect URI in the client app settings.",
        );
    }

    // A browser sends no cookie with a form of another site, so the hint names the session too.
    let of_cookie = browser::cookie(&shared.nature.origin, &asked.headers);
    for id in [of_hint, of_cookie].into_iter().flatten() {
        state.browsers.end(&id);
    }
    let mut answer = match target {
        None => page::signed_out(),
        Some(target) => {
            let mut location = target.to_owned();
            if let Some(given) = parameters.get("state") {
                location.push(if location.contains('?') { '&' } else { '?' });
                location.push_str(&encode(&[("state".to_owned(), given.to_owned())]));
            }
            answer::redirect(status, &location)
        }
    };
    answer::no_store(&mut answer);
    let path = shared.nature.routes.issuer_path();
    let cookie = browser::remove_cookie(&shared.nature.origin, path);
    set(&mut answer, header::SET_COOKIE, &cookie);
    answer
}
