//! Authorization for the management API: an API token, or a service's access token with the right
//! scope.

use http::{Method, StatusCode, header};

use super::refusal::Refusal;
use crate::{endpoints::routes::OrgRoute, incoming::IncomingRequest, state::IssuerState};

pub(super) fn check(
    state: &IssuerState,
    incoming: &IncomingRequest,
    route: OrgRoute,
) -> Result<(), Refusal> {
    let invalid = || {
        Refusal::new(
            StatusCode::UNAUTHORIZED,
            "E0000011",
            "Invalid token provided",
        )
    };
    let header = incoming.headers.get(header::AUTHORIZATION);
    let header = header.and_then(|value| value.to_str().ok());
    let (scheme, token) = header
        .and_then(|header| header.split_once(' '))
        .ok_or_else(|| Refusal::new(StatusCode::FORBIDDEN, "E0000005", "Invalid session"))?;
    let now = state.now();
    let sign_in = state.sign_in();
    if scheme.eq_ignore_ascii_case("SSWS") {
        let is_known = sign_in.org.api_tokens.iter().any(|known| known == token);
        return is_known.then_some(()).ok_or_else(invalid);
    }
    let access = sign_in
        .org
        .access_tokens
        .get(token)
        .filter(|access| access.expires > now && scheme.eq_ignore_ascii_case("Bearer"))
        .ok_or_else(invalid)?;
    let has = |scope: &str| access.scopes.iter().any(|granted| granted == scope);
    let reads = incoming.method == Method::GET;
    let may = match route {
        OrgRoute::Groups => has("okta.users.read") || has("okta.groups.read"),
        _ if reads => has("okta.users.read"),
        _ => false,
    };
    if may || has("okta.users.manage") {
        return Ok(());
    }
    Err(Refusal::new(
        StatusCode::FORBIDDEN,
        "E0000006",
        "You do not have permission to perform the requested action",
    ))
}
