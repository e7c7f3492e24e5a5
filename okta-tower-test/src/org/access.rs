//! Who asks the management API, and whether they may: an API token, or an access token of a service with the right scope.

use std::time::SystemTime;

use http::{Method, StatusCode, header};

use super::{Org, Refusal};
use crate::{incoming::Asked, routes::OrgRoute, shared::Shared};

/// An access token for the API.
#[derive(Clone, Debug)]
pub(super) struct Access {
    pub(super) scopes: Vec<String>,
    pub(super) expires: SystemTime,
}

impl Org {
    pub(super) fn note_access(&mut self, token: String, access: Access) {
        self.accesses.insert(token, access);
    }
}

pub(super) fn check(shared: &Shared, asked: &Asked, route: OrgRoute) -> Result<(), Refusal> {
    let invalid = || {
        Refusal::new(
            StatusCode::UNAUTHORIZED,
            "E0000011",
            "Invalid token provided",
        )
    };
    let header = asked.headers.get(header::AUTHORIZATION);
    let header = header.and_then(|value| value.to_str().ok());
    let (scheme, token) = header
        .and_then(|header| header.split_once(' '))
        .ok_or_else(|| Refusal::new(StatusCode::FORBIDDEN, "E0000005", "Invalid session"))?;
    let now = shared.now();
    let state = shared.sign_in();
    if scheme.eq_ignore_ascii_case("SSWS") {
        let is_known = state.org.api_tokens.iter().any(|known| known == token);
        return is_known.then_some(()).ok_or_else(invalid);
    }
    let access = state
        .org
        .accesses
        .get(token)
        .filter(|access| access.expires > now && scheme.eq_ignore_ascii_case("Bearer"))
        .ok_or_else(invalid)?;
    let has = |scope: &str| access.scopes.iter().any(|granted| granted == scope);
    let reads = asked.method == Method::GET;
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
