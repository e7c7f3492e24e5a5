//! `Okta::explain` against every fault of a token, of a request and of the issuer: it reports what
//! the verification reports, with the right remedy, and never the token.

mod agreement;
mod issuer_faults;
mod requests;
mod secrecy;
mod tokens;
mod world;
