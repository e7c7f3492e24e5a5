//! The groups of a person.

use super::{Refusal, paging, person, with_user};
use crate::{answer::Answer, incoming::Asked, shared::Shared};

pub(super) fn of_user(shared: &Shared, asked: &Asked, path: &str) -> Result<Answer, Refusal> {
    let groups = with_user(shared, path, |user| Ok(user.groups.clone()))?;
    let origin = &shared.nature.origin;
    let groups = groups.iter().map(|name| person::group_json(name, origin));
    paging::page(groups.collect(), &format!("{origin}{path}"), asked)
}
