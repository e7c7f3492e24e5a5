//! Which protocol a request speaks, as far as refusals differ by it.

use http::{HeaderMap, HeaderValue, Request, header::CONTENT_TYPE};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    Http,
    Grpc,
    GrpcWeb,
    GrpcWebText,
}

impl Protocol {
    /// Calls of gRPC and gRPC-Web are POSTs (`:method POST` in their specifications): what is safe to send is none.
    #[inline]
    pub(super) fn of_request<B>(request: &Request<B>) -> Self {
        if request.method().is_safe() {
            return Self::Http;
        }
        Self::of(request.headers())
    }

    /// gRPC and gRPC-Web say so in the content type: `application/grpc`, then nothing, a `+format`, or `-web`.
    #[inline]
    pub(super) fn of(headers: &HeaderMap) -> Self {
        match headers.get(CONTENT_TYPE).map(HeaderValue::to_str) {
            Some(Ok(content_type)) => Self::by_content_type(content_type),
            _ => Self::Http,
        }
    }

    fn by_content_type(content_type: &str) -> Self {
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

    /// The content type of an answer; `None` for plain HTTP, whose body decides.
    pub(super) const fn content_type(self) -> Option<&'static str> {
        match self {
            Self::Http => None,
            Self::Grpc => Some("application/grpc"),
            Self::GrpcWeb => Some("application/grpc-web"),
            Self::GrpcWebText => Some("application/grpc-web-text"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grpc_is_told_by_the_content_type_alone() {
        for (content_type, protocol) in [
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
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
            assert_eq!(Protocol::of(&headers), protocol, "{content_type}");
        }
        assert_eq!(Protocol::of(&HeaderMap::new()), Protocol::Http);
    }

    #[test]
    fn what_is_safe_to_send_is_no_call_of_grpc() {
        let request = |method: &str| {
            let request = Request::builder().method(method);
            let request = request.header(CONTENT_TYPE, "application/grpc");
            Protocol::of_request(&request.body(()).unwrap())
        };
        for method in ["GET", "HEAD", "OPTIONS"] {
            assert_eq!(request(method), Protocol::Http, "{method}");
        }
        for method in ["POST", "PUT", "X"] {
            assert_eq!(request(method), Protocol::Grpc, "{method}");
        }
    }
}
