//! Where the credentials of a request are.

use std::{borrow::Cow, fmt};

use http::{
    Extensions, HeaderMap, HeaderValue, Method, Request, Uri, Version,
    header::{AUTHORIZATION, COOKIE},
    request::Parts,
};
use memchr::memmem;

use crate::error::{CredentialsError, CredentialsErrorKind};

/// The part of a request that a [`CredentialFinder`] may look at.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct RequestHead<'r> {
    /// The request's method.
    pub method: &'r Method,
    /// The request's target.
    pub uri: &'r Uri,
    /// The request's HTTP version.
    pub version: Version,
    /// The request's headers.
    pub headers: &'r HeaderMap,
    #[cfg_attr(
        not(feature = "sign-in"),
        allow(dead_code, reason = "only sign-in leaves a note for the layer")
    )]
    pub(crate) extensions: &'r Extensions,
}

impl<'r> RequestHead<'r> {
    /// Returns the head of a request.
    pub fn of<B>(request: &'r Request<B>) -> Self {
        Self {
            method: request.method(),
            uri: request.uri(),
            version: request.version(),
            headers: request.headers(),
            extensions: request.extensions(),
        }
    }

    /// Returns the head of a request that was taken apart.
    #[must_use]
    pub fn of_parts(parts: &'r Parts) -> Self {
        Self {
            method: &parts.method,
            uri: &parts.uri,
            version: parts.version,
            headers: &parts.headers,
            extensions: &parts.extensions,
        }
    }
}

/// Prints the method alone: paths and headers may hold secrets.
impl fmt::Debug for RequestHead<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestHead")
            .field("method", self.method)
            .finish_non_exhaustive()
    }
}

/// What a [`CredentialFinder`] has found.
#[non_exhaustive]
pub enum Credential<'r> {
    /// Nothing. The layer looks for a session cookie next, if sign-in is on.
    Absent,
    /// Credentials of another scheme, such as `Basic`. They count as no credentials, and no cookie
    /// is looked at: a client that sends a header means the header. Absent to a layer that
    /// [ignores](super::AuthLayer::ignore_other_schemes) other schemes.
    OtherScheme,
    /// A header without a scheme, such as `Authorization: eyJ…`. As
    /// [`OtherScheme`](Self::OtherScheme), with a reason of its own in logs.
    NoScheme,
    /// An access token, in the bytes of the header value.
    Bearer(Cow<'r, [u8]>),
    /// An access token from a cookie. Browsers send cookies with requests that other sites start,
    /// so an unsafe request, and one that opens a WebSocket, must show its origin: by
    /// `Sec-Fetch-Site` `same-origin` or `none`, or by an `Origin` that
    /// [`allows_origin`](CredentialFinder::allows_origin) accepts. Otherwise the response is 403
    /// with the reason `cross_origin`.
    Cookie(Cow<'r, [u8]>),
}

/// Prints no token.
impl fmt::Debug for Credential<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Absent => "Absent",
            Self::OtherScheme => "OtherScheme",
            Self::NoScheme => "NoScheme",
            Self::Bearer(_) => "Bearer(..)",
            Self::Cookie(_) => "Cookie(..)",
        })
    }
}

/// Finds a request's credentials. [`BearerHeader`] is the default; write your own for tokens in
/// other places.
///
/// ```
/// use okta_tower::{
///     CredentialsError,
///     auth::{Credential, CredentialFinder, RequestHead},
/// };
///
/// /// A gateway moves the token to a header of its own.
/// struct GatewayHeader;
///
/// impl CredentialFinder for GatewayHeader {
///     fn find<'r>(&self, request: RequestHead<'r>) -> Result<Credential<'r>, CredentialsError> {
///         Ok(match request.headers.get("x-gateway-token") {
///             Some(token) => Credential::Bearer(token.as_bytes().into()),
///             None => Credential::Absent,
///         })
///     }
/// }
/// ```
///
/// # Security
/// Return a token that was read from a cookie as [`Credential::Cookie`], or other sites could act
/// as the user (cross-site request forgery). As a second line of defense, the layer takes a
/// [`Credential::Bearer`] whose text stands in a cookie of the request, and not in its
/// `Authorization` header, for one from the cookie.
pub trait CredentialFinder: Send + Sync + 'static {
    /// Looks for credentials.
    ///
    /// # Errors
    /// If credentials are present and cannot be read without guessing: 400 `invalid_request`.
    fn find<'r>(&self, request: RequestHead<'r>) -> Result<Credential<'r>, CredentialsError>;

    /// Returns whether pages of this origin, such as `https://app.example.com`, may send unsafe
    /// requests with a token from a cookie. Default: none but the service's own.
    fn allows_origin(&self, _origin: &HeaderValue) -> bool {
        false
    }
}

