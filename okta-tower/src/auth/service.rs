//! The service in front of yours.

use std::{
    sync::Arc,
    task::{Context, Poll},
};

use http::{Request, Response};
use tower_service::Service;

use super::{
    EmptyBody, Responder, ResponseFuture,
    credentials::RequestHead,
    decide::{Decision, LayerOptions},
    future::State,
    protocol::RequestSummary,
    render::Renderer,
    source::Completions,
};

/// The service that [`AuthLayer`](super::AuthLayer) makes.
#[derive(Debug)]
pub struct AuthService<S, R = EmptyBody> {
    inner: S,
    renderer: Arc<Renderer<R>>,
}

impl<S, R> AuthService<S, R> {
    pub(super) fn new(inner: S, options: LayerOptions, responder: R) -> Self {
        Self {
            inner,
            renderer: Arc::new(Renderer { options, responder }),
        }
    }
}

impl<S: Clone, R> Clone for AuthService<S, R> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            renderer: Arc::clone(&self.renderer),
        }
    }
}

impl<S, R, ReqBody, ResBody> Service<Request<ReqBody>> for AuthService<S, R>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>> + Clone,
    R: Responder<ResBody>,
{
    type Response = Response<ResBody>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future, S, ReqBody, R>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<ReqBody>) -> Self::Future {
        let summary = RequestSummary::of(RequestHead::of(&request));
        let mut completions = Completions::new();
        let decision = (self.renderer.options).decide(&mut request, &mut completions);
        let state = match decision {
            Decision::Forward => State::Forwarded {
                future: self.inner.call(request),
            },
            Decision::Reject(rejected) => State::Rejected {
                rejected: Some(rejected),
            },
            // A clone waits with the request, and is polled ready after the wait. The service that
            // is ready now stays here: if requests with made-up keys could take ready services
            // along, they could hold every place of an inner concurrency limit.
            Decision::Wait(outcome, required) => {
                State::waiting(outcome, required, self.inner.clone(), request)
            }
        };
        ResponseFuture {
            state,
            renderer: Arc::clone(&self.renderer),
            request: summary,
            completions,
        }
    }
}
