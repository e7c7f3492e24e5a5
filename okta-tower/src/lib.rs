//! Authentication with Okta for any Tower service.

pub mod auth;
mod base64url;
pub mod claims;
pub mod clock;
pub mod config;
pub mod danger;
mod error;
mod fetch;
mod json;
mod jwk;
pub mod keys;
mod okta;
pub mod rules;
mod secret;
pub mod telemetry;
mod token;
mod verifier;

pub use crate::{
    claims::{Claims, Groups, NoExtra, Scopes, Verified, Via},
    clock::{Clock, SystemClock},
    config::{ConfigError, OktaBuilder},
    error::{
        AuthError, AuthErrorKind, CredentialsError, CredentialsErrorKind, Denied, DeniedKind,
        KeysUnavailable, Misconfigured, TokenError, TokenErrorKind,
    },
    jwk::{Algorithm, UnknownAlgorithm},
    keys::Refresher,
    okta::{Okta, StartError, StartErrorKind},
    rules::{Require, RouteRules, RuleError},
    secret::Secret,
    token::TokenType,
};
