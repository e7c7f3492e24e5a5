//! The layer that answers the paths of signing in and out and forwards every other request.

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

use super::{
    context::{SignInContext, SignInContexts},
    future::SignInFuture,
};
use crate::browser::{navigation::is_navigation, return_to::ReceivedTarget};

/// Answers the paths of signing in and out, and forwards every other request unchanged. A form
/// that is rejected for want of a session gets a page with a link to sign in.
///
/// [`Okta::sign_in_layer`](crate::Okta::sign_in_layer) makes it; the [module](super) lists the
/// paths. It takes requests with any body. The response body must implement `From<Vec<u8>>`, as
/// Axum's does.
#[derive(Clone, Debug)]
#[must_use = "a layer does nothing until it is put around a service"]
pub struct SignInLayer {
    /// `None` if sign-in is not turned on.
    contexts: Option<Arc<SignInContexts>>,
}

impl SignInLayer {
    pub(crate) fn new(contexts: Option<Arc<SignInContexts>>) -> Self {
        Self { contexts }
    }
}

impl<S> Layer<S> for SignInLayer {
    type Service = SignInLayered<S>;

    fn layer(&self, inner: S) -> SignInLayered<S> {
        SignInLayered {
            inner,
            contexts: self.contexts.clone(),
        }
    }
}

/// The service that [`SignInLayer`] makes.
#[derive(Clone, Debug)]
pub struct SignInLayered<S> {
    inner: S,
    contexts: Option<Arc<SignInContexts>>,
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

    fn call(&mut self, mut request: Request<ReqBody>) -> Self::Future {
        let contexts = self.contexts.as_ref();
        let context = contexts.map(|contexts| contexts.select(request.uri(), request.headers()));
        let own = context.and_then(|context| Some((context, context.route(&request)?)));
        let kind = match own {
            Some((context, route)) => Kind::Own {
                response: context.respond(route, request),
            },
            None => {
                if context.is_some() {
                    note_target(&mut request);
                }
                Kind::Inner {
                    future: self.inner.call(request),
                    context: context.cloned(),
                }
            }
        };
        LayeredFuture { kind }
    }
}

/// Notes which page a browser opens, for the layer that redirects to the sign-in: a router in
/// between may remove a prefix, as Axum's `nest` does.
fn note_target<B>(request: &mut Request<B>) {
    if is_navigation(request.method(), request.headers()) {
        let target = ReceivedTarget(request.uri().clone());
        request.extensions_mut().get_or_insert_with(|| target);
    }
}

pin_project! {
    /// The response of a [`SignInLayered`].
    ///
    /// # Panics
    /// Polling it again after it is ready panics if it is the response of sign-in. Otherwise the
    /// inner service's future decides.
    pub struct LayeredFuture<F> {
        #[pin]
        kind: Kind<F>,
    }
}

pin_project! {
    #[project = KindProj]
    enum Kind<F> {
        Inner { #[pin] future: F, context: Option<Arc<SignInContext>> },
        Own { #[pin] response: SignInFuture },
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
            KindProj::Inner {
                future,
                context: sign_in,
            } => {
                let mut response = ready!(future.poll(context))?;
                if let Some(sign_in) = sign_in {
                    sign_in.explain_rejection(&mut response);
                }
                Poll::Ready(Ok(response))
            }
            KindProj::Own { response } => {
                let Ok(response) = ready!(response.poll(context));
                Poll::Ready(Ok(response.map(|body| body.into_bytes().into())))
            }
        }
    }
}

impl<F> fmt::Debug for LayeredFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LayeredFuture").finish_non_exhaustive()
    }
}
