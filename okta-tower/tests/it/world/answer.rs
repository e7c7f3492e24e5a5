//! Requests to a service, and the responses as a test sees them.

use std::{convert::Infallible, fmt::Debug};

use bytes::Bytes;
use http::{
    HeaderMap, Request, Response, StatusCode, Version,
    header::{CONTENT_TYPE, WWW_AUTHENTICATE},
    request::Builder,
};
use http_body_util::{BodyExt, Full};
use okta_tower::AuthError;
use tower::{Service, ServiceExt};

use super::challenge::{self, Challenge};

pub(crate) type Body = Full<Bytes>;

/// A response.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
    /// Whether the head alone ends the response, as gRPC's "Trailers-Only" requires.
    pub(crate) is_head_only: bool,
    /// The error in the response's extensions.
    pub(crate) error: Option<AuthError>,
}

impl Answer {
    /// The value of a header that is there at most once.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        let first = values.next()?;
        assert!(values.next().is_none(), "{name} twice");
        Some(first.to_str().unwrap())
    }

    /// The challenge: at most one, read strictly.
    pub(crate) fn challenge(&self) -> Option<Challenge> {
        let field = self.header(WWW_AUTHENTICATE.as_str())?;
        let mut challenges =
            challenge::parse(field).unwrap_or_else(|error| panic!("{field}: {error}"));
        assert_eq!(challenges.len(), 1, "{field}");
        let challenge = challenges.remove(0);
        assert!(challenge.is_bearer(), "{field}");
        Some(challenge)
    }

    /// The exact reason in the extensions.
    pub(crate) fn reason(&self) -> Option<&'static str> {
        self.error.as_ref().map(AuthError::reason)
    }

    /// Everything that the client sees, as one text.
    pub(crate) fn visible(&self) -> String {
        format!("{} {:?} {}", self.status, self.headers, self.body)
    }
}

/// gRPC clients speak HTTP/2.
fn is_grpc(request: &Request<Body>) -> bool {
    let content_type = request.headers().get(CONTENT_TYPE);
    content_type.is_some_and(|value| {
        let value = value.as_bytes().to_ascii_lowercase();
        value.starts_with(b"application/grpc")
    })
}

/// Calls the service as a server does: ready first.
pub(crate) async fn ask<S, B>(service: &S, request: Builder) -> Answer
where
    S: Service<Request<Body>, Response = Response<B>, Error = Infallible> + Clone,
    B: http_body::Body<Data = Bytes>,
    B::Error: Debug,
{
    let mut request = request.body(Body::default()).unwrap();
    if is_grpc(&request) {
        *request.version_mut() = Version::HTTP_2;
    }
    let Ok(response) = service.clone().oneshot(request).await;
    let (head, body) = response.into_parts();
    let is_head_only = body.is_end_stream();
    let bytes = body.collect().await.unwrap().to_bytes();
    Answer {
        status: head.status,
        headers: head.headers,
        body: String::from_utf8(bytes.to_vec()).unwrap(),
        is_head_only,
        error: head.extensions.get::<AuthError>().cloned(),
    }
}
