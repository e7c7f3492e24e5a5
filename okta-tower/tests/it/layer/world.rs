//! A service that says who calls, and requests to it.

use std::convert::Infallible;

use http::{Request, Response, header::AUTHORIZATION, request::Builder};
use okta_tower::auth;

pub(crate) use crate::world::{
    World,
    answer::{Answer, Body, ask},
};

/// Answers with the caller's subject.
pub(crate) async fn who(request: Request<Body>) -> Result<Response<Body>, Infallible> {
    let name = match auth::caller(request.extensions()) {
        Ok(Some(caller)) => format!("hello {}", caller.subject()),
        Ok(None) => "hello nobody".to_owned(),
        Err(_) => "no layer".to_owned(),
    };
    Ok(Response::new(name.into()))
}

/// The beginning of a GET with a bearer token.
pub(crate) fn with(token: &str) -> Builder {
    Request::get("/").header(AUTHORIZATION, format!("Bearer {token}"))
}

pub(crate) fn to(uri: &str, token: &str) -> Builder {
    with(token).uri(uri)
}
