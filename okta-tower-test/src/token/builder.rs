//! Builder of tokens.

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

/// Builder of a token.
///
/// [`Issuer::token`](crate::Issuer::token) starts an access token,
/// [`Issuer::id_token`](crate::Issuer::id_token) an ID token. Settings that you do not change are
/// those of Okta:
///
/// - The header of an access token has `alg` and `kid`.
/// - Its claims are `ver`, `jti`, `iss`, `aud`, `iat`, `exp`, `cid`, `uid`, `scp`, `auth_time` and
///   `sub`.
/// - It is valid for an hour.
///
/// Times follow the issuer's clock at the moment of signing. If you set a claim twice, the later
/// setting applies.
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
/// let without_subject = issuer.token().without("sub").sign();
/// # }
/// ```
#[derive(Clone)]
#[must_use = "a builder produces no token until it signs"]
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
    /// In the order of the calls. `None` removes the member.
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

    /// Sets the user, by login. Default: `user@example.com`.
    ///
    /// In an access token, `sub` is the login and `uid` is an Okta-shaped ID derived from the
    /// login. In an ID token, `sub` is that ID, and `name`, `preferred_username` and `email` are
    /// the login.
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

    /// Sets a service with client credentials: `sub` and `cid` are the client ID. Removes `uid` and
    /// `auth_time`.
    pub fn service(self, client_id: impl Into<String>) -> Self {
        let client_id = client_id.into();
        self.claim("sub", client_id.clone())
            .claim("cid", client_id)
            .without("uid")
            .without("auth_time")
    }

    /// Sets the Okta user ID: `uid`, or `sub` of an ID token.
    pub fn uid(self, uid: impl Into<String>) -> Self {
        let name = match self.kind {
            Kind::Access => "uid",
            Kind::Id => "sub",
        };
        self.claim(name, uid.into())
    }

    /// Sets the client of the token: `cid`, or the audience of an ID token.
    pub fn client_id(self, client_id: impl Into<String>) -> Self {
        let name = match self.kind {
            Kind::Access => "cid",
            Kind::Id => "aud",
        };
        self.claim(name, client_id.into())
    }

    /// Sets the groups. Default: no groups claim.
    ///
    /// The claim is `groups`, or the one set with
    /// [`IssuerBuilder::groups_claim`](crate::IssuerBuilder::groups_claim).
    pub fn groups<I>(self, groups: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        let name = self.groups_claim.clone();
        self.claim(name, strings(groups))
    }

    /// Sets the scopes, `scp`, as an array. Default: `["openid"]`.
    pub fn scopes<I>(self, scopes: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.claim("scp", strings(scopes))
    }

    /// Sets one audience, as a string. Default: the issuer's audience, `api://default`.
    pub fn audience(self, audience: impl Into<String>) -> Self {
        self.claim("aud", audience.into())
    }

    /// Sets the audiences as an array, even if there is one or none.
    pub fn audiences<I>(self, audiences: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.claim("aud", strings(audiences))
    }

    /// Sets another `iss` than the issuer's own.
    pub fn issuer_claim(self, issuer: impl Into<String>) -> Self {
        self.claim("iss", issuer.into())
    }

    /// Sets the `nonce` of an ID token. Default: none.
    pub fn nonce(self, nonce: impl Into<String>) -> Self {
        self.claim("nonce", nonce.into())
    }

    /// Sets the `at_hash` of an ID token that was issued together with this access token. Default:
    /// none.
    ///
    /// The hash is SHA-256 (OpenID Connect Core section 3.1.3.6), so it fits the algorithms that
    /// use SHA-256.
    pub fn issued_with(self, access_token: &str) -> Self {
        let hash = digest(&SHA256, access_token.as_bytes());
        let left_half = URL_SAFE_NO_PAD.encode(&hash.as_ref()[..16]);
        self.claim("at_hash", left_half)
    }

    /// Sets a claim of any JSON type: `claim("department", "maths")`, `claim("exp",
    /// json!("soon"))`.
    pub fn claim(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.claims.push((name.into(), Some(value.into())));
        self
    }

    /// Removes a claim, for example a default one.
    pub fn without(mut self, name: impl Into<String>) -> Self {
        self.claims.push((name.into(), None));
        self
    }

    /// Sets `exp`, in seconds after signing. Default: an hour after `iat`.
    ///
    /// A negative value gives an expired token, whose `iat` lies an hour before `exp`. An
    /// application accepts an expired token for its leeway: 60 s by default, at most 300 s. With
    /// -300 or less, every application rejects the token.
    pub fn expires_in(mut self, seconds: i64) -> Self {
        self.expires = Some(Moment::FromNow(seconds));
        self
    }

    /// Sets `exp` to a time, truncated to seconds.
    pub fn expires_at(mut self, time: SystemTime) -> Self {
        self.expires = Some(Moment::At(unix_seconds(time)));
        self
    }

    /// Sets `iat`, in seconds before signing; negative for the future. Default: the moment of
    /// signing.
    pub fn issued_ago(mut self, seconds: i64) -> Self {
        self.issued = Some(Moment::FromNow(seconds.saturating_neg()));
        self
    }

    /// Sets `iat` to a time, truncated to seconds.
    pub fn issued_at(mut self, time: SystemTime) -> Self {
        self.issued = Some(Moment::At(unix_seconds(time)));
        self
    }

    /// Sets `nbf`, in seconds after signing; negative for the past. Default: no `nbf`, as at Okta.
    pub fn not_before_in(mut self, seconds: i64) -> Self {
        self.not_before = Some(Moment::FromNow(seconds));
        self
    }

    /// Sets `nbf` to a time, truncated to seconds.
    pub fn not_before(mut self, time: SystemTime) -> Self {
        self.not_before = Some(Moment::At(unix_seconds(time)));
        self
    }

    /// Sets a header member of any JSON type.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.header.push((name.into(), Some(value.into())));
        self
    }

    /// Removes a header member: `without_header("kid")`.
    pub fn without_header(mut self, name: impl Into<String>) -> Self {
        self.header.push((name.into(), None));
        self
    }

    /// Sets the `typ` of the header. Default: none, as at Okta.
    pub fn typ(self, typ: impl Into<String>) -> Self {
        self.header("typ", typ.into())
    }

    /// Signs with this key and sets its `kid` and algorithm in the header. Default: the issuer's
    /// active key.
    pub fn key(mut self, key: Key) -> Self {
        self.key = key;
        self
    }

    /// Signs with this algorithm and sets it in the header. Default: the algorithm of the key.
    ///
    /// An RSA key can sign with each RSA algorithm. To name another algorithm than the one that
    /// signs, use [`header("alg", …)`](Self::header).
    ///
    /// # Panics
    ///
    /// Signing panics if the key has another type. See
    /// [`IssuerBuilder::algorithm`](crate::IssuerBuilder::algorithm).
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
