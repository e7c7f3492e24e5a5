//! What a verified token says.
//!
//! [`Verified`] holds the claims that every part of this crate works with. [`Claims`] is the same plus
//! your own type for the rest. Neither has a public constructor: holding one means that the token behind
//! it passed every check.

mod extra;
mod names;
mod text;
mod typed;
mod verified;
mod weight;

pub use names::{Groups, Scopes};
pub use typed::{Claims, NoExtra};
pub use verified::{Verified, Via};

pub(crate) use extra::ExtraKind;
pub(crate) use text::Pieces;
#[cfg(feature = "sign-in")]
pub(crate) use verified::Attachment;
pub(crate) use verified::{Core, Lists};

/// How many members a payload may have, inner objects included.
pub(crate) const MAX_MEMBERS: usize = 512;
