//! What a refusal says to the caller: status, challenge, and nothing beyond what the RFCs ask for.

use http::{
    HeaderMap, HeaderValue, Response, StatusCode,
    header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
};

use super::protocol::Protocol;
use crate::error::{AuthError, AuthErrorKind, DeniedKind};

/// How long a caller should wait when the keys are not there, in seconds.
const RETRY_SECONDS: HeaderValue = HeaderValue::from_static("5");

/// One refusal, on its way to becoming a response. What a [`Responder`](super::Responder) is given.
#[derive(Clone, Debug)]
pub struct Refusal<'a> {
    error: &'a AuthError,
    protocol: Protocol,
    realm: &'a str,
}

impl<'a> Refusal<'a> {
    /// The refusal of a request with these headers, with the default realm. For handlers that refuse by themselves and
    /// want to say it as the layer does.
    #[must_use]
    pub fn of(error: &'a AuthError, headers: &HeaderMap) -> Self {
        Self::new(error, Protocol::of(headers), DEFAULT_REALM)
    }

    pub(super) const fn new(error: &'a AuthError, protocol: Protocol, realm: &'a str) -> Self {
        Self {
            error,
            protocol,
            realm,
        }
    }

    /// Why.
    ///
    /// # Security
    /// It says more than the caller should be told.
    #[must_use]
    pub const fn error(&self) -> &'a AuthError {
        self.error
    }

    /// Whether the caller speaks gRPC or gRPC-Web: its answer has status 200, headers and an empty body.
    #[must_use]
    pub fn is_grpc(&self) -> bool {
        self.protocol != Protocol::Http
    }

    /// The status that plain HTTP is answered with.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self.error.kind() {
            AuthErrorKind::MissingCredentials | AuthErrorKind::InvalidToken => {
                StatusCode::UNAUTHORIZED
            }
            AuthErrorKind::MalformedRequest => StatusCode::BAD_REQUEST,
            AuthErrorKind::Forbidden => StatusCode::FORBIDDEN,
            AuthErrorKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            AuthErrorKind::Misconfigured => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The gRPC status code, and a message without anything of the caller's.
    #[must_use]
    pub const fn grpc_status(&self) -> (u8, &'static str) {
        match self.error.kind() {
            AuthErrorKind::MissingCredentials => (16, "credentials are required"),
            AuthErrorKind::MalformedRequest => (16, "the credentials are malformed"),
            AuthErrorKind::InvalidToken => (16, "the access token or session is not valid"),
            AuthErrorKind::Forbidden => (7, "not allowed"),
            AuthErrorKind::Unavailable => (14, "try again later"),
            AuthErrorKind::Misconfigured => (13, "internal error"),
        }
    }

    /// The `WWW-Authenticate` challenge (RFC 6750 section 3), where the outcome has one. Missing groups have none:
    /// there is no scope to ask for, and group names are nobody's business.
    #[must_use]
    pub fn challenge(&self) -> Option<HeaderValue> {
        let mut challenge = format!("Bearer realm=\"{}\"", self.realm);
        match self.error.kind() {
            AuthErrorKind::MissingCredentials => {}
            AuthErrorKind::MalformedRequest => challenge.push_str(", error=\"invalid_request\""),
            AuthErrorKind::InvalidToken => challenge.push_str(", error=\"invalid_token\""),
            AuthErrorKind::Forbidden => {
                let denied = self.error.denied()?;
                if denied.kind() != DeniedKind::Scope {
                    return None;
                }
                challenge.push_str(", error=\"insufficient_scope\"");
                if let Some(scope) = denied.needed_scope().filter(|scope| !scope.is_empty()) {
                    challenge.push_str(", scope=\"");
                    challenge.push_str(scope);
                    challenge.push('"');
                }
            }
            AuthErrorKind::Unavailable | AuthErrorKind::Misconfigured => return None,
        }
        HeaderValue::try_from(challenge).ok()
    }

    /// The whole response with your body: status and headers for the protocol that the caller speaks. For gRPC the
    /// body must be empty, so that the answer is headers alone (Trailers-Only).
    #[must_use]
    pub fn response<B>(&self, body: B) -> Response<B> {
        let mut response = Response::new(body);
        if let Some(content_type) = self.protocol.content_type() {
            let (status, message) = self.grpc_status();
            let headers = response.headers_mut();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
            headers.insert("grpc-status", HeaderValue::from(u16::from(status)));
            // Percent-encoding is for bytes outside 0x20 to 0x7E and for `%`: there are none in our messages.
            headers.insert("grpc-message", HeaderValue::from_static(message));
        } else {
            *response.status_mut() = self.status();
            if self.error.kind() == AuthErrorKind::Unavailable {
                response.headers_mut().insert(RETRY_AFTER, RETRY_SECONDS);
            }
        }
        if let Some(challenge) = self.challenge() {
            response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        }
        response
    }

    /// The body of RFC 9457 (`application/problem+json`).
    #[must_use]
    pub fn problem(&self) -> String {
        let (name, title) = match self.error.kind() {
            AuthErrorKind::MissingCredentials => {
                ("missing-credentials", "Credentials are required")
            }
            AuthErrorKind::MalformedRequest => {
                ("malformed-credentials", "The credentials are malformed")
            }
            AuthErrorKind::InvalidToken => {
                ("invalid-token", "The access token or session is not valid")
            }
            AuthErrorKind::Forbidden if self.challenge().is_some() => (
                "insufficient-scope",
                "The access token lacks a required scope",
            ),
            AuthErrorKind::Forbidden => ("forbidden", "Not allowed"),
            AuthErrorKind::Unavailable => {
                ("unavailable", "Credentials cannot be checked at the moment")
            }
            AuthErrorKind::Misconfigured => ("internal", "Internal error"),
        };
        format!(
            "{{\"type\":\"urn:okta-tower:problem:{name}\",\"title\":\"{title}\",\"status\":{}}}",
            self.status().as_u16()
        )
    }
}

/// What stands in challenges unless configured.
pub(super) const DEFAULT_REALM: &str = "api";
