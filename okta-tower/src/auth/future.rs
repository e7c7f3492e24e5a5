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
use crate::error::{AuthError, TokenError, TokenErrorKind};

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

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        if !matches!(this.kind.as_mut().project(), KindProj::Inner { .. }) {
            let answer = ready!(before_inner(this.kind.as_mut(), this.answering, context))?;
            if let Some(response) = answer {
                return Poll::Ready(Ok(response));
            }
        }
        let KindProj::Inner { future } = this.kind.as_mut().project() else {
            return Poll::Pending;
        };
        // Completed where it lies: a response is a hundred bytes and more, and so is each copy of it.
        let mut polled = future.poll(context);
        if let Poll::Ready(answer) = &mut polled {
            this.kind.set(Kind::Done);
            if let Ok(response) = answer {
                this.answering.complete(response);
            }
        }
        polled
    }
}

/// All that comes before the inner service is at work, where it is not called at once. Ready with `None` when it has been
/// called, and with the answer where it is not going to be.
#[inline(never)]
fn before_inner<F, S, B, R, ResBody, E>(
    mut kind: Pin<&mut Kind<F, S, B>>,
    answering: &mut Answering<R>,
    context: &mut Context<'_>,
) -> Poll<Result<Option<Response<ResBody>>, E>>
where
    S: Service<Request<B>, Response = Response<ResBody>, Error = E, Future = F>,
    R: Responder<ResBody>,
{
    loop {
        let mut look = None;
        match kind.as_mut().project() {
            KindProj::Waiting { waiting } => look = Some(ready!(waiting.wait.poll(context))),
            KindProj::Readying { waiting } => ready!(waiting.service.poll_ready(context))?,
            KindProj::Refused { .. } | KindProj::Inner { .. } | KindProj::Done => {}
        }
        let next = match kind.as_mut().project_replace(Kind::Done) {
            KindOwn::Refused { error } => {
                return Poll::Ready(Ok(Some(answering.refuse(error))));
            }
            KindOwn::Waiting { mut waiting } => {
                let look = look.unwrap_or(Look::LAST);
                let options = &answering.front.options;
                let (decision, way_out) = options.decide(&mut waiting.request, look);
                answering.way_out = way_out;
                match decision {
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
                let future = service.call(request);
                kind.set(Kind::Inner { future });
                return Poll::Ready(Ok(None));
            }
            // A future that has ended must not be polled again; one that is stays pending.
            KindOwn::Inner { .. } | KindOwn::Done => return Poll::Pending,
        };
        kind.set(next);
    }
}

impl<F, S, B, R> fmt::Debug for ResponseFuture<F, S, B, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
