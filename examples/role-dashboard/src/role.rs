//! From groups to a role.

use okta_tower::Verified;
use okta_tower_axum::group;

group!(pub(crate) Admins = "admin");
group!(pub(crate) Viewers = "viewer");

/// The permissions of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Views everything, including sign-in results.
    Admin,
    /// Views the orders.
    Viewer,
    /// Signed in, without permissions.
    NoAccess,
}

impl Role {
    /// Returns the highest role of the caller's groups.
    pub(crate) fn of(caller: &Verified) -> Self {
        use okta_tower_axum::Group;
        let groups = caller.groups();
        if groups.contains(Admins::NAME) {
            Self::Admin
        } else if groups.contains(Viewers::NAME) {
            Self::Viewer
        } else {
            Self::NoAccess
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Viewer => "viewer",
            Self::NoAccess => "no role",
        }
    }
}
