//! Plain functions over the parsers, for the targets in `fuzz/`. Not part of the API: compiled
//! only with `--cfg okta_tower_fuzzing`.

#![allow(missing_docs, missing_debug_implementations)]

use std::{path::Path, sync::Arc};

use http::{HeaderMap, HeaderValue};
use url::Url;

use crate::{
    api::link,
    base::fetch::UrlPolicy,
    bearer::token::{Policy, split, verify},
    browser::{
        cookies::{ChunkedCookie, CookieOptions, CookieValue, CookieWriter},
        return_to::ReturnPages,
        seal::{Purpose, SealContext, SealKeys},
        settings::{ResponseMode, SignIn},
        sign_in::callback::parameters::{self, Outcome},
    },
    claims::Verified,
    config::{
        ConfigError, client_secrets,
        variables::{Found, in_use},
        yaml,
    },
    keys::{
        discovery,
        jwk::{Algorithm, KeySet},
    },
    okta::OktaBuilder,
    rules::route_rules::RouteRules,
};

/// An application's settings, for the parsers that need them.
pub struct Application {
    issuer: Arc<str>,
    policy: Policy,
    urls: UrlPolicy,
    pages: ReturnPages,
}

impl Application {
    pub fn new(issuer: &str, audience: &str, redirect_uri: &str) -> Self {
        let sign_in = SignIn::new()
            .cookie_keys("8f3K1s0Zp9QvTn5xWc7LrYb2MdHgJe4uAoXiRk6UtFw")
            .redirect_uri(redirect_uri)
            .response_mode(ResponseMode::Query);
        let config = OktaBuilder::new(issuer)
            .audience(audience)
            .client_id("0oaApp")
            .client_secret("fuzzing-secret")
            .algorithms(Algorithm::ALL)
            .sign_in(sign_in)
            .build()
            .expect("the targets' settings are valid");
        let settings = config.sign_in.as_ref().expect("sign-in is set");
        let pages = ReturnPages::new(settings);
        Self {
            issuer: Arc::clone(config.issuer.text()),
            policy: config.policy,
            urls: config.urls,
            pages,
        }
    }

    pub fn verify(&self, token: &[u8], keys: &Keys, now: i64) -> Option<Verified> {
        let jws = split(token, &self.policy).ok()?;
        Some(verify(jws, &keys.0, &self.policy, now).ok()?.verified)
    }

    /// Returns the URL of the keys and the endpoints by their names.
    pub fn discovery(&self, document: &[u8]) -> Option<Vec<(&'static str, Url)>> {
        let found = discovery::read(document, &self.issuer, &self.urls, true).ok()?;
        Some(
            [("jwks_uri", found.jwks_url)]
                .into_iter()
                .chain(found.endpoints)
                .collect(),
        )
    }

    pub fn return_to(&self, requested: &str, tag: Option<&str>) -> String {
        self.pages.read(Some(requested), tag).as_str().to_owned()
    }

    /// Returns the address of the sign-in that returns to `page`.
    pub fn sign_in_location(&self, page: &str) -> String {
        self.pages.sign_in_location(page)
    }
}

#[derive(Default)]
pub struct Keys(KeySet);

impl Keys {
    pub fn parse(document: &[u8], previous: &Self) -> Option<Self> {
        let (keys, _) = KeySet::parse(document, &Algorithm::ALL.into(), &previous.0).ok()?;
        Some(Self(keys))
    }

    pub fn kids(&self) -> Vec<&str> {
        self.0.kids()
    }
}

/// Keys that seal, and the cookie that carries what they sealed.
pub struct Sealer {
    keys: SealKeys,
    cookie: ChunkedCookie,
}

impl Sealer {
    pub fn new(base: &str) -> Self {
        let options = CookieOptions::default();
        Self {
            keys: SealKeys::ephemeral(&SealContext {
                issuer: "https://example.okta.com",
                client_id: "0oaApp",
                origin: "https://app.example.com",
            }),
            cookie: ChunkedCookie::new(CookieWriter::new(true), base, options),
        }
    }

    pub fn seal(&self, plain: &[u8]) -> String {
        self.keys.seal(Purpose::Session, "session", plain)
    }

    pub fn open(&self, sealed: &str) -> Option<Vec<u8>> {
        self.keys.open(Purpose::Session, "session", sealed).ok()
    }

    /// Returns the `Set-Cookie` fields for a value, or `None` if the value is too long.
    pub fn write(&self, value: &str) -> Option<Vec<HeaderValue>> {
        let hour = std::time::Duration::from_secs(3600);
        self.cookie.write(value, hour, 0).ok()
    }

    /// Returns the value of a request: `Ok(None)` if it has none, `Err` if chunks are missing.
    #[allow(
        clippy::result_unit_err,
        reason = "the targets compare only whether it fails"
    )]
    pub fn gather(&self, headers: &HeaderMap) -> Result<Option<Vec<u8>>, ()> {
        match self.cookie.gather(headers) {
            CookieValue::Absent => Ok(None),
            CookieValue::Broken => Err(()),
            CookieValue::Whole(chunks) => Ok(Some(chunks.as_slice().concat())),
        }
    }
}

pub struct Callback {
    pub state: String,
    pub issuer: Option<String>,
    /// `None` for an error of the provider.
    pub code: Option<String>,
}

pub fn callback(text: &str) -> Option<Callback> {
    let found = parameters::read(text).ok()?;
    Some(Callback {
        state: found.state,
        issuer: found.issuer,
        code: match found.outcome {
            Outcome::Code(code) => Some(code),
            Outcome::Error(_) => None,
        },
    })
}

/// Returns the next page: `None` if there is none, or if the fields are rejected.
pub fn next_page(fields: &[HeaderValue], current: &Url) -> Option<Url> {
    link::next(fields, current).ok().flatten()
}

/// Returns the pattern that decides for a path.
pub fn pattern_for<'r>(rules: &'r RouteRules, path: &str) -> Option<&'r str> {
    rules.pattern_for(path)
}

/// Returns settings by their paths in `okta.yaml`.
pub fn yaml(text: &str) -> Result<Vec<(&'static str, String)>, ConfigError> {
    yaml::read(text, Path::new("okta.yaml")).map(|found| settings(&found))
}

/// Returns settings by their paths in `okta.yaml`.
pub fn client_secrets(text: &str) -> Result<Vec<(&'static str, String)>, ConfigError> {
    client_secrets::read(text, Path::new("client_secrets.json")).map(|found| settings(&found))
}

fn settings(found: &Found) -> Vec<(&'static str, String)> {
    let rows = in_use().filter_map(|row| Some((row.yaml?, found.get(row)?.value)));
    rows.collect()
}
