//! Where the credentials of a request are.

use std::{borrow::Cow, fmt};

use http::{HeaderMap, Method, Request, Uri, header::AUTHORIZATION};
use memchr::memchr;

use crate::{
    base::{
        base64url,
        fields::{self, Said},
    },
    error::{CredentialsError, CredentialsErrorKind},
};

/// What a [`CredentialFinder`] may look at.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct RequestHead<'r> {
    /// The request's method.
    pub method: &'r Method,
    /// The request's target.
    pub uri: &'r Uri,
    /// The request's headers.
    pub headers: &'r HeaderMap,
}

impl<'r> RequestHead<'r> {
    /// The head of a request.
    pub fn of<B>(request: &'r Request<B>) -> Self {
        Self {
            method: request.method(),
            uri: request.uri(),
            headers: request.headers(),
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

/// What was found.
#[non_exhaustive]
pub enum Found<'r> {
    /// Nothing. The caller is nobody, or should be asked to sign in.
    Absent,
    /// Credentials of a scheme that is not ours, such as `Basic`. The same as none, but no other place may be looked
    /// in: whoever sends a header means the header.
    OtherScheme,
    /// An access token.
    Bearer(Cow<'r, str>),
}

/// Prints no token.
impl fmt::Debug for Found<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Absent => "Absent",
            Self::OtherScheme => "OtherScheme",
            Self::Bearer(_) => "Bearer(..)",
        })
    }
}

/// Finds a request's credentials. [`BearerHeader`] is the usual one; write your own for tokens in other places.
///
/// ```
/// use okta_tower::{
///     CredentialsError,
///     auth::{CredentialFinder, Found, RequestHead},
/// };
///
/// /// A gateway in front of us moves the token to a header of its own.
/// struct GatewayHeader;
///
/// impl CredentialFinder for GatewayHeader {
///     fn find<'r>(&self, request: RequestHead<'r>) -> Result<Found<'r>, CredentialsError> {
///         let token = request.headers.get("x-gateway-token").and_then(|token| token.to_str().ok());
///         Ok(token.map_or(Found::Absent, |token| Found::Bearer(token.into())))
///     }
/// }
/// ```
pub trait CredentialFinder: Send + Sync + 'static {
    /// Looks for credentials.
    ///
    /// # Errors
    /// Where they are there and cannot be read without guessing: answered 400, `invalid_request`.
    fn find<'r>(&self, request: RequestHead<'r>) -> Result<Found<'r>, CredentialsError>;
}

/// The `Authorization: Bearer` header (RFC 6750 section 2.1).
///
/// The scheme is matched without case. More than one `Authorization` field, a token in the query beside one in the
/// header, or anything but the characters of a token after the scheme is malformed. A token in the query alone
/// (section 2.3) is not looked for: URLs end up in logs.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct BearerHeader;

impl CredentialFinder for BearerHeader {
    fn find<'r>(&self, request: RequestHead<'r>) -> Result<Found<'r>, CredentialsError> {
        Ok(match read(request)? {
            Read::Absent => Found::Absent,
            Read::OtherScheme => Found::OtherScheme,
            // It is ASCII, as was seen character by character.
            Read::Bearer(token) => Found::Bearer(String::from_utf8_lossy(token)),
        })
    }
}

/// [`Found`], in bytes.
enum Read<'r> {
    Absent,
    OtherScheme,
    Bearer(&'r [u8]),
}

