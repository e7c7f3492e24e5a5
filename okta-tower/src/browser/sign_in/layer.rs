//! The layer that answers the paths of signing in and out, and passes everything else on.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use http::{Request, Response};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use super::{future::SignInFuture, parts::Parts};

/// Answers the paths of signing in and out, and passes every other request on untouched. Made by
/// [`Okta::sign_in_layer`](crate::Okta::sign_in_layer); see the [module](super) for what it answers.
///
/// It takes requests with any body. The body of responses must be one that can be made from bytes (`From<Vec<u8>>`), as Axum's is.
#[derive(Clone, Debug)]
#[must_use = "a layer does nothing until it is put around a service"]
pub struct SignInLayer {
    parts: Option<Arc<Parts>>,
}

impl SignInLayer {
    pub(crate) fn new(parts: Option<Arc<Parts>>) -> Self {
        Self { parts }
    }
}

impl<S> Layer<S> for SignInLayer {
    type Service = SignInLayered<S>;

    fn layer(&self, inner: S) -> SignInLayered<S> {
        SignInLayered {
            inner,
            parts: self.parts.clone(),
        }
    }
}

/// Made by [`SignInLayer`].
#[derive(Clone, Debug)]
pub struct SignInLayered<S> {
    inner: S,
    parts: Option<Arc<Parts>>,
}

impl<S, ReqBody, ResBody> Service<Request<ReqBody>> for SignInLayered<S>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>>,
    ReqBody: http_body::Body + Send + 'static,
    ReqBody::Data: Send,
    ResBody: From<Vec<u8>>,
{
    type Response = Response<ResBody>;
    type Error = S::Error;
    type Future = LayeredFuture<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<ReqBody>) -> Self::Future {
        let own = (self.parts.as_ref()).and_then(|parts| Some((parts, parts.route(&request)?)));
        let kind = match own {
            Some((parts, route)) => Kind::Own {
                answer: SignInFuture::new(Arc::clone(parts).answer(route, request)),
            },
            None => Kind::Inner {
                future: self.inner.call(request),
            },
        };
        LayeredFuture { kind }
    }
}

pin_project! {
    /// The response of a [`SignInLayered`].
    pub struct LayeredFuture<F> {
        #[pin]
        kind: Kind<F>,
    }
}

pin_project! {
    #[project = KindProj]
    enum Kind<F> {
        Inner { #[pin] future: F },
        Own { #[pin] answer: SignInFuture },
    }
}

impl<F, ResBody, E> Future for LayeredFuture<F>
where
    F: Future<Output = Result<Response<ResBody>, E>>,
    ResBody: From<Vec<u8>>,
{
    type Output = Result<Response<ResBody>, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().kind.project() {
            KindProj::Inner { future } => future.poll(context),
            KindProj::Own { answer } => {
                // The error is one that cannot be.
                let answer = ready!(answer.poll(context)).unwrap_or_else(|never| match never {});
                Poll::Ready(Ok(answer.map(|body| body.into_bytes().into())))
            }
        }
    }
}

impl<F> fmt::Debug for LayeredFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LayeredFuture").finish_non_exhaustive()
    }
}
