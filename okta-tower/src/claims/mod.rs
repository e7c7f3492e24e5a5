//! What a verified token says.
//!
//! [`Verified`] holds the claims that every part of this crate works with. [`Claims`] adds your own
//! type for the rest. Neither has a public constructor: a value of either type means that the token
//! behind it passed every check.

mod claim_type;
mod lists;
mod members;
mod span;
mod typed;
mod verified;

pub use lists::{Groups, Names, Scopes};
pub use typed::{Claims, NoExtra};
pub use verified::{Verified, Via};

pub(crate) use claim_type::ClaimType;
pub(crate) use members::{MAX_MEMBERS, is_specified};
pub(crate) use span::SpanBuilder;
pub(crate) use verified::Attachment;
pub(crate) use verified::{Core, Lists};
