//! The future of one request.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use http::{Request, Response};
use pin_project_lite::pin_project;
use tower_service::Service;

use super::{
    Responder,
    decide::{Decision, Look, Wait},
    service::Answering,
};
use crate::{
    error::{AuthError, TokenError, TokenErrorKind},
    verifier::Patience,
};

pin_project! {
    /// The response of an [`AuthService`](super::AuthService).
    pub struct ResponseFuture<F, S, B, R> {
        #[pin]
        kind: Kind<F, S, B>,
        answering: Answering<R>,
    }
}

pin_project! {
    #[project = KindProj]
    #[project_replace = KindOwn]
    enum Kind<F, S, B> {
        /// The inner service is at work.
        Inner { #[pin] future: F },
        /// Refused: the answer is made at the first poll.
        Refused { error: AuthError },
        /// The token's key may be about to arrive, or the session is being refreshed or fetched: what needs a box.
        Waiting { waiting: Box<Waiting<S, B>> },
        /// It has arrived and the caller may: now the service has to be ready.
        Readying { waiting: Box<Waiting<S, B>> },
        Done,
    }
}

/// A request that waits, and the service that it will be given to: not polled yet, so that it holds nothing meanwhile.
struct Waiting<S, B> {
    wait: Wait,
    service: S,
    request: Request<B>,
}

impl<F, S, B, R> ResponseFuture<F, S, B, R> {
    pub(super) fn inner(future: F, answering: Answering<R>) -> Self {
        let kind = Kind::Inner { future };
        Self { kind, answering }
    }

    pub(super) fn refused(error: AuthError, answering: Answering<R>) -> Self {
        let kind = Kind::Refused { error };
        Self { kind, answering }
    }

    pub(super) fn waiting(
        wait: Wait,
        service: S,
        request: Request<B>,
        answering: Answering<R>,
    ) -> Self {
        let waiting = Box::new(Waiting {
            wait,
            service,
            request,
        });
        let kind = Kind::Waiting { waiting };
        Self { kind, answering }
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
            let mut look = None;
            match this.kind.as_mut().project() {
                KindProj::Inner { future } => {
                    let response = ready!(future.poll(context))?;
                    this.kind.set(Kind::Done);
                    return Poll::Ready(Ok(this.answering.pass_on(response)));
                }
                KindProj::Waiting { waiting } => look = Some(ready!(waiting.wait.poll(context))),
                KindProj::Readying { waiting } => ready!(waiting.service.poll_ready(context))?,
                KindProj::Refused { .. } | KindProj::Done => {}
            }
            let next = match this.kind.as_mut().project_replace(Kind::Done) {
                KindOwn::Refused { error } => {
                    return Poll::Ready(Ok(this.answering.refuse(error)));
                }
                KindOwn::Waiting { mut waiting } => {
                    let look = look.unwrap_or(Look::First(Patience::Now));
                    let Answering { front, way_out, .. } = &mut *this.answering;
                    match front.options.decide(&mut waiting.request, look, way_out) {
                        Decision::Pass => Kind::Readying { waiting },
                        Decision::Refuse(error) => Kind::Refused { error },
                        // Not patient any more, so not offered. If it were, a second wait would not be right.
                        Decision::Wait(_) => Kind::Refused {
                            error: TokenError::from(TokenErrorKind::UnknownKey).into(),
                        },
                    }
                }
                // The service that was polled ready is the one that is called:
                // https://docs.rs/tower-service/latest/tower_service/trait.Service.html#be-careful-when-cloning-inner-services
                KindOwn::Readying { waiting } => {
                    let Waiting {
                        mut service,
                        request,
                        ..
                    } = *waiting;
                    Kind::Inner {
                        future: service.call(request),
                    }
                }
                // A future that has ended must not be polled again; one that is stays pending.
                KindOwn::Inner { .. } | KindOwn::Done => return Poll::Pending,
            };
            this.kind.set(next);
        }
    }
}

impl<F, S, B, R> fmt::Debug for ResponseFuture<F, S, B, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
