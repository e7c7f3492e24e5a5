//! A requirement as a layer of its own, inside an [`AuthLayer`](super::AuthLayer).

use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use http::{Request, Response};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use super::{
    EmptyBody, Responder, caller, challenge::Challenges, protocol::Protocol, refusal::Refusal,
};
use crate::{
    base::telemetry,
    error::{AuthError, AuthErrorKind},
    rules::Require,
};

/// In the response's extensions: a guard has refused, and the layer around it is to write the answer.
#[derive(Clone, Debug)]
pub(super) struct RefusedInside(pub(super) AuthError);

impl Require {
    /// This requirement as a layer. It belongs inside [`Okta::layer`](crate::Okta::layer), which writes its refusals;
    /// without that layer around it every request is answered 500, and the log says why.
    ///
    /// ```
    /// # use okta_tower::Require;
    /// # use tower::ServiceBuilder;
    /// # fn with(okta: &okta_tower::Okta) {
    /// let guarded = ServiceBuilder::new()
    ///     .layer(okta.layer())
    ///     .layer(Require::group("admin").or(Require::scope("reports:write")).layer());
    /// # }
    /// ```
    pub fn layer(self) -> GuardLayer {
        GuardLayer { require: self }
    }
}

/// Made by [`Require::layer`].
#[derive(Clone, Debug)]
#[must_use = "a layer does nothing until it is put around a service"]
pub struct GuardLayer {
    require: Require,
}

impl<S> Layer<S> for GuardLayer {
    type Service = GuardService<S>;

    fn layer(&self, inner: S) -> GuardService<S> {
        GuardService {
            inner,
            require: self.require.clone(),
        }
    }
}

/// Made by [`GuardLayer`].
#[derive(Clone, Debug)]
pub struct GuardService<S> {
    inner: S,
    require: Require,
}

impl<S> GuardService<S> {
    fn check(&self, extensions: &http::Extensions) -> Result<(), AuthError> {
        match caller(extensions)? {
            Some(verified) => self.require.check(verified).map_err(AuthError::from),
            None if self.require.is_public() => Ok(()),
            None => Err(AuthError::missing_credentials()),
        }
    }
}

impl<S, ReqBody, ResBody> Service<Request<ReqBody>> for GuardService<S>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>>,
    ResBody: Default,
{
    type Response = Response<ResBody>;
    type Error = S::Error;
    type Future = GuardFuture<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<ReqBody>) -> Self::Future {
        let kind = match self.check(request.extensions()) {
            Ok(()) => Kind::Inner {
                future: self.inner.call(request),
            },
            Err(error) => Kind::Refused {
                error: Some(error),
                protocol: Protocol::of_request(&request),
            },
        };
        GuardFuture { kind }
    }
}

pin_project! {
    /// The response of a [`GuardService`].
    pub struct GuardFuture<F> {
        #[pin]
        kind: Kind<F>,
    }
}

pin_project! {
    #[project = KindProj]
    enum Kind<F> {
        Inner { #[pin] future: F },
        Refused { error: Option<AuthError>, protocol: Protocol },
    }
}

impl<F, ResBody, E> Future for GuardFuture<F>
where
    F: Future<Output = Result<Response<ResBody>, E>>,
    ResBody: Default,
{
    type Output = Result<Response<ResBody>, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().kind.project() {
            KindProj::Inner { future } => future.poll(context),
            KindProj::Refused { error, protocol } => {
                // A future that has ended must not be polled again; one that is stays pending.
                let Some(error) = error.take() else {
                    return Poll::Pending;
                };
                // Complete in itself, for the layers between here and the one that writes it better.
                let refusal = Refusal::new(&error, *protocol, Challenges::DEFAULT);
                let mut response = EmptyBody.respond(&refusal);
                response.extensions_mut().insert(error.clone());
                if error.kind() == AuthErrorKind::Misconfigured {
                    // No layer has seen the request, so none will tell the developer.
                    telemetry::refused(&error);
                } else {
                    response.extensions_mut().insert(RefusedInside(error));
                }
                Poll::Ready(Ok(response))
            }
        }
    }
}

impl<F> fmt::Debug for GuardFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardFuture").finish_non_exhaustive()
    }
}