/// An application's finder, not trusted to say that a token comes from a cookie.
pub(super) struct CookieAware<F>(pub(super) F);

impl<F: CredentialFinder> CredentialFinder for CookieAware<F> {
    fn find<'r>(&self, request: RequestHead<'r>) -> Result<Credential<'r>, CredentialsError> {
        let contain = |name, token: &[u8]| {
            let mut fields = request.headers.get_all(name).iter();
            fields.any(|field| memmem::find(field.as_bytes(), token).is_some())
        };
        Ok(match self.0.find(request)? {
            Credential::Bearer(token)
                if contain(COOKIE, &token) && !contain(AUTHORIZATION, &token) =>
            {
                Credential::Cookie(token)
            }
            found => found,
        })
    }

    fn allows_origin(&self, origin: &HeaderValue) -> bool {
        self.0.allows_origin(origin)
    }
}

/// Finds the token of the `Authorization: Bearer` header (RFC 6750 section 2.1).
///
/// The scheme is matched without case. Two `Authorization` fields, a field that is not ASCII, and
/// `Bearer` without a token are malformed (400). Characters that no token has make the token
/// invalid (401). A token in the query (section 2.3) is not looked at: URLs end up in logs.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct BearerHeader;

impl CredentialFinder for BearerHeader {
    fn find<'r>(&self, request: RequestHead<'r>) -> Result<Credential<'r>, CredentialsError> {
        let mut fields = request.headers.get_all(AUTHORIZATION).iter();
        match (fields.next(), fields.next()) {
            (None, _) => Ok(Credential::Absent),
            (Some(field), None) => parse(field.as_bytes()).map_err(CredentialsError::new),
            (Some(_), Some(_)) => Err(CredentialsError::new(CredentialsErrorKind::TwoHeaders)),
        }
    }
}

/// Parses `auth-scheme [ 1*SP credentials ]` (RFC 9110 section 11.4).
fn parse(field: &[u8]) -> Result<Credential<'_>, CredentialsErrorKind> {
    // Without an early exit this is a few vector instructions; `is_ascii` takes 40 ns for 1 KB.
    let is_ascii = field.iter().fold(0, |bits, byte| bits | byte) < 0x80;
    if !is_ascii {
        return Err(CredentialsErrorKind::NotText);
    }
    let end = field.iter().position(|byte| !is_token_char(*byte));
    let (scheme, rest) = field.split_at(end.unwrap_or(field.len()));
    if scheme.is_empty() || rest.first().is_some_and(|byte| *byte != b' ') {
        return Err(CredentialsErrorKind::BadForm);
    }
    if scheme.eq_ignore_ascii_case(b"Bearer") {
        match rest.iter().position(|byte| *byte != b' ') {
            None => Err(CredentialsErrorKind::BadForm),
            Some(start) => Ok(Credential::Bearer(rest[start..].into())),
        }
    } else if rest.is_empty() && scheme.contains(&b'.') {
        // No registered scheme has a dot, and every token has.
        Ok(Credential::NoScheme)
    } else {
        Ok(Credential::OtherScheme)
    }
}

