//! From groups to a role.

use okta_tower::Verified;
use okta_tower_axum::group;

group!(pub(crate) Admins = "admin");
group!(pub(crate) Viewers = "viewer");

/// What somebody may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Sees everything, and what came of sign-ins.
    Admin,
    /// Sees what there is to do.
    Viewer,
    /// Is known, and may see nothing.
    Nobody,
}

impl Role {
    /// The highest of the person's roles. Who is in no group that counts has none.
    pub(crate) fn of(caller: &Verified) -> Self {
        use okta_tower_axum::Group;
        let groups = caller.groups();
        if groups.contains(Admins::NAME) {
            Self::Admin
        } else if groups.contains(Viewers::NAME) {
            Self::Viewer
        } else {
            Self::Nobody
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Viewer => "viewer",
            Self::Nobody => "no role",
        }
    }
}
