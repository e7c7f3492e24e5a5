//! The future of one request.

use std::{
    fmt,
    future::Future,
    mem,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use http::{Request, Response};
use pin_project_lite::pin_project;
use tower_service::Service;

use super::{
    Responder,
    decide::LayerOptions,
    marker::Rejected,
    protocol::RequestSummary,
    render::Renderer,
    source::{Completions, PendingOutcome},
};
use crate::rules::Require;

pin_project! {
    /// The response of an [`AuthService`](super::AuthService).
    ///
    /// # Panics
    /// Polling it again after it is ready panics.
    pub struct ResponseFuture<F, S, B, R> {
        #[pin]
        pub(super) state: State<F, S, B>,
        pub(super) renderer: Arc<Renderer<R>>,
        pub(super) request: RequestSummary,
        pub(super) completions: Completions,
    }
}

pin_project! {
    #[project = StateProj]
    pub(super) enum State<F, S, B> {
        Forwarded { #[pin] future: F },
        Rejected { rejected: Option<Rejected> },
        /// The caller is not identified yet, or the service is not ready yet.
        Waiting { waiting: Box<Waiting<S, B>> },
        Done,
    }
}

/// A request that waits, and the service that gets it: polled only once the caller is admitted, so
/// that it holds no place in a concurrency limit before.
pub(super) struct Waiting<S, B> {
    /// `None` once the caller is admitted.
    outcome: Option<PendingOutcome>,
    required: Option<Require>,
    service: S,
    /// `None` once the service has been called.
    request: Option<Request<B>>,
}

impl<F, S, B> State<F, S, B> {
    pub(super) fn waiting(
        outcome: PendingOutcome,
        required: Option<Require>,
        service: S,
        request: Request<B>,
    ) -> Self {
        let waiting = Box::new(Waiting {
            outcome: Some(outcome),
            required,
            service,
            request: Some(request),
        });
        Self::Waiting { waiting }
    }
}

impl<F, S, B, R, ResBody, E> Future for ResponseFuture<F, S, B, R>
where
    F: Future<Output = Result<Response<ResBody>, E>>,
    S: Service<Request<B>, Response = Response<ResBody>, Error = E, Future = F>,
    R: Responder<ResBody>,
{
    type Output = Result<Response<ResBody>, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            match this.state.as_mut().project() {
                StateProj::Forwarded { future } => {
                    let result = ready!(future.poll(context));
                    this.state.set(State::Done);
                    let completions = mem::take(this.completions);
                    return Poll::Ready(result.map(|response| {
                        let is_complete =
                            completions.is_empty() && response.extensions().is_empty();
                        if is_complete {
                            return response;
                        }
                        this.renderer.complete(response, this.request, completions)
                    }));
                }
                StateProj::Rejected { rejected } => {
                    let rejected = rejected.take().expect(POLLED_AGAIN);
                    let completions = mem::take(this.completions);
                    let response = this.renderer.reject(rejected, this.request, completions);
                    return Poll::Ready(Ok(response));
                }
                StateProj::Waiting { waiting } => {
                    let options = &this.renderer.options;
                    let next = ready!(waiting.poll_called(options, this.completions, context))?;
                    this.state.set(next);
                }
                StateProj::Done => panic!("{POLLED_AGAIN}"),
            }
        }
    }
}

const POLLED_AGAIN: &str = "`ResponseFuture` polled after completion";

/// What follows a wait.
type Called<S, B> = State<<S as Service<Request<B>>>::Future, S, B>;

impl<S, B> Waiting<S, B> {
    /// Ready once the service has been called, or the caller may not pass.
    fn poll_called(
        &mut self,
        options: &LayerOptions,
        completions: &mut Completions,
        context: &mut Context<'_>,
    ) -> Poll<Result<Called<S, B>, S::Error>>
    where
        S: Service<Request<B>>,
    {
        if let (Some(outcome), Some(request)) = (&mut self.outcome, &mut self.request) {
            let outcome = ready!(outcome.as_mut().poll(context));
            self.outcome = None;
            completions.extend(outcome.out);
            let required = self.required.as_ref();
            if let Err(rejected) = options.admit(request, required, outcome.caller) {
                let rejected = Some(rejected);
                return Poll::Ready(Ok(State::Rejected { rejected }));
            }
        }
        ready!(self.service.poll_ready(context))?;
        // The service that was polled ready is the one that is called.
        let request = self.request.take().expect(POLLED_AGAIN);
        let future = self.service.call(request);
        Poll::Ready(Ok(State::Forwarded { future }))
    }
}

impl<F, S, B, R> fmt::Debug for ResponseFuture<F, S, B, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
