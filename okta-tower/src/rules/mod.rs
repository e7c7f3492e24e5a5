//! Who may call what.
//!
//! A [`Require`] says what a caller must have. A [`RouteRules`] says which `Require` applies to which method
//! and path, in front of any service, whatever router is inside.
//!
//! # How a request finds its rule
//!
//! 1. The path picks one **pattern**: `/users/{id}` for one segment, `/files/{*rest}` for all below; the
//!    syntax is matchit's, which axum 0.8 uses too, with parameters as whole segments. The more specific pattern
//!    wins, literal before parameter before catch-all, and the order of writing does not matter.
//! 2. The method picks the **rule** of that pattern: its own, for `HEAD` else that of `GET`, else the one for any
//!    method. A pattern without a rule for the method refuses; no other pattern is tried.
//! 3. Where no pattern matches, the request is refused, unless
//!    [`unlisted`](RouteRulesBuilder::unlisted) says otherwise.
//!
//! This comes first of all: a path that the table does not name is 403 for everyone, without credentials too, and no
//! token is looked at. Then the token is judged, and read as the layer's
//! [claims](crate::auth::AuthLayer::claims); then the rule's requirement is asked; and last the guards further in.
//!
//! A catch-all `/admin/{*any}` also covers `/admin` and `/admin/`, except where one of these is itself a pattern of
//! the table. (`/{page}` beside it does not count: it names `/admin` only in passing.)
//!
//! # Two readings must agree
//!
//! The rules see the path before the service does, and the service may read it differently: decode
//! `%2e%2e`, merge `//`, resolve `..`, take `\` for `/`, drop `;parameters`, a slash at the end, or case. If a table
//! believed its own reading alone, `/public/..%2fadmin` would be public here and administration there.
//!
//! So a path that can be read in several ways is read in all of them, and every reading must lead to the very same
//! rule, or every one to none. Otherwise the request is refused with
//! [`DeniedKind::AmbiguousPath`](crate::DeniedKind::AmbiguousPath). Paths in plain spelling cost one look-up.
//! What follows from this:
//!
//! - `/files/{name}` serves `/files/a%20b` and `/files/Report.pdf`; `/files/{*rest}` serves `/files/a%2Fb` too.
//! - `/reports/` is refused where only `/reports` is named, and the reverse: clients must use the form that the
//!   table names. `/reports/{*any}` takes both.
//! - `/Reports` is refused where only `/reports` is named. gRPC's names are in upper and lower case: name them as they
//!   are.
//! - Malformed escapes, escapes that are not UTF-8, and control characters are refused everywhere.
//! - A request without a path (`OPTIONS *`, `CONNECT host:443`) is never named by a rule, and is refused.
//! - A method that is not in upper case (`get`) has no part in the rules of a pattern that tells methods apart.
//!
//! Not covered: services that rewrite the method or the path from a header (`X-HTTP-Method-Override`,
//! `X-Original-URL`), drop file extensions or blanks and dots at the end, or apply Unicode normalisation to paths.
//! Put such rewriting outside of the layer.
//!
//! # Mistakes are found when the table is built
//!
//! [`RuleError`] lists them: patterns twice, patterns for the same paths, rules that could never be reached, spellings
//! that no request has.

mod claim_value;
mod error;
mod name_set;
mod path;
mod pattern;
mod require;
mod route_rules;
mod table;
mod verdict;

pub use claim_value::ClaimValue;
pub use error::RuleError;
pub use require::Require;
pub use route_rules::{RouteRules, RouteRulesBuilder};
