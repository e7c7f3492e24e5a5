//! Authorization: which caller may call what.
//!
//! A [`Require`] says what a caller must have. A [`RouteRules`] maps methods and paths to a
//! `Require` each, in front of any service and independent of its router.
//!
//! # How a request finds its rule
//!
//! 1. The path selects one **pattern**: `/users/{id}` for one segment, `/files/{*rest}` for all
//!    below. The syntax is that of matchit and axum 0.8, with parameters as whole segments. The
//!    more specific pattern wins: literal before parameter before catch-all. The order of writing
//!    does not matter.
//! 2. The method selects the **rule** of that pattern: its own; for `HEAD` else that of `GET`; else
//!    the rule for any method. A pattern without a rule for the method rejects. No other pattern is
//!    tried.
//! 3. If no pattern matches, the request is rejected, unless
//!    [`unlisted`](RouteRulesBuilder::unlisted) says otherwise.
//!
//! The table comes first: a path that it does not name gets 403, with or without credentials, and
//! no token is read. Then the layer verifies the token and reads it as the layer's
//! [claims](crate::auth::AuthLayer::claims); then it checks the rule's requirement; inner guards
//! come last.
//!
//! A catch-all `/admin/{*any}` also covers `/admin` and `/admin/`, unless one of them is itself a
//! pattern of the table. A parameter such as `/{page}` does not count as naming `/admin`.
//!
//! # All readings must agree
//!
//! The rules see the path before the service does, and the service may read it differently: decode
//! `%2e%2e`, merge `//`, resolve `..`, take `\` for `/`, or drop `;parameters`, a trailing slash or
//! case. With a single reading, the rules would treat `/public/..%2fadmin` as public, but the
//! service might route it to `/admin`.
//!
//! A path that can be read in several ways is therefore read in all of them, and every reading must
//! lead to the same rule, or every one to none. Otherwise the request is rejected with
//! [`DeniedKind::AmbiguousPath`](crate::DeniedKind::AmbiguousPath). Paths in plain spelling cost
//! one look-up. Consequences:
//!
//! - `/files/{name}` serves `/files/a%20b` and `/files/Report.pdf`; `/files/{*rest}` serves
//!   `/files/a%2Fb` too.
//! - `/reports/` is rejected if the table names only `/reports`, and the reverse: clients must use
//!   the form that the table names. `/reports/{*any}` takes both.
//! - `/Reports` is rejected if the table names only `/reports`. gRPC's names have upper and lower
//!   case: name them exactly.
//! - Malformed escapes, escapes that are not UTF-8, and control characters are always rejected.
//! - A request without a path (`OPTIONS *`, `CONNECT host:443`) has no rule, and is rejected.
//! - A method that is not in upper case (`get`) matches no rule of a pattern with rules per method.
//!
//! Not covered: services that rewrite the method or the path from a header
//! (`X-HTTP-Method-Override`, `X-Original-URL`), that drop file extensions or trailing blanks and
//! dots, or that apply Unicode normalization to paths. Put such rewriting outside the layer.
//!
//! # Mistakes are found when the table is built
//!
//! [`RuleError`] lists them: duplicate patterns, patterns for the same paths, rules that no request
//! could reach, spellings that no request has.

mod check;
mod claim_value;
pub(crate) mod error;
mod missing;
mod name_set;
mod path;
mod pattern;
pub(crate) mod require;
pub(crate) mod route_rules;
mod scopes;
mod table;

pub use claim_value::ClaimValue;
pub use route_rules::RouteRulesBuilder;

pub(crate) use {error::RuleError, require::Require, route_rules::RouteRules};