fn read(request: RequestHead<'_>) -> Result<Read<'_>, CredentialsError> {
    let field = match fields::said(request.headers, &AUTHORIZATION) {
        Said::Nothing => return Ok(Read::Absent),
        Said::Once(field) => field,
        Said::MoreThanOnce => return Err(CredentialsError::new(CredentialsErrorKind::TwoHeaders)),
    };
    let read = parse(field.as_bytes()).map_err(CredentialsError::new)?;
    if matches!(read, Read::Bearer(_)) && has_query_token(request.uri) {
        return Err(CredentialsError::new(CredentialsErrorKind::TwoMethods));
    }
    Ok(read)
}

/// What can be said of a request's credentials without reading them.
pub(super) enum Glance<'r> {
    Absent,
    /// What [`find`](CredentialFinder::find) would find, if it finds a token. Nothing is known of its characters.
    Unread(&'r [u8]),
    Unclear,
}

impl BearerHeader {
    /// Whether [`find`](CredentialFinder::find) has something to say against what is [`Unread`](Glance::Unread).
    pub(super) fn check(unread: &[u8]) -> Result<(), CredentialsError> {
        if is_token68(unread) {
            Ok(())
        } else {
            Err(CredentialsError::new(not_a_token(unread)))
        }
    }

    pub(super) fn glance(request: RequestHead<'_>) -> Glance<'_> {
        let field = match fields::said(request.headers, &AUTHORIZATION) {
            Said::Nothing => return Glance::Absent,
            Said::Once(field) => field,
            Said::MoreThanOnce => return Glance::Unclear,
        };
        match behind_scheme(field.as_bytes()) {
            Some(token) if !has_query_token(request.uri) => Glance::Unread(token),
            _ => Glance::Unclear,
        }
    }
}

/// What stands behind the scheme and one space, as nearly everybody writes it. More spaces are legal, and for a closer look.
#[inline]
fn behind_scheme(field: &[u8]) -> Option<&[u8]> {
    const SCHEME: u64 = u64::from_le_bytes(*b"bearer \0");
    // Letters of either case, and a space and nothing else: with this bit set, only letters of the other case become these.
    const CASE: u64 = u64::from_le_bytes(*b"      \0\0");
    let (begin, _) = field.split_first_chunk::<8>()?;
    let begin = u64::from_le_bytes(*begin);
    let is_scheme = (begin | CASE) << 8 == SCHEME << 8;
    (is_scheme && field[7] != b' ').then(|| &field[7..])
}

/// `auth-scheme 1*SP token68` (RFC 9110 section 11.4; RFC 6750 section 2.1).
fn parse(field: &[u8]) -> Result<Read<'_>, CredentialsErrorKind> {
    let (scheme, rest) = field.split_at(memchr(b' ', field).unwrap_or(field.len()));
    let is_token = !scheme.is_empty() && scheme.iter().copied().all(is_token_char);
    if is_token && scheme.eq_ignore_ascii_case(b"Bearer") {
        let spaces = rest.iter().take_while(|byte| **byte == b' ').count();
        let token = &rest[spaces..];
        if is_token68(token) {
            return Ok(Read::Bearer(token));
        }
    } else if is_token && field.is_ascii() {
        return Ok(Read::OtherScheme);
    }
    Err(not_a_token(field))
}

fn not_a_token(text: &[u8]) -> CredentialsErrorKind {
    if text.is_ascii() {
        CredentialsErrorKind::BadForm
    } else {
        CredentialsErrorKind::NotText
    }
}

fn is_token68(token: &[u8]) -> bool {
    let padding = token.iter().rev().take_while(|byte| **byte == b'=').count();
    let body = &token[..token.len() - padding];
    // Without dots first: then one look is enough.
    !body.is_empty()
        && (base64url::is_alphabet(body) || is_like_a_jws(body) || are_token68_chars(body))
}

/// Whether it consists of dots and the characters of base64url, as bad tokens mostly do. A quarter of the price of the whole
/// question.
fn is_like_a_jws(body: &[u8]) -> bool {
    let mut rest = body;
    while let Some(dot) = memchr(b'.', rest) {
        if !base64url::is_alphabet(&rest[..dot]) {
            return false;
        }
        rest = &rest[dot + 1..];
    }
    base64url::is_alphabet(rest)
}

fn are_token68_chars(body: &[u8]) -> bool {
    // To the end, whatever comes, and sixteen by sixteen: so the compiler looks at as many at once.
    let (chunks, rest) = body.as_chunks::<16>();
    let mut are_good = [true; 16];
    for chunk in chunks {
        for (is_good, byte) in are_good.iter_mut().zip(chunk) {
            *is_good &= is_token68_char(*byte);
        }
    }
    are_good == [true; 16] && rest.iter().copied().all(is_token68_char)
}

/// A character of `token68` but the `=` at its end (RFC 9110 section 11.2): a letter, a digit, or one of `+-./_~`. As few
/// comparisons as can be: this is asked of each byte of each bad token.
const fn is_token68_char(byte: u8) -> bool {
    let is_letter = (byte | 0x20).wrapping_sub(b'a') < 26;
    let is_from_plus_to_nine = byte.wrapping_sub(b'+') < 15 && byte != b',';
    is_letter | is_from_plus_to_nine | (byte == b'_') | (byte == b'~')
}

/// `tchar` of RFC 9110 section 5.6.2.
fn is_token_char(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

fn has_query_token(uri: &Uri) -> bool {
    let name = |pair: &str| pair.split_once('=').map_or(pair, |(name, _)| name) == "access_token";
    uri.query().is_some_and(|query| query.split('&').any(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(values: &[&[u8]], uri: &str) -> Result<Option<String>, CredentialsErrorKind> {
        let mut request = Request::builder().uri(uri).body(()).unwrap();
        for value in values {
            let value = http::HeaderValue::from_bytes(value).unwrap();
            request.headers_mut().append(AUTHORIZATION, value);
        }
        let (head, found) = (
            RequestHead::of(&request),
            BearerHeader.find(RequestHead::of(&request)),
        );
        // At a glance the same is seen, or it is not clear.
        match (BearerHeader::glance(head), &found) {
            (Glance::Unread(bytes), Ok(Found::Bearer(token))) => {
                assert_eq!(bytes, token.as_bytes());
                assert!(BearerHeader::check(bytes).is_ok());
            }
            (Glance::Unread(bytes), Err(error)) => {
                let other = BearerHeader::check(bytes).unwrap_err();
                assert_eq!(other.kind(), error.kind());
            }
            (glance, found) => {
                let is_absent = matches!(glance, Glance::Absent);
                assert!(!matches!(glance, Glance::Unread(_)));
                assert_eq!(is_absent, matches!(found, Ok(Found::Absent)));
            }
        }
        match found {
            Ok(Found::Absent) => Ok(None),
            Ok(Found::OtherScheme) => Ok(Some("(other)".into())),
            Ok(Found::Bearer(token)) => Ok(Some(token.into_owned())),
            Err(error) => Err(error.kind()),
        }
    }

    #[test]
    fn a_token_is_found_whatever_the_case_of_the_scheme_and_the_number_of_spaces() {
        for value in [
            "Bearer a.b.c",
            "bearer a.b.c",
            "BEARER a.b.c",
            "Bearer   a.b.c",
        ] {
            assert_eq!(
                find(&[value.as_bytes()], "/"),
                Ok(Some("a.b.c".into())),
                "{value}"
            );
        }
        let every_character = "Bearer azAZ09-._~+/==";
        assert_eq!(
            find(&[every_character.as_bytes()], "/"),
            Ok(Some("azAZ09-._~+/==".into()))
        );
    }

    #[test]
    fn every_byte_is_a_tokens_or_not_as_the_grammar_has_it() {
        for byte in 0..=u8::MAX {
            let named = byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte);
            assert_eq!(is_token68_char(byte), named, "{byte:#x}");
            // Wherever it stands, in a token of any length.
            for length in [1, 2, 3, 4, 5, 15, 16, 17, 67] {
                for place in 0..length {
                    let mut token = vec![b'a'; length];
                    token[length / 2] = b'.';
                    token[place] = byte;
                    assert_eq!(is_token68(&token), named || is_end(byte, place, length));
                }
            }
        }
    }

    /// An `=` after something.
    fn is_end(byte: u8, place: usize, length: usize) -> bool {
        byte == b'=' && place > 0 && place + 1 == length
    }

    #[test]
    fn no_header_and_another_scheme_are_not_malformed() {
        assert_eq!(find(&[], "/"), Ok(None));
        for value in ["Basic dTpw", "Bearerx abc", "DPoP a.b.c", "Negotiate"] {
            assert_eq!(
                find(&[value.as_bytes()], "/"),
                Ok(Some("(other)".into())),
                "{value}"
            );
        }
    }

    #[test]
    fn what_cannot_be_read_without_guessing_is_malformed() {
        for value in [
            "Bearer",
            "Bearer ",
            "Bearer =",
            "Bearer a b",
            "Bearer a,b",
            "Bearer a, Bearer b",
            "Bearer a\tb",
            "Bearer\ta",
            "Bearer\"a\"",
            "",
            " ",
            "Bearer a=b",
            "Bearer \"a\"",
            "Bearer a;b",
            ",Bearer a",
        ] {
            assert_eq!(
                find(&[value.as_bytes()], "/"),
                Err(CredentialsErrorKind::BadForm),
                "{value:?}"
            );
        }
        assert_eq!(
            find(&[b"Bearer \xe4"], "/"),
            Err(CredentialsErrorKind::NotText)
        );
    }

    #[test]
    fn two_header_fields_are_malformed_even_when_they_are_equal() {
        for second in [&b"Bearer a.b.c"[..], b"Basic dTpw"] {
            assert_eq!(
                find(&[b"Bearer a.b.c", second], "/"),
                Err(CredentialsErrorKind::TwoHeaders)
            );
        }
    }

    #[test]
    fn a_token_in_the_query_beside_the_header_is_malformed_and_alone_is_not_looked_for() {
        let header: &[u8] = b"Bearer a.b.c";
        for query in ["/?access_token=x", "/?a=1&access_token", "/?access_token="] {
            assert_eq!(
                find(&[header], query),
                Err(CredentialsErrorKind::TwoMethods),
                "{query}"
            );
            assert_eq!(find(&[], query), Ok(None), "{query}");
        }
        assert_eq!(
            find(&[header], "/?my_access_token=x"),
            Ok(Some("a.b.c".into()))
        );
    }

    #[test]
    fn the_scheme_is_told_at_a_glance_as_it_is_letter_by_letter() {
        let letter_by_letter = |field: &[u8]| {
            let (scheme, token) = field.split_at_checked(7)?;
            let is_scheme = scheme.eq_ignore_ascii_case(b"Bearer ");
            (is_scheme && !token.is_empty() && !token.starts_with(b" ")).then(|| token.to_vec())
        };
        for field in [
            &b"Bearer abc"[..],
            b"bEARER a",
            b"Bearer ",
            b"",
            b"Bearer  a",
        ] {
            for place in 0..field.len() {
                for byte in 0..=u8::MAX {
                    let mut field = field.to_vec();
                    field[place] = byte;
                    let glanced = behind_scheme(&field).map(<[u8]>::to_vec);
                    assert_eq!(glanced, letter_by_letter(&field), "{field:?}");
                }
            }
        }
    }
}
