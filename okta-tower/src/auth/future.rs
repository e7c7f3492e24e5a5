//! The future of one request.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use http::{Request, Response};
use pin_project_lite::pin_project;
use tower_service::Service;

use super::{
    Responder, decide::Decision, guard::RefusedInside, protocol::Protocol, service::Front,
};
use crate::{
    error::{AuthError, TokenError, TokenErrorKind},
    keys::KeyWait,
    verifier::Patience,
};

pin_project! {
    /// The response of an [`AuthService`](super::AuthService).
    pub struct ResponseFuture<F, S, B, R> {
        #[pin]
        kind: Kind<F, S, B>,
        front: Arc<Front<R>>,
        protocol: Protocol,
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
        /// The token's key may be about to arrive. The one case that needs a box, and it is rare.
        Waiting { waiting: Box<Waiting<S, B>> },
        /// The key has arrived and the caller may: now the service has to be ready.
        Readying { waiting: Box<Waiting<S, B>> },
        Done,
    }
}

/// A request that waits, and the service that it will be given to: not polled yet, so that it holds nothing meanwhile.
struct Waiting<S, B> {
    wait: KeyWait,
    service: S,
    request: Request<B>,
}

impl<F, S, B, R> ResponseFuture<F, S, B, R> {
    fn new(kind: Kind<F, S, B>, front: Arc<Front<R>>, protocol: Protocol) -> Self {
        Self {
            kind,
            front,
            protocol,
        }
    }

    pub(super) fn inner(future: F, front: Arc<Front<R>>, protocol: Protocol) -> Self {
        Self::new(Kind::Inner { future }, front, protocol)
    }

    pub(super) fn refused(error: AuthError, front: Arc<Front<R>>, protocol: Protocol) -> Self {
        Self::new(Kind::Refused { error }, front, protocol)
    }

    pub(super) fn waiting(
        wait: KeyWait,
        service: S,
        request: Request<B>,
        front: Arc<Front<R>>,
        protocol: Protocol,
    ) -> Self {
        let waiting = Box::new(Waiting {
            wait,
            service,
            request,
        });
        Self::new(Kind::Waiting { waiting }, front, protocol)
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
            match this.kind.as_mut().project() {
                KindProj::Inner { future } => {
                    let mut response = ready!(future.poll(context))?;
                    this.kind.set(Kind::Done);
                    // A guard further in has refused: this layer's responder says it.
                    if let Some(RefusedInside(error)) = response.extensions_mut().remove() {
                        response = this.front.refuse_anew(error, *this.protocol, response);
                    } else {
                        this.front.count_refusal_of_others(&mut response);
                    }
                    return Poll::Ready(Ok(response));
                }
                KindProj::Waiting { waiting } => ready!(waiting.wait.as_mut().poll(context)),
                KindProj::Readying { waiting } => ready!(waiting.service.poll_ready(context))?,
                KindProj::Refused { .. } | KindProj::Done => {}
            }
            let next = match this.kind.as_mut().project_replace(Kind::Done) {
                KindOwn::Refused { error } => {
                    return Poll::Ready(Ok(this.front.refuse(error, *this.protocol)));
                }
                KindOwn::Waiting { mut waiting } => {
                    let decision = this
                        .front
                        .options
                        .decide(&mut waiting.request, Patience::Now);
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
