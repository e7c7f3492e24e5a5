//! The endpoints: each reads a request, changes the state and returns a response.

pub(crate) mod assertion;
pub(crate) mod authorize;
mod callback;
mod client_auth;
pub(crate) mod conditional;
mod cookie;
pub(crate) mod documents;
mod interaction;
mod introspect;
mod logout;
mod mint;
pub(crate) mod org;
mod outcome;
mod page;
mod par;
mod request;
mod revoke;
pub(crate) mod routes;
mod sign_in;
mod token;
mod userinfo;
mod values;

use self::routes::SignInRoute;
use crate::{incoming::IncomingRequest, response::Response, state::IssuerState};

/// Answers a request of the sign-in endpoints.
pub(crate) fn handle(
    state: &IssuerState,
    route: SignInRoute,
    incoming: &IncomingRequest,
) -> Response {
    match route {
        SignInRoute::Authorize => authorize::handle(state, incoming),
        SignInRoute::Page => sign_in::handle(state, incoming),
        SignInRoute::Token => token::handle(state, incoming),
        SignInRoute::UserInfo => userinfo::handle(state, incoming),
        SignInRoute::Logout => logout::handle(state, incoming),
        SignInRoute::Par => par::handle(state, incoming),
        SignInRoute::Revoke => revoke::handle(state, incoming),
        SignInRoute::Introspect => introspect::handle(state, incoming),
    }
}
