//! A requirement as a layer of its own, inside of an [`AuthLayer`](super::AuthLayer).

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
    EmptyBody, Responder, caller, credentials::RequestHead, marker::Rejected, refusal::Refusal,
};
use crate::{
    base::telemetry,
    error::{AuthError, AuthErrorKind},
    rules::Require,
};

impl Require {
    /// Returns this requirement as a layer. It belongs inside [`Okta::layer`](crate::Okta::layer),
    /// which writes its rejections. Without that layer around it every request gets 500, and the
    /// log says why.
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

/// The layer that [`Require::layer`] makes.
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

/// The service that [`GuardLayer`] makes.
#[derive(Clone, Debug)]
pub struct GuardService<S> {
    inner: S,
    require: Require,
}

impl<S> GuardService<S> {
    fn check(&self, extensions: &http::Extensions) -> Result<(), Rejected> {
        let caller = caller(extensions).map_err(Rejected::new)?;
        let allowed = match caller {
            Some(caller) => self.require.check(caller).map_err(AuthError::from),
            None if self.require.is_public() => Ok(()),
            None => Err(AuthError::missing_credentials()),
        };
        allowed.map_err(|error| {
            let rejected = Rejected::new(error).with_caller(caller.cloned());
            rejected.with_required(self.require.clone())
        })
    }
}

impl<S, ReqBody, ResBody> Service<Request<ReqBody>> for GuardService<S>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>>,
    EmptyBody: Responder<ResBody>,
{
    type Response = Response<ResBody>;
    type Error = S::Error;
    type Future = GuardFuture<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<ReqBody>) -> Self::Future {
        let state = match self.check(request.extensions()) {
            Ok(()) => State::Forwarded {
                future: self.inner.call(request),
            },
            Err(rejected) => State::Rejected {
                refusal: Some(Refusal::of_rejected(rejected, RequestHead::of(&request))),
            },
        };
        GuardFuture { state }
    }
}

pin_project! {
    /// The response of a [`GuardService`].
    ///
    /// # Panics
    /// Polling it again after it is ready panics.
    pub struct GuardFuture<F> {
        #[pin]
        state: State<F>,
    }
}

pin_project! {
    #[project = StateProj]
    enum State<F> {
        Forwarded { #[pin] future: F },
        Rejected { refusal: Option<Refusal<'static>> },
    }
}

impl<F, ResBody, E> Future for GuardFuture<F>
where
    F: Future<Output = Result<Response<ResBody>, E>>,
    EmptyBody: Responder<ResBody>,
{
    type Output = Result<Response<ResBody>, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().state.project() {
            StateProj::Forwarded { future } => future.poll(context),
            StateProj::Rejected { refusal } => {
                let refusal = refusal
                    .take()
                    .expect("`GuardFuture` polled after completion");
                if refusal.error().kind() == AuthErrorKind::Misconfigured {
                    // There is no layer around the guard that would log it.
                    telemetry::refused(refusal.error());
                }
                // Complete in itself, for the layers between the guard and the one that renders.
                Poll::Ready(Ok(EmptyBody.respond(&refusal)))
            }
        }
    }
}

impl<F> fmt::Debug for GuardFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardFuture").finish_non_exhaustive()
    }
}
