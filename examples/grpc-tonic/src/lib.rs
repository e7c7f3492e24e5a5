//! The server, as a library so that tests can serve it too.

mod health;
mod ledger;
mod server;
mod until;

pub use self::{ledger::Bank, server::serve, until::until};

/// The code that `build.rs` generates from `ledger.proto`.
pub mod pb {
    #![allow(
        missing_docs,
        unreachable_pub,
        unused_qualifications,
        clippy::all,
        clippy::pedantic,
        reason = "generated"
    )]

    tonic::include_proto!("bank.v1");

    /// The descriptors for reflection.
    pub(crate) const DESCRIPTORS: &[u8] = tonic::include_file_descriptor_set!("ledger");
}
