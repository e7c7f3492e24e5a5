//! Tokens as Okta issues them, and ways to break them.

mod builder;
mod defaults;
mod moment;
mod sign;

pub use self::builder::TokenBuilder;
pub(crate) use self::{
    defaults::{Kind, user_id},
    moment::unix_seconds,
};
