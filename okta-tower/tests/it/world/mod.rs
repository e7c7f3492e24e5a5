//! Fixtures that several modules of tests share.

pub(crate) mod challenge;
pub(crate) mod log;
