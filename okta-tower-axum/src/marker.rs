//! Macros that declare groups and scopes as types.

/// Declares groups as types, for [`RequireGroup`](crate::RequireGroup) and combinations:
/// `group!(pub Admins = "admin");`.
///
/// Commas separate several groups. Visibility, documentation and other attributes apply to the
/// type. The type has no values. It implements [`Group`](crate::Group) and
/// [`Requirement`](crate::Requirement).
///
/// ```
/// use okta_tower_axum::{Group, group};
///
/// group! {
///     /// May manage users.
///     pub Admins = "admin",
///     /// Everyone who can move money.
///     pub(crate) Tellers = "Bank Tellers",
/// }
///
/// assert_eq!(Tellers::NAME, "Bank Tellers");
/// ```
#[macro_export]
macro_rules! group {
    ($($(#[$attribute:meta])* $visibility:vis $name:ident = $value:expr),+ $(,)?) => {$(
        $(#[$attribute])*
        #[derive(Debug)]
        $visibility enum $name {}

        impl $crate::Group for $name {
            const NAME: &'static str = $value;
        }

        $crate::__requirement!($name, $crate::InGroup<$name>);
    )+};
}

/// Declares scopes as types, for [`RequireScope`](crate::RequireScope) and combinations:
/// `scope!(pub ReportsRead = "reports:read");`.
///
/// The syntax is that of [`group!`](crate::group). Each type implements [`Scope`](crate::Scope) and
/// [`Requirement`](crate::Requirement).
///
/// ```
/// use okta_tower_axum::{Scope, scope};
///
/// scope!(ReportsRead = "reports:read", ReportsWrite = "reports:write");
///
/// assert_eq!(ReportsRead::NAME, "reports:read");
/// # let _: Option<ReportsWrite> = None;
/// ```
#[macro_export]
macro_rules! scope {
    ($($(#[$attribute:meta])* $visibility:vis $name:ident = $value:expr),+ $(,)?) => {$(
        $(#[$attribute])*
        #[derive(Debug)]
        $visibility enum $name {}

        impl $crate::Scope for $name {
            const NAME: &'static str = $value;
        }

        $crate::__requirement!($name, $crate::HasScope<$name>);
    )+};
}

/// Implements `Requirement` for a declared group or scope.
#[doc(hidden)]
#[macro_export]
macro_rules! __requirement {
    ($name:ident, $requirement:ty) => {
        impl $crate::Requirement for $name {
            fn is_met_by(caller: &$crate::__private::Verified) -> bool {
                <$requirement as $crate::Requirement>::is_met_by(caller)
            }

            fn require() -> $crate::__private::Require {
                <$requirement as $crate::Requirement>::require()
            }
        }
    };
}
