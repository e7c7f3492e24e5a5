//! Authentication with Okta for any Tower service.

mod base64url;
pub mod claims;
pub mod clock;
pub mod config;
mod error;
mod json;
mod jwk;
pub mod rules;
mod secret;
mod token;

pub use crate::{
    claims::{Claims, Groups, NoExtra, Scopes, Verified, Via},
    error::{
        AuthError, AuthErrorKind, CredentialsError, CredentialsErrorKind, Denied, DeniedKind,
        KeysUnavailable, Misconfigured, TokenError, TokenErrorKind,
    },
    jwk::{Algorithm, UnknownAlgorithm},
    rules::{Require, RouteRules, RuleError},
    secret::Secret,
    token::TokenType,
};
