//! The org: access tokens for services, and the part of Okta's management API that sign-in needs.

mod access;
mod accounts;
mod expression;
mod groups;
mod lookup;
mod objects;
pub(crate) mod paging;
mod refusal;
mod token;
mod users;

use std::time::Duration;

use http::{Method, StatusCode};

pub(crate) use self::objects::group_id;
use super::routes::OrgRoute;
use crate::{
    incoming::IncomingRequest,
    response::{self, Response},
    state::IssuerState,
};

/// How long Okta's rate limits last.
const LIMIT: Duration = Duration::from_secs(60);

/// Answers a request to the org.
pub(crate) fn handle(
    state: &IssuerState,
    route: OrgRoute,
    incoming: &IncomingRequest,
    path: &str,
) -> Response {
    if route == OrgRoute::Token {
        return token::handle(state, incoming);
    }
    let result = access::check(state, incoming, route).and_then(|()| match route {
        OrgRoute::Users if incoming.method == Method::GET => users::list(state, incoming),
        OrgRoute::Users => users::create(state, incoming),
        OrgRoute::User => users::get(state, incoming, path),
        OrgRoute::Groups => groups::of_user(state, incoming, path),
        OrgRoute::Activate => accounts::activate(state, incoming, path),
        OrgRoute::Deactivate => accounts::deactivate(state, path),
        OrgRoute::Reactivate => accounts::reactivate(state, incoming, path),
        OrgRoute::ForgotPassword => accounts::forgot_password(state, incoming, path),
        OrgRoute::ResetPassword => accounts::reset_password(state, incoming, path),
        OrgRoute::Sessions => accounts::clear_sessions(state, incoming, path),
        OrgRoute::Token => Ok(response::empty(StatusCode::NOT_FOUND)),
    });
    let mut response = result.unwrap_or_else(|refusal| refusal.respond());
    response::no_store(&mut response);
    response::set_limit(&mut response, state.now() + LIMIT, 599);
    response
}
