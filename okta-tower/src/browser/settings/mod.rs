//! The settings of sign-in: gathered by [`SignIn`], then checked as a whole.

pub(crate) mod builder;
pub(crate) mod check;
pub(crate) mod checked;

pub(crate) use self::checked::{Opener, Paths, SessionSettings, SignInSettings};
pub use self::{
    builder::SignIn,
    checked::{ResponseMode, UserInfo},
};
