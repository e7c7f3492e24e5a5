//! `/v1/revoke`: token revocation (RFC 7009).

use http::StatusCode;

use super::client_auth;
use crate::{
    answer::{self, Answer},
    incoming::Asked,
    shared::Shared,
};

/// A token that is unknown, expired or another client's is answered as one that was revoked (section 2.2).
pub(crate) fn answer(shared: &Shared, asked: &Asked) -> Answer {
    let endpoint = format!("{}/v1/revoke", shared.issuer);
    let client = match client_auth::authenticate(shared, asked, &endpoint) {
        Ok(client) => client,
        Err(refusal) => return refusal.answer(&asked.headers),
    };
    let Some(token) = asked.form.get("token") else {
        let description = "The 'token' parameter is missing.";
        return answer::oauth_error(StatusCode::BAD_REQUEST, "invalid_request", description);
    };
    shared.sign_in().grants.revoke(token, &client.id);
    let mut answer = answer::empty(StatusCode::OK);
    answer::no_store(&mut answer);
    answer
}
