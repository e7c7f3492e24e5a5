//! What a rejection says to the client: status, challenge, and no more than the RFCs require.

use std::borrow::Cow;

use http::{
    HeaderName, HeaderValue, Method, Response, StatusCode, Uri,
    header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
};

use super::{
    caching::NO_STORE,
    challenge::{DEFAULT_REALM, challenge, missing_scope},
    credentials::RequestHead,
    marker::Rejected,
    protocol::{Protocol, RequestSummary},
};
use crate::error::{AuthError, AuthErrorKind, DeniedKind};

/// How long a client should wait if the keys are not there, in seconds.
const RETRY_SECONDS: HeaderValue = HeaderValue::from_static("5");

pub(super) const GRPC_STATUS: HeaderName = HeaderName::from_static("grpc-status");
pub(super) const GRPC_MESSAGE: HeaderName = HeaderName::from_static("grpc-message");

/// One rejection on its way to becoming a response. A [`Responder`](super::Responder) gets one.
#[derive(Clone, Debug)]
pub struct Refusal<'a> {
    rejected: Cow<'a, Rejected>,
    request: Cow<'a, RequestSummary>,
    realm: &'a str,
}

impl<'a> Refusal<'a> {
    /// Creates the rejection of this request, with the default realm, for services that reject
    /// without a layer around them. Inside a layer, leave a [`Rejected`] in the response instead:
    /// the layer uses its own realm and responder.
    #[must_use]
    pub fn of(error: impl Into<AuthError>, request: RequestHead<'_>) -> Refusal<'static> {
        Self::of_rejected(Rejected::new(error), request)
    }

    /// Creates the rejection of this request, with the caller and the requirement.
    #[must_use]
    pub fn of_rejected(rejected: Rejected, request: RequestHead<'_>) -> Refusal<'static> {
        Refusal {
            rejected: Cow::Owned(rejected.rendered(false)),
            request: Cow::Owned(RequestSummary::of(request)),
            realm: DEFAULT_REALM,
        }
    }

    pub(super) const fn new(
        rejected: &'a Rejected,
        request: &'a RequestSummary,
        realm: &'a str,
    ) -> Self {
        Self {
            rejected: Cow::Borrowed(rejected),
            request: Cow::Borrowed(request),
            realm,
        }
    }

    /// Returns the reason.
    ///
    /// # Security
    /// The reason reveals more than a response should.
    #[must_use]
    pub fn error(&self) -> &AuthError {
        self.rejected.error()
    }

    /// Returns the reason with the caller and the requirement, as far as they are known.
    ///
    /// # Security
    /// As for [`error`](Self::error).
    #[must_use]
    pub fn rejected(&self) -> &Rejected {
        &self.rejected
    }

    /// Returns the request's method.
    #[must_use]
    pub fn method(&self) -> &Method {
        &self.request.method
    }

    /// Returns the request's target, as it reached the layer.
    #[must_use]
    pub fn uri(&self) -> &Uri {
        &self.request.uri
    }

    /// Returns the request's `Accept` fields.
    pub fn accept(&self) -> impl Iterator<Item = &HeaderValue> + use<'_, 'a> {
        self.request.accept.iter()
    }

    /// Whether the client speaks gRPC or gRPC-Web: the response has status 200, headers, and an
    /// empty body.
    #[must_use]
    pub fn is_grpc(&self) -> bool {
        self.request.protocol != Protocol::Http
    }

    /// Returns the status for plain HTTP.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.error().status()
    }

    /// Returns the gRPC status code and a message that holds nothing from the request.
    #[must_use]
    pub fn grpc_status(&self) -> (u8, Cow<'static, str>) {
        self.error().grpc_status()
    }

    /// Returns the `WWW-Authenticate` challenge (RFC 6750 section 3), if the outcome has one.
    /// Missing groups have none: no scope would help, and group names stay private.
    #[must_use]
    pub fn challenge(&self) -> Option<HeaderValue> {
        challenge(self.error(), self.realm)
    }

    /// Returns the whole response with your body: status and headers for the client's protocol,
    /// and `Cache-Control: no-store`. The [`Rejected`] marker and the [`AuthError`] are in the
    /// extensions, from here or from the layer.
    ///
    /// For gRPC the body must be empty, so that the response is headers alone (Trailers-Only).
    #[must_use]
    pub fn response<B>(&self, body: B) -> Response<B> {
        let mut response = Response::new(body);
        if let Some(content_type) = self.request.protocol.content_type() {
            let (status, message) = self.grpc_status();
            let headers = response.headers_mut();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
            headers.insert(GRPC_STATUS, HeaderValue::from(u16::from(status)));
            // Printable ASCII, of which percent-encoding is for `%` alone.
            if let Ok(message) = HeaderValue::try_from(message.replace('%', "%25")) {
                headers.insert(GRPC_MESSAGE, message);
            }
        } else {
            *response.status_mut() = self.status();
            if self.error().kind() == AuthErrorKind::Unavailable {
                response.headers_mut().insert(RETRY_AFTER, RETRY_SECONDS);
            }
        }
        if let Some(challenge) = self.challenge() {
            response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
        }
        response.headers_mut().insert(CACHE_CONTROL, NO_STORE);
        // A layer leaves both itself, whatever the responder does.
        if let Cow::Owned(rejected) = &self.rejected {
            response.extensions_mut().insert(rejected.error().clone());
            response.extensions_mut().insert(rejected.clone());
        }
        response
    }

    /// Returns the body of RFC 9457 (`application/problem+json`).
    #[must_use]
    pub fn problem(&self) -> String {
        let (name, title) = match self.error().kind() {
            AuthErrorKind::MissingCredentials => {
                ("missing-credentials", "Credentials are required")
            }
            AuthErrorKind::MalformedRequest => {
                ("malformed-credentials", "The credentials are malformed")
            }
            AuthErrorKind::InvalidToken => {
                ("invalid-token", "The access token or session is not valid")
            }
            AuthErrorKind::TooLarge => ("token-too-large", "The access token is too long"),
            AuthErrorKind::Forbidden if self.lacks_scope() => (
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

    fn lacks_scope(&self) -> bool {
        let denied = self.error().denied();
        denied.is_some_and(|denied| denied.kind() == DeniedKind::Scope)
    }
}

impl AuthError {
    /// Returns the status for plain HTTP.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self.kind() {
            AuthErrorKind::MissingCredentials | AuthErrorKind::InvalidToken => {
                StatusCode::UNAUTHORIZED
            }
            AuthErrorKind::MalformedRequest => StatusCode::BAD_REQUEST,
            AuthErrorKind::TooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            AuthErrorKind::Forbidden => StatusCode::FORBIDDEN,
            AuthErrorKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            AuthErrorKind::Misconfigured => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Returns the gRPC status code, and a message that holds nothing from the request: missing
    /// scopes by name, and never the names of groups. For gRPC code of your own.
    ///
    /// ```
    /// use okta_tower::AuthError;
    ///
    /// let (code, message) = AuthError::missing_credentials().grpc_status();
    /// assert_eq!((code, &*message), (16, "credentials are required"));
    /// ```
    #[must_use]
    pub fn grpc_status(&self) -> (u8, Cow<'static, str>) {
        let (code, message) = match self.kind() {
            AuthErrorKind::MissingCredentials => (16, "credentials are required"),
            AuthErrorKind::MalformedRequest => (16, "the credentials are malformed"),
            AuthErrorKind::InvalidToken => (16, "the access token or session is not valid"),
            AuthErrorKind::TooLarge => (16, "the access token is longer than the limit"),
            AuthErrorKind::Forbidden => match self.denied() {
                Some(denied) if denied.kind() == DeniedKind::Scope => {
                    return (7, missing_scope(denied).into());
                }
                _ => (7, "not allowed"),
            },
            AuthErrorKind::Unavailable => (14, "try again later"),
            AuthErrorKind::Misconfigured => (13, "internal error"),
        };
        (code, message.into())
    }
}
