//! The settings of the management API: gathered by [`ManagementApi`], then checked as a whole.

pub(crate) mod builder;
pub(crate) mod check;

pub use self::builder::ManagementApi;
pub(crate) use self::check::{ApiAccess, ApiSettings};
