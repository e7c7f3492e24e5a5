//! The fluent way to a token.

use std::{fmt, sync::Arc, time::SystemTime};

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use okta_tower::{Algorithm, clock::Clock};
use serde_json::Value;

use super::{
    defaults::{Kind, user_id},
    moment::{Moment, unix_seconds},
};
use crate::key::Key;

/// A token in the making, from [`Issuer::token`](crate::Issuer::token) (an access token) or
/// [`Issuer::id_token`](crate::Issuer::id_token).
///
/// What is not set is as Okta would set it. Of an access token: the header holds `alg` and `kid` and nothing else,
/// the claims are `ver`, `jti`, `iss`, `aud`, `iat`, `exp`, `cid`, `uid`, `scp`, `auth_time` and `sub`, and it lives
/// for an hour. Times follow the issuer's clock, read when the token is signed. Of two settings of the same claim,
/// the later wins.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let issuer = okta_tower_test::Issuer::start().await;
/// let good = issuer
///     .token()
///     .user("ada@example.com")
///     .groups(["admin", "Everyone"])
///     .scopes(["openid", "reports:read"])
///     .claim("department", "mathematics")
///     .expires_in(60)
///     .sign();
/// assert_eq!(good.split('.').count(), 3);
///
/// let expired = issuer.token().expires_in(-300).sign();
/// let for_another_api = issuer.token().audience("api://other").sign();
/// let about_nobody = issuer.token().without("sub").sign();
/// # }
/// ```
#[derive(Clone)]
#[must_use = "a token exists once it is signed"]
pub struct TokenBuilder {
    pub(super) kind: Kind,
    pub(super) key: Key,
    pub(super) algorithm: Option<Algorithm>,
    pub(super) issuer: String,
    pub(super) audience: String,
    pub(super) groups_claim: String,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) issued: Option<Moment>,
    pub(super) expires: Option<Moment>,
    pub(super) not_before: Option<Moment>,
    /// In the order of the calls; `None` takes the member away.
    pub(super) header: Vec<(String, Option<Value>)>,
    pub(super) claims: Vec<(String, Option<Value>)>,
}

