//! A row of the outcome table, and the comparison of responses with it.

use http::{StatusCode, header::CONTENT_TYPE};
use okta_tower::AuthErrorKind;
use tower::{Layer, service_fn};

use super::world::{Answer, World, ask, who, with};
use crate::world::challenge::Challenge;

/// Content types of gRPC requests, and those that their responses must have.
pub(crate) const GRPC: [(&str, &str); 9] = [
    ("application/grpc", "application/grpc"),
    ("application/grpc+proto", "application/grpc"),
    ("application/grpc+json", "application/grpc"),
    ("Application/GRPC; charset=utf-8", "application/grpc"),
    ("application/grpc\t;a=b", "application/grpc"),
    ("application/grpc-web", "application/grpc-web"),
    ("application/grpc-web+proto", "application/grpc-web"),
    ("application/grpc-web-text", "application/grpc-web-text"),
    (
        "application/grpc-web-text+proto",
        "application/grpc-web-text",
    ),
];

pub(crate) const HTTP: [&str; 4] = [
    "application/json",
    "application/grpcx",
    "text/html; a=application/grpc",
    "",
];

/// A row of the table.
#[derive(Clone, Copy)]
pub(crate) struct Row {
    pub(crate) kind: AuthErrorKind,
    pub(crate) reason: &'static str,
    pub(crate) status: u16,
    /// The challenge's parameters, or `None` for no challenge.
    pub(crate) challenge: Option<&'static [(&'static str, &'static str)]>,
    pub(crate) retry_after: bool,
    pub(crate) grpc_status: &'static str,
}

pub(crate) const NO_CREDENTIALS: Row = Row {
    kind: AuthErrorKind::MissingCredentials,
    reason: "missing_credentials",
    status: 401,
    challenge: Some(&[("realm", "api")]),
    retry_after: false,
    grpc_status: "16",
};

pub(crate) const MALFORMED: Row = Row {
    kind: AuthErrorKind::MalformedRequest,
    reason: "bad_form",
    status: 400,
    challenge: Some(&[("realm", "api"), ("error", "invalid_request")]),
    retry_after: false,
    grpc_status: "16",
};

pub(crate) const INVALID: Row = Row {
    kind: AuthErrorKind::InvalidToken,
    reason: "expired",
    status: 401,
    challenge: Some(&[("realm", "api"), ("error", "invalid_token")]),
    retry_after: false,
    grpc_status: "16",
};

pub(crate) const TOO_LARGE: Row = Row {
    kind: AuthErrorKind::TooLarge,
    reason: "too_large",
    status: 431,
    challenge: None,
    retry_after: false,
    grpc_status: "16",
};

pub(crate) const FORBIDDEN: Row = Row {
    kind: AuthErrorKind::Forbidden,
    reason: "group",
    status: 403,
    challenge: None,
    retry_after: false,
    grpc_status: "7",
};

pub(crate) const UNAVAILABLE: Row = Row {
    kind: AuthErrorKind::Unavailable,
    reason: "keys_not_loaded",
    status: 503,
    challenge: None,
    retry_after: true,
    grpc_status: "14",
};

impl Row {
    pub(crate) fn because(self, reason: &'static str) -> Self {
        Self { reason, ..self }
    }

    fn common(&self, answer: &Answer) {
        let error = answer
            .error
            .as_ref()
            .expect("the reason is in the extensions");
        assert_eq!((error.kind(), error.reason()), (self.kind, self.reason));
        assert_eq!(answer.body, "");
        assert!(answer.is_head_only);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let wanted = self.challenge.map(|params| Challenge {
            scheme: "Bearer".into(),
            params: (params
                .iter()
                .map(|(name, value)| ((*name).into(), (*value).into())))
            .collect(),
        });
        assert_eq!(answer.challenge(), wanted, "{}", self.reason);
    }

    pub(crate) fn holds_in_http(&self, answer: &Answer) {
        self.common(answer);
        assert_eq!(answer.status.as_u16(), self.status, "{}", self.reason);
        assert_eq!(answer.header("grpc-status"), None);
        let retry_after = answer
            .header("retry-after")
            .map(|value| value.parse::<u32>().unwrap());
        assert_eq!(
            retry_after.is_some_and(|seconds| seconds > 0),
            self.retry_after
        );
    }

    pub(crate) fn holds_in_grpc(&self, answer: &Answer, content_type: &str) {
        self.common(answer);
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.header("content-type"), Some(content_type));
        assert_eq!(
            answer.header("grpc-status"),
            Some(self.grpc_status),
            "{}",
            self.reason
        );
        // Percent-encoded as gRPC requires: visible ASCII and blanks, without a stray `%`.
        let message = answer.header("grpc-message").unwrap();
        assert!(
            !message.is_empty()
                && message
                    .bytes()
                    .all(|byte| matches!(byte, b' '..=b'~') && byte != b'%')
        );
        assert_eq!(answer.header("retry-after"), None);
    }
}

/// Sends the request once per content type.
macro_rules! assert_row {
    ($service:expr, $request:expr, $row:expr) => {
        for content_type in $crate::layer::row::HTTP {
            let request: http::request::Builder = $request;
            let answer = $crate::layer::world::ask(
                $service,
                request
                    .method("POST")
                    .header(http::header::CONTENT_TYPE, content_type),
            )
            .await;
            $row.holds_in_http(&answer);
        }
        for (content_type, answered) in $crate::layer::row::GRPC {
            let request: http::request::Builder = $request;
            let answer = $crate::layer::world::ask(
                $service,
                request
                    .method("POST")
                    .header(http::header::CONTENT_TYPE, content_type),
            )
            .await;
            $row.holds_in_grpc(&answer, answered);
        }
    };
}
pub(crate) use assert_row;

pub(crate) async fn assert_accepted(world: &World, token: &str) {
    let service = world.okta.layer().layer(service_fn(who));
    let content_types = HTTP.iter().chain(GRPC.iter().map(|(asked, _)| asked));
    for content_type in content_types {
        let answer = ask(
            &service,
            with(token)
                .method("POST")
                .header(CONTENT_TYPE, *content_type),
        )
        .await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.body, "hello ada@example.com");
        assert!(answer.error.is_none() && answer.headers.is_empty());
    }
}
