//! The settings of the management API: [`ManagementApi`] gathers them, `check.rs` checks them.

mod builder;
mod check;

pub use self::builder::ManagementApi;
pub(crate) use self::check::{ApiAccess, ApiSettings};