impl TokenBuilder {
    pub(crate) fn new(
        kind: Kind,
        key: Key,
        issuer: String,
        audience: String,
        groups_claim: String,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            kind,
            key,
            algorithm: None,
            issuer,
            audience,
            groups_claim,
            clock,
            issued: None,
            expires: None,
            not_before: None,
            header: Vec::new(),
            claims: Vec::new(),
        }
    }

    /// A person, by login. In an access token `sub` becomes the login and `uid` an Okta-shaped id derived from it
    /// (the same login always has the same id); in an ID token `sub` is that id, and the login is in
    /// `preferred_username` and `email`. Default: `user@example.com`.
    pub fn user(self, login: impl Into<String>) -> Self {
        let login = login.into();
        let id = user_id(&login);
        match self.kind {
            Kind::Access => self.claim("sub", login).claim("uid", id),
            Kind::Id => self
                .claim("sub", id)
                .claim("name", login.clone())
                .claim("preferred_username", login.clone())
                .claim("email", login),
        }
    }

    /// A service that got its token by client credentials: `sub` and `cid` are the client id, and there is neither
    /// `uid` nor `auth_time`.
    pub fn service(self, client_id: impl Into<String>) -> Self {
        let client_id = client_id.into();
        self.claim("sub", client_id.clone())
            .claim("cid", client_id)
            .without("uid")
            .without("auth_time")
    }

    /// The Okta user id, `uid` (in an ID token: `sub`).
    pub fn uid(self, uid: impl Into<String>) -> Self {
        let name = match self.kind {
            Kind::Access => "uid",
            Kind::Id => "sub",
        };
        self.claim(name, uid.into())
    }

    /// The client that the token was issued to: `cid`, or the audience of an ID token.
    pub fn client_id(self, client_id: impl Into<String>) -> Self {
        let name = match self.kind {
            Kind::Access => "cid",
            Kind::Id => "aud",
        };
        self.claim(name, client_id.into())
    }

    /// The groups, in the claim that this issuer puts them in (`groups` unless
    /// [`IssuerBuilder::groups_claim`](crate::IssuerBuilder::groups_claim) says otherwise). Default: no such claim.
    pub fn groups<I>(self, groups: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        let name = self.groups_claim.clone();
        self.claim(name, strings(groups))
    }

    /// The scopes, `scp`, as the array that Okta sends. Default: `["openid"]`.
    pub fn scopes<I>(self, scopes: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.claim("scp", strings(scopes))
    }

    /// The one audience, as a string. Default: the issuer's audience, `api://default`.
    pub fn audience(self, audience: impl Into<String>) -> Self {
        self.claim("aud", audience.into())
    }

    /// Several audiences, as an array (also when there is only one, or none).
    pub fn audiences<I>(self, audiences: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.claim("aud", strings(audiences))
    }

    /// Another `iss` than the issuer's own.
    pub fn issuer_claim(self, issuer: impl Into<String>) -> Self {
        self.claim("iss", issuer.into())
    }

    /// The `nonce` of an ID token. Default: none.
    pub fn nonce(self, nonce: impl Into<String>) -> Self {
        self.claim("nonce", nonce.into())
    }

    /// The `at_hash` of an ID token that was issued together with this access token (OpenID Connect Core, section
    /// 3.1.3.6; for the algorithms whose hash is SHA-256). Default: none.
    pub fn issued_with(self, access_token: &str) -> Self {
        let hash = digest(&SHA256, access_token.as_bytes());
        let left_half = URL_SAFE_NO_PAD.encode(&hash.as_ref()[..16]);
        self.claim("at_hash", left_half)
    }

    /// Any claim, of any JSON type: `claim("department", "maths")`, `claim("exp", json!("soon"))`.
    pub fn claim(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.claims.push((name.into(), Some(value.into())));
        self
    }

    /// Takes a claim away, one of the defaults for instance.
    pub fn without(mut self, name: impl Into<String>) -> Self {
        self.claims.push((name.into(), None));
        self
    }

    /// `exp`, in seconds from the moment of signing; negative for a token that has expired already (then `iat` lies an
    /// hour before that). Default: an hour after `iat`.
    ///
    /// An application accepts it for its leeway longer: 60 s by default, at most 300 s. With
    /// -300 or less it is expired for every application.
    pub fn expires_in(mut self, seconds: i64) -> Self {
        self.expires = Some(Moment::FromNow(seconds));
        self
    }

    /// `exp` as a moment. Fractions of a second are cut off.
    pub fn expires_at(mut self, time: SystemTime) -> Self {
        self.expires = Some(Moment::At(unix_seconds(time)));
        self
    }

    /// `iat`, in seconds before the moment of signing; negative for the future. Default: the moment of signing.
    pub fn issued_ago(mut self, seconds: i64) -> Self {
        self.issued = Some(Moment::FromNow(seconds.saturating_neg()));
        self
    }

    /// `iat` as a moment. Fractions of a second are cut off.
    pub fn issued_at(mut self, time: SystemTime) -> Self {
        self.issued = Some(Moment::At(unix_seconds(time)));
        self
    }

    /// `nbf`, in seconds from the moment of signing; negative for the past. Default: no `nbf`, Okta sends none.
    pub fn not_before_in(mut self, seconds: i64) -> Self {
        self.not_before = Some(Moment::FromNow(seconds));
        self
    }

    /// `nbf` as a moment. Fractions of a second are cut off.
    pub fn not_before(mut self, time: SystemTime) -> Self {
        self.not_before = Some(Moment::At(unix_seconds(time)));
        self
    }

    /// Any header member, of any JSON type.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.header.push((name.into(), Some(value.into())));
        self
    }

    /// Takes a header member away: `without_header("kid")`.
    pub fn without_header(mut self, name: impl Into<String>) -> Self {
        self.header.push((name.into(), None));
        self
    }

    /// The `typ` of the header. Default: none, Okta sends none.
    pub fn typ(self, typ: impl Into<String>) -> Self {
        self.header("typ", typ.into())
    }

    /// Signs with this key and puts its `kid` and algorithm into the header. Default: the issuer's active key.
    pub fn key(mut self, key: Key) -> Self {
        self.key = key;
        self
    }

    /// Signs with this algorithm and names it in the header, whatever the key was published for. An RSA key can do this
    /// for all RSA algorithms. To name one algorithm and sign by another, use [`header("alg", …)`](Self::header).
    ///
    /// # Panics
    ///
    /// Signing panics when the key is of another kind: see [`IssuerBuilder::algorithm`](crate::IssuerBuilder::algorithm).
    pub fn algorithm(mut self, algorithm: Algorithm) -> Self {
        self.algorithm = Some(algorithm);
        self
    }
}

impl fmt::Debug for TokenBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenBuilder")
            .field("kind", &self.kind)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

fn strings<I>(items: I) -> Value
where
    I: IntoIterator,
    I::Item: Into<String>,
{
    items.into_iter().map(Into::<String>::into).collect()
}
