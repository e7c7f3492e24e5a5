//! Tokens as Okta mints them, and every way to spoil them.

pub(crate) mod raw;

use std::{
    fmt,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use okta_tower::{Algorithm, clock::Clock};
use serde_json::{Map, Value, json};

use crate::key::{Key, random_id};

/// How long tokens live unless told otherwise, in seconds: an hour, as at Okta.
const LIFETIME: i64 = 3600;

/// The client that tokens are issued to unless told otherwise.
pub(crate) const CLIENT_ID: &str = "0oaTestClient0000001";

/// The user that tokens are about unless told otherwise.
const USER: &str = "user@example.com";

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
    kind: Kind,
    key: Key,
    algorithm: Option<Algorithm>,
    issuer: String,
    audience: String,
    groups_claim: String,
    clock: Arc<dyn Clock>,
    issued: Option<Moment>,
    expires: Option<Moment>,
    not_before: Option<Moment>,
    /// In the order of the calls; `None` takes the member away.
    header: Vec<(String, Option<Value>)>,
    claims: Vec<(String, Option<Value>)>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Access,
    Id,
}

/// A moment in seconds: from now, or since 1970.
#[derive(Clone, Copy)]
enum Moment {
    FromNow(i64),
    At(i64),
}

impl Moment {
    fn seconds(self, now: i64) -> i64 {
        match self {
            Self::FromNow(seconds) => now.saturating_add(seconds),
            Self::At(seconds) => seconds,
        }
    }
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

    /// The token, signed.
    ///
    /// # Panics
    ///
    /// When the key cannot sign with the [`algorithm`](Self::algorithm) that was asked for.
    #[must_use]
    pub fn sign(&self) -> String {
        self.sign_raw(&self.header_json(), &self.claims_json())
    }

    /// Signs exactly this text with the key of this builder; nothing else of the builder is used. Start from
    /// [`header_json`](Self::header_json) and [`claims_json`](Self::claims_json) to change a detail that no method can
    /// express, such as a member that occurs twice.
    ///
    /// # Panics
    ///
    /// As [`sign`](Self::sign).
    #[must_use]
    pub fn sign_raw(&self, header: &str, claims: &str) -> String {
        let algorithm = self.algorithm.unwrap_or(self.key.algorithm());
        self.key.sign_raw_as(algorithm, header, claims)
    }

    /// The token with `alg: none` and no signature (RFC 7515 appendix A.5). A verifier must refuse it.
    #[must_use]
    pub fn unsigned(&self) -> String {
        let header = self.header_json_as("none");
        raw::unsigned(&header, &self.claims_json())
    }

    /// The token with `alg: HS256`, authenticated with `secret`: key confusion, if the secret is the issuer's public
    /// key as [PEM](Key::public_pem), [DER](Key::public_der) or [JWK](Key::to_jwk) text. A verifier must refuse it.
    #[must_use]
    pub fn hs256(&self, secret: impl AsRef<[u8]>) -> String {
        let header = self.header_json_as("HS256");
        raw::hmac_sha256(&header, &self.claims_json(), secret)
    }

    /// The text of the header that [`sign`](Self::sign) would use.
    #[must_use]
    pub fn header_json(&self) -> String {
        self.header_json_as(self.algorithm.unwrap_or(self.key.algorithm()).as_str())
    }

    fn header_json_as(&self, alg: &str) -> String {
        let mut header = Map::new();
        header.insert("alg".to_owned(), alg.into());
        header.insert("kid".to_owned(), self.key.kid().into());
        apply(&mut header, &self.header);
        Value::Object(header).to_string()
    }

    /// The text of the claims that [`sign`](Self::sign) would sign at this moment. The `jti` is new each time.
    #[must_use]
    pub fn claims_json(&self) -> String {
        let now = unix_seconds(self.clock.now());
        let expires = self.expires.map(|moment| moment.seconds(now));
        let issued = match (self.issued, expires) {
            (Some(issued), _) => issued.seconds(now),
            // A token that has expired was issued before it did.
            (None, Some(expires)) if expires <= now => expires.saturating_sub(LIFETIME),
            (None, _) => now,
        };
        let expires = expires.unwrap_or(issued.saturating_add(LIFETIME));

        let mut claims = match self.kind {
            Kind::Access => self.access_claims(),
            Kind::Id => self.id_claims(),
        };
        claims.insert("ver".to_owned(), 1.into());
        claims.insert("iss".to_owned(), self.issuer.as_str().into());
        claims.insert("iat".to_owned(), issued.into());
        claims.insert("exp".to_owned(), expires.into());
        claims.insert("auth_time".to_owned(), issued.into());
        if let Some(not_before) = self.not_before {
            claims.insert("nbf".to_owned(), not_before.seconds(now).into());
        }
        apply(&mut claims, &self.claims);
        Value::Object(claims).to_string()
    }

    fn access_claims(&self) -> Map<String, Value> {
        members([
            ("jti", format!("AT.{}", random_id(32)).into()),
            ("aud", self.audience.as_str().into()),
            ("cid", CLIENT_ID.into()),
            ("uid", user_id(USER).into()),
            ("scp", json!(["openid"])),
            ("sub", USER.into()),
        ])
    }

    fn id_claims(&self) -> Map<String, Value> {
        members([
            ("jti", format!("ID.{}", random_id(32)).into()),
            ("aud", CLIENT_ID.into()),
            ("sub", user_id(USER).into()),
            ("amr", json!(["pwd"])),
            ("idp", "00oTestOrganization1".into()),
            ("name", USER.into()),
            ("preferred_username", USER.into()),
            ("email", USER.into()),
            ("email_verified", true.into()),
        ])
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

fn members<const N: usize>(members: [(&str, Value); N]) -> Map<String, Value> {
    members
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

fn apply(object: &mut Map<String, Value>, changes: &[(String, Option<Value>)]) {
    for (name, value) in changes {
        match value {
            Some(value) => object.insert(name.clone(), value.clone()),
            None => object.remove(name),
        };
    }
}

fn strings<I>(items: I) -> Value
where
    I: IntoIterator,
    I::Item: Into<String>,
{
    items.into_iter().map(Into::<String>::into).collect()
}

/// An id in the shape of Okta's user ids, always the same for the same login.
fn user_id(login: &str) -> String {
    let hash = digest(&SHA256, login.as_bytes());
    let letters = hash.as_ref().iter().map(|byte| {
        const ALPHABET: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
        char::from(ALPHABET[usize::from(*byte) % ALPHABET.len()])
    });
    "00u".chars().chain(letters.take(17)).collect()
}

/// Whole seconds since 1970; a time before that is negative.
fn unix_seconds(time: SystemTime) -> i64 {
    let seconds = |length: std::time::Duration| i64::try_from(length.as_secs()).unwrap_or(i64::MAX);
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => seconds(since),
        Err(before) => -seconds(before.duration()),
    }
}
