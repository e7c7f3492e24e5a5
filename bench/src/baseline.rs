//! The least that a layer can do that accepts an authenticated caller.
//!
//! It finds the header, compares the token with the one token that it knows, and puts a reference
//! to claims into the request's extensions. It has one `Arc`, for its own state and for the claims.
//! It has no clock, keys, cache or counters, and rejects no request.

use std::{
    sync::Arc,
    task::{Context, Poll},
};

use http::{Request, header};
use tower::Service;

#[derive(Clone)]
pub(crate) struct Baseline<S> {
    inner: S,
    known: Arc<Known>,
}

struct Known {
    token: Box<[u8]>,
    #[allow(dead_code, reason = "the bare service reads no claims")]
    subject: Box<str>,
}

/// A reference, as the claims of okta-tower are.
#[derive(Clone)]
struct Claims(#[allow(dead_code, reason = "the bare service reads no claims")] Arc<Known>);

impl<S> Baseline<S> {
    pub(crate) fn new(token: &str, inner: S) -> Self {
        let known = Known {
            token: token.as_bytes().into(),
            subject: "ada".into(),
        };
        Self {
            inner,
            known: Arc::new(known),
        }
    }
}

impl<S: Service<Request<B>>, B> Service<Request<B>> for Baseline<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> S::Future {
        let header = request.headers().get(header::AUTHORIZATION);
        let token = header.and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
        if token == Some(&*self.known.token) {
            let claims = Claims(Arc::clone(&self.known));
            request.extensions_mut().insert(claims);
        }
        self.inner.call(request)
    }
}
