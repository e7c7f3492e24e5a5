//! An issuer, an `Okta` that trusts it, and requests to an application.

use axum::{
    Router,
    body::Body,
    http::{
        HeaderMap, Request, StatusCode, Version,
        header::WWW_AUTHENTICATE,
        request::{Builder, Parts},
    },
};
use http_body_util::BodyExt;
use okta_tower::{AuthError, Okta, auth::AuthLayer};
use okta_tower_test::{Issuer, TokenBuilder};
use tower::ServiceExt;

use crate::challenge::Challenge;

pub(crate) struct World {
    pub(crate) issuer: Issuer,
    okta: Okta,
}

pub(crate) async fn world() -> World {
    let issuer = Issuer::start().await;
    let okta = issuer.okta().await;
    World { issuer, okta }
}

impl World {
    pub(crate) fn layer(&self) -> AuthLayer {
        self.okta.layer()
    }

    /// A token of Ada's with this group and this scope.
    pub(crate) fn token(&self, group: &str, scope: &str) -> String {
        self.ada().groups([group]).scopes([scope]).sign()
    }

    pub(crate) fn ada(&self) -> TokenBuilder {
        self.issuer.token().user("ada@example.com")
    }
}

/// The head of a request with these headers.
pub(crate) fn parts(headers: &[(&str, &str)]) -> Parts {
    let mut request = Request::get("/");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(()).unwrap().into_parts().0
}

/// A response.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
    /// The error in the response's extensions.
    pub(crate) error: Option<AuthError>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn challenge(&self) -> Option<Challenge> {
        self.header(WWW_AUTHENTICATE.as_str()).map(Challenge::parse)
    }

    /// Everything that the client sees, as one text.
    pub(crate) fn said(&self) -> String {
        format!("{} {:?} {}", self.status, self.headers, self.body)
    }
}

pub(crate) async fn get(app: &Router, path: &str, token: Option<&str>) -> Answer {
    get_with(app, path, token, &[]).await
}

pub(crate) async fn get_with(
    app: &Router,
    path: &str,
    token: Option<&str>,
    headers: &[(&str, &str)],
) -> Answer {
    send(app, Request::get(path), token, headers).await
}

/// Calls as gRPC clients do: `POST` over HTTP/2.
pub(crate) async fn call_with(
    app: &Router,
    path: &str,
    token: Option<&str>,
    headers: &[(&str, &str)],
) -> Answer {
    let request = Request::post(path).version(Version::HTTP_2);
    send(app, request, token, headers).await
}

async fn send(
    app: &Router,
    mut request: Builder,
    token: Option<&str>,
    headers: &[(&str, &str)],
) -> Answer {
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::empty()).unwrap();
    let (parts, body) = app.clone().oneshot(request).await.unwrap().into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    Answer {
        status: parts.status,
        headers: parts.headers,
        body: String::from_utf8(bytes.to_vec()).unwrap(),
        error: parts.extensions.get().cloned(),
    }
}