/// `tchar` of RFC 9110 section 5.6.2.
fn is_token_char(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(values: &[&[u8]], uri: &str) -> Result<Option<String>, CredentialsErrorKind> {
        let mut request = Request::builder().uri(uri).body(()).unwrap();
        for value in values {
            let value = HeaderValue::from_bytes(value).unwrap();
            request.headers_mut().append(AUTHORIZATION, value);
        }
        match BearerHeader.find(RequestHead::of(&request)) {
            Ok(Credential::Absent) => Ok(None),
            Ok(Credential::OtherScheme) => Ok(Some("(other)".into())),
            Ok(Credential::NoScheme) => Ok(Some("(none)".into())),
            Ok(Credential::Bearer(token) | Credential::Cookie(token)) => {
                Ok(Some(String::from_utf8(token.into()).unwrap()))
            }
            Err(error) => Err(error.kind()),
        }
    }

    #[test]
    fn token_is_found_whatever_the_case_and_the_spaces() {
        for value in [
            "Bearer a.b.c",
            "bearer a.b.c",
            "BEARER a.b.c",
            "bEARER a.b.c",
            "Bearer   a.b.c",
        ] {
            let found = find(&[value.as_bytes()], "/");
            assert_eq!(found, Ok(Some("a.b.c".into())), "{value}");
        }
        let every_character = "Bearer azAZ09-._~+/==";
        let found = find(&[every_character.as_bytes()], "/");
        assert_eq!(found, Ok(Some("azAZ09-._~+/==".into())));
    }

    #[test]
    fn no_header_and_other_schemes_are_not_malformed() {
        assert_eq!(find(&[], "/"), Ok(None));
        for value in ["Basic dTpw", "Bearerx abc", "DPoP a.b.c", "Negotiate"] {
            let found = find(&[value.as_bytes()], "/");
            assert_eq!(found, Ok(Some("(other)".into())), "{value}");
        }
    }

    #[test]
    fn token_without_a_scheme_has_a_reason_of_its_own() {
        let found = find(&[b"eyJhbGciOiJSUzI1NiJ9.e30.c2ln"], "/");
        assert_eq!(found, Ok(Some("(none)".into())));
    }

    #[test]
    fn scheme_with_a_dot_and_credentials_is_another_scheme() {
        let found = find(&[b"example.scheme dTpw"], "/");
        assert_eq!(found, Ok(Some("(other)".into())));
    }

    #[test]
    fn characters_after_the_scheme_are_left_to_the_token_check() {
        for (value, token) in [
            ("Bearer =", "="),
            ("Bearer a b", "a b"),
            ("Bearer a,b", "a,b"),
            ("Bearer a, Bearer b", "a, Bearer b"),
            ("Bearer a\tb", "a\tb"),
            ("Bearer a=b", "a=b"),
            ("Bearer \"a\"", "\"a\""),
            ("Bearer a;b", "a;b"),
        ] {
            let found = find(&[value.as_bytes()], "/");
            assert_eq!(found, Ok(Some(token.into())), "{value:?}");
        }
    }

    #[test]
    fn field_that_needs_guessing_is_malformed() {
        for value in [
            "Bearer",
            "Bearer ",
            "Bearer\ta",
            "Bearer\"a\"",
            "",
            " ",
            ",Bearer a",
        ] {
            let found = find(&[value.as_bytes()], "/");
            assert_eq!(found, Err(CredentialsErrorKind::BadForm), "{value:?}");
        }
        for value in [&b"Bearer \xe4"[..], "Bearer \u{e4}".as_bytes()] {
            assert_eq!(find(&[value], "/"), Err(CredentialsErrorKind::NotText));
        }
    }

    #[test]
    fn two_fields_are_malformed_even_if_equal() {
        for second in [&b"Bearer a.b.c"[..], b"Basic dTpw"] {
            let found = find(&[b"Bearer a.b.c", second], "/");
            assert_eq!(found, Err(CredentialsErrorKind::TwoHeaders));
        }
    }

    #[test]
    fn token_in_the_query_is_not_looked_at() {
        let header: &[u8] = b"Bearer a.b.c";
        for query in ["/?access_token=x", "/?a=1&access_token", "/?access_token="] {
            assert_eq!(find(&[header], query), Ok(Some("a.b.c".into())), "{query}");
            assert_eq!(find(&[], query), Ok(None), "{query}");
        }
    }
}
