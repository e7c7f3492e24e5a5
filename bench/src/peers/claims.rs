//! The claims that the peers read: the fewest that an application with groups and scopes needs.

use serde::Deserialize;

#[derive(Clone, Deserialize)]
#[allow(dead_code, reason = "to be read is what the fields are for")]
pub(super) struct Claims {
    pub(super) iss: String,
    pub(super) sub: String,
    pub(super) exp: u64,
    pub(super) scp: Vec<String>,
    pub(super) groups: Vec<String>,
}
