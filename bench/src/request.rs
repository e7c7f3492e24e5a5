//! One request through a layer to the bare service.

use std::{
    convert::Infallible,
    future::{Future, Ready, ready},
    hint::black_box,
    marker::PhantomData,
    pin::pin,
    task::{Context, Poll, Waker},
};

use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, header};
use tokio::runtime::Handle;
use tower::Service;

/// A service that responds 200 at once, with an empty body of type `R`.
pub(crate) struct Bare<R>(PhantomData<fn() -> R>);

impl<R> Bare<R> {
    pub(crate) fn new() -> Self {
        Self(PhantomData)
    }
}

impl<R> Clone for Bare<R> {
    fn clone(&self) -> Self {
        Self::new()
    }
}

impl<B, R: Default> Service<Request<B>> for Bare<R> {
    type Response = Response<R>;
    type Error = Infallible;
    type Future = Ready<Result<Response<R>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        black_box(&request);
        ready(Ok(Response::new(R::default())))
    }
}

/// Sends requests with the given headers through one service, and returns the status.
pub(crate) struct Caller<'s>(Box<dyn FnMut(&HeaderMap) -> StatusCode + 's>);

impl<'s> Caller<'s> {
    pub(crate) fn new<S, B, R>(service: S) -> Self
    where
        S: Service<Request<B>, Response = Response<R>> + 's,
        S::Error: std::fmt::Debug,
        B: Default,
    {
        let mut service = service;
        Self(Box::new(move |headers| {
            let mut request = Request::new(B::default());
            request.headers_mut().clone_from(headers);
            now(std::future::poll_fn(|context| service.poll_ready(context)))
                .expect("the service is ready");
            now(service.call(request))
                .expect("the service responds")
                .status()
        }))
    }

    pub(crate) fn send(&mut self, headers: &HeaderMap) -> StatusCode {
        (self.0)(headers)
    }

    /// Sends a request that must be accepted.
    pub(crate) fn pass(&mut self, headers: &HeaderMap) {
        assert_eq!(self.send(headers), StatusCode::OK);
    }

    /// Sends a request that must be rejected.
    pub(crate) fn refused(&mut self, headers: &HeaderMap) {
        assert_eq!(self.send(headers), StatusCode::UNAUTHORIZED);
    }
}

pub(crate) fn bearer(token: &str) -> HeaderMap {
    one(header::AUTHORIZATION, &format!("Bearer {token}"))
}

pub(crate) fn one(name: HeaderName, value: &str) -> HeaderMap {
    HeaderMap::from_iter([(
        name,
        HeaderValue::from_str(value).expect("a header's value"),
    )])
}

/// Polls a future that should be ready at once. If it is pending, as with peers that fetch their
/// keys late, blocks on the runtime that this thread has entered.
pub(crate) fn now<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    match future
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
    {
        Poll::Ready(output) => output,
        Poll::Pending => Handle::current().block_on(future),
    }
}
