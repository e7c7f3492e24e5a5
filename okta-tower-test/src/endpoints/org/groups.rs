//! The groups of a user.

use super::{lookup::with_user, objects, paging, refusal::Refusal};
use crate::{incoming::IncomingRequest, response::Response, state::IssuerState};

pub(super) fn of_user(
    state: &IssuerState,
    incoming: &IncomingRequest,
    path: &str,
) -> Result<Response, Refusal> {
    let groups = with_user(state, path, |user| Ok(user.groups.clone()))?;
    let origin = &state.config.origin;
    let groups = groups.iter().map(|name| objects::group(name, origin));
    paging::page(groups.collect(), &format!("{origin}{path}"), incoming)
}
