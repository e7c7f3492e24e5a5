//! What a refusal says to the caller: status, challenge, and nothing beyond what the RFCs ask for.

use http::{
    HeaderMap, HeaderValue, Response, StatusCode,
    header::{CONTENT_TYPE, HeaderName, RETRY_AFTER, WWW_AUTHENTICATE},
};

use super::{challenge::Challenges, protocol::Protocol};
use crate::error::{AuthError, AuthErrorKind, DeniedKind};

/// How long a caller should wait when the keys are not there, in seconds.
const RETRY_SECONDS: HeaderValue = HeaderValue::from_static("5");

pub(super) const GRPC_STATUS: HeaderName = HeaderName::from_static("grpc-status");
pub(super) const GRPC_MESSAGE: HeaderName = HeaderName::from_static("grpc-message");

/// One refusal, on its way to becoming a response. What a [`Responder`](super::Responder) is given.
#[derive(Clone, Debug)]
pub struct Refusal<'a> {
    error: &'a AuthError,
    protocol: Protocol,
    challenges: &'a Challenges,
}

impl<'a> Refusal<'a> {
    /// The refusal of a request with these headers, with the default realm. For handlers that refuse by themselves and
    /// want to say it as the layer does. The content type alone says here whether it is a call of gRPC; the layer looks at the
    /// method too.
    #[must_use]
    pub fn of(error: &'a AuthError, headers: &HeaderMap) -> Self {
        Self::new(error, Protocol::of(headers), Challenges::DEFAULT)
    }

    pub(super) const fn new(
        error: &'a AuthError,
        protocol: Protocol,
        challenges: &'a Challenges,
    ) -> Self {
        Self {
            error,
            protocol,
            challenges,
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
        self.challenges.of(self.error)
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
            headers.insert(GRPC_STATUS, HeaderValue::from(u16::from(status)));
            // Percent-encoding is for bytes outside 0x20 to 0x7E and for `%`: there are none in our messages.
            headers.insert(GRPC_MESSAGE, HeaderValue::from_static(message));
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

    fn is_for_want_of_scope(&self) -> bool {
        let denied = self.error.denied();
        denied.is_some_and(|denied| denied.kind() == DeniedKind::Scope)
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
            AuthErrorKind::Forbidden if self.is_for_want_of_scope() => (
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
