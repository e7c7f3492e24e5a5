//! What a rejection needs of its request: the protocol that it speaks, and what a responder sees.

use std::fmt;

use http::{
    HeaderValue, Method, Uri, Version,
    header::{ACCEPT, CONTENT_TYPE},
};
use smallvec::SmallVec;

use super::credentials::RequestHead;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    Http,
    Grpc,
    GrpcWeb,
    GrpcWebText,
}

impl Protocol {
    /// Decides for the layer, guards and extractors alike.
    ///
    /// gRPC is a `POST` of `application/grpc` over HTTP/2, gRPC-Web a `POST` of
    /// `application/grpc-web` over any version. A rejection of anything else must not have the
    /// status 200: a proxy that asks by `auth_request` would read it as allowed.
    pub(super) fn of_request(request: RequestHead<'_>) -> Self {
        if *request.method != Method::POST {
            return Self::Http;
        }
        let content_type = request.headers.get(CONTENT_TYPE).map(HeaderValue::to_str);
        match content_type {
            Some(Ok(content_type)) => match Self::of_content_type(content_type) {
                Self::Grpc if request.version < Version::HTTP_2 => Self::Http,
                protocol => protocol,
            },
            _ => Self::Http,
        }
    }

    /// `application/grpc` or `application/grpc-web`, then nothing or a `+format`.
    fn of_content_type(content_type: &str) -> Self {
        let essence = content_type
            .split([';', ' ', '\t'])
            .next()
            .unwrap_or_default();
        let name = essence.split('+').next().unwrap_or_default();
        let is = |other: &str| name.eq_ignore_ascii_case(other);
        if is("application/grpc") {
            Self::Grpc
        } else if is("application/grpc-web") {
            Self::GrpcWeb
        } else if is("application/grpc-web-text") {
            Self::GrpcWebText
        } else {
            Self::Http
        }
    }

    /// The content type of the response; `None` for plain HTTP, whose body decides.
    pub(super) const fn content_type(self) -> Option<&'static str> {
        match self {
            Self::Http => None,
            Self::Grpc => Some("application/grpc"),
            Self::GrpcWeb => Some("application/grpc-web"),
            Self::GrpcWebText => Some("application/grpc-web-text"),
        }
    }
}

/// What is kept of a request, because the inner service consumes the rest.
#[derive(Clone)]
pub(super) struct RequestSummary {
    pub(super) protocol: Protocol,
    pub(super) method: Method,
    pub(super) uri: Uri,
    pub(super) accept: SmallVec<[HeaderValue; 1]>,
}

impl RequestSummary {
    pub(super) fn of(head: RequestHead<'_>) -> Self {
        Self {
            protocol: Protocol::of_request(head),
            method: head.method.clone(),
            uri: head.uri.clone(),
            accept: head.headers.get_all(ACCEPT).iter().cloned().collect(),
        }
    }
}

/// Prints the method alone: paths and headers may hold secrets.
impl fmt::Debug for RequestSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestSummary")
            .field("method", &self.method)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn protocol(method: Method, version: Version, content_type: &str) -> Protocol {
        let mut request = Request::new(());
        *request.method_mut() = method;
        *request.version_mut() = version;
        if !content_type.is_empty() {
            let value = HeaderValue::from_str(content_type).unwrap();
            request.headers_mut().insert(CONTENT_TYPE, value);
        }
        Protocol::of_request(RequestHead::of(&request))
    }

    #[test]
    fn content_type_of_a_post_decides_the_protocol() {
        for (content_type, expected) in [
            ("application/grpc", Protocol::Grpc),
            ("application/grpc+proto", Protocol::Grpc),
            ("Application/GRPC; charset=utf-8", Protocol::Grpc),
            ("application/grpc\t; charset=utf-8", Protocol::Grpc),
            ("application/grpc-web", Protocol::GrpcWeb),
            ("application/grpc-web+proto", Protocol::GrpcWeb),
            ("application/grpc-web-text+proto", Protocol::GrpcWebText),
            ("application/grpcx", Protocol::Http),
            ("application/json", Protocol::Http),
            ("text/plain; application/grpc", Protocol::Http),
            ("", Protocol::Http),
        ] {
            let found = protocol(Method::POST, Version::HTTP_2, content_type);
            assert_eq!(found, expected, "{content_type}");
        }
    }

    #[test]
    fn only_a_post_is_grpc() {
        for method in ["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "X"] {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            for content_type in ["application/grpc", "application/grpc-web"] {
                let found = protocol(method.clone(), Version::HTTP_2, content_type);
                assert_eq!(found, Protocol::Http, "{method} {content_type}");
            }
        }
    }

    #[test]
    fn grpc_needs_http_2_and_grpc_web_does_not() {
        let over = |content_type| protocol(Method::POST, Version::HTTP_11, content_type);
        assert_eq!(over("application/grpc"), Protocol::Http);
        assert_eq!(over("application/grpc-web"), Protocol::GrpcWeb);
        assert_eq!(over("application/grpc-web-text"), Protocol::GrpcWebText);
    }
}
