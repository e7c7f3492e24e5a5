//! The service that stands in front of yours.

use std::{
    mem,
    sync::Arc,
    task::{Context, Poll},
};

use http::{
    Request, Response,
    header::{self, HeaderName},
};
use tower_service::Service;

use super::cookie::WayOut;
use super::{
    EmptyBody, Responder, ResponseFuture,
    decide::{Decision, Look, Options},
    guard::RefusedInside,
    protocol::Protocol,
    refusal::{GRPC_MESSAGE, GRPC_STATUS, Refusal},
};
use crate::{
    base::{telemetry, thread::Each},
    error::{AuthError, AuthErrorKind},
};

/// Made by [`AuthLayer`](super::AuthLayer).
#[derive(Debug)]
pub struct AuthService<S, R = EmptyBody> {
    inner: S,
    front: Arc<Front<R>>,
}

/// Servers clone a service for each request. What counts the clones and requests of one thread is no other's, so that no core
/// waits for the count of another.
impl<S: Clone, R: Clone> Clone for AuthService<S, R> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            front: Arc::clone(Front::of_this_thread(&self.front)),
        }
    }
}

/// What the service and the futures of its requests have in common. As long as two cache lines, which processors fetch in pairs:
/// the counts of two do not share one.
#[derive(Debug)]
#[repr(align(128))]
pub(super) struct Front<R> {
    pub(super) options: Arc<Options>,
    responder: R,
    /// Those that clones have. They have none themselves.
    of_threads: Option<Each<Arc<Self>>>,
}

/// What the answer to one request is made with.
pub(super) struct Answering<R> {
    pub(super) front: Arc<Front<R>>,
    pub(super) protocol: Protocol,
    pub(super) way_out: WayOut,
}

impl<S, R> AuthService<S, R> {
    pub(super) fn new(inner: S, options: Arc<Options>, responder: R) -> Self {
        Self {
            inner,
            front: Arc::new(Front {
                options,
                responder,
                of_threads: Some(Each::new()),
            }),
        }
    }
}

impl<R: Clone> Front<R> {
    /// The one that this thread's clones have.
    fn of_this_thread(this: &Arc<Self>) -> &Arc<Self> {
        let make = || {
            Arc::new(Self {
                options: Arc::clone(&this.options),
                responder: this.responder.clone(),
                of_threads: None,
            })
        };
        (this.of_threads.as_ref()).map_or(this, |of_threads| of_threads.of_this(make))
    }
}

impl<R> Front<R> {
    /// The response to a refused request, told to the log and the metrics.
    pub(super) fn refuse<B>(&self, mut error: AuthError, protocol: Protocol) -> Response<B>
    where
        R: Responder<B>,
    {
        error.mark_counted();
        telemetry::refused(&error);
        self.options.metrics.refused(&error);
        let refusal = Refusal::new(&error, protocol, &self.options.challenges);
        let mut response = self.responder.respond(&refusal);
        response.extensions_mut().insert(error);
        response
    }

    /// Extractors and handlers further in write their refusals themselves, and leave the reason: it counts like the
    /// layer's own.
    pub(super) fn count_refusal_of_others<B>(&self, response: &mut Response<B>) {
        if let Some(error) = response.extensions_mut().get_mut::<AuthError>()
            && error.mark_counted()
        {
            self.options.metrics.refused(error);
        }
    }

    /// The same in place of the response of a guard further in. What the layers between them have added to it, such as
    /// CORS headers, stays; what spoke of its body, or refused in other words, does not.
    pub(super) fn refuse_anew<B>(
        &self,
        error: AuthError,
        protocol: Protocol,
        response: &mut Response<B>,
    ) where
        R: Responder<B>,
    {
        let guards = mem::replace(response, self.refuse(error, protocol));
        let (mut head, _) = guards.into_parts();
        for name in REFUSALS_OWN {
            head.headers.remove(name);
        }
        // Headers and extensions that both have: this layer's.
        head.headers.extend(mem::take(response.headers_mut()));
        *response.headers_mut() = head.headers;
        head.extensions.extend(mem::take(response.extensions_mut()));
        *response.extensions_mut() = head.extensions;
    }
}

impl<R> Answering<R> {
    /// The whole answer to a refused request.
    pub(super) fn refuse<B>(&mut self, error: AuthError) -> Response<B>
    where
        R: Responder<B>,
    {
        let kind = error.kind();
        let mut response = self.front.refuse(error, self.protocol);
        let cookies = &self.front.options.cookies;
        self.way_out.complete(cookies, &mut response, Some(kind));
        response
    }

    /// Completes the answer of the inner service with what this layer has to add, or to say in its place.
    #[inline]
    pub(super) fn complete<B>(&mut self, response: &mut Response<B>)
    where
        R: Responder<B>,
    {
        // Who refuses leaves the reason in the extensions. Mostly there is nothing in them.
        let refused = match response.extensions().is_empty() {
            true => None,
            false => self.take_over_refusal(response),
        };
        let cookies = &self.front.options.cookies;
        self.way_out.complete(cookies, response, refused);
    }

    /// What somebody further in has refused for, where this layer has said it in their place.
    fn take_over_refusal<B>(&self, response: &mut Response<B>) -> Option<AuthErrorKind>
    where
        R: Responder<B>,
    {
        let refused = match response.extensions_mut().remove() {
            // A guard further in has refused: this layer's responder says it.
            Some(RefusedInside(error)) => Some(error),
            None => self.turned_into_sign_in(response),
        };
        let Some(error) = refused else {
            self.front.count_refusal_of_others(response);
            return None;
        };
        let kind = error.kind();
        self.front.refuse_anew(error, self.protocol, response);
        Some(kind)
    }

    /// An extractor's or handler's own refusal for want of credentials, where the person should be sent to sign in instead.
    fn turned_into_sign_in<B>(&self, response: &Response<B>) -> Option<AuthError> {
        let error = response.extensions().get::<AuthError>()?;
        let is_open = error.kind() == AuthErrorKind::MissingCredentials
            && !error.is_counted()
            && self.way_out.leads_to_sign_in(error.kind());
        is_open.then(|| error.clone())
    }
}

/// Headers that belong to one refusal and its body, and mean nothing beside another.
const REFUSALS_OWN: [HeaderName; 10] = [
    header::CONTENT_ENCODING,
    header::CONTENT_LENGTH,
    header::CONTENT_TYPE,
    header::ETAG,
    header::RETRY_AFTER,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::WWW_AUTHENTICATE,
    GRPC_MESSAGE,
    GRPC_STATUS,
];

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
        let protocol = Protocol::of_request(&request);
        let front = Arc::clone(&self.front);
        let (decision, way_out) = front.options.decide(&mut request, Look::FIRST);
        let answering = Answering {
            front,
            protocol,
            way_out,
        };
        match decision {
            Decision::Pass => ResponseFuture::inner(self.inner.call(request), answering),
            Decision::Refuse(error) => ResponseFuture::refused(error, answering),
            Decision::Wait(wait) => {
                // A clone waits with the request, and is polled ready after the wait. The service that is ready now stays
                // here: if requests with made-up keys could take ready services along, they could hold every place of a
                // concurrency limit further in.
                ResponseFuture::waiting(wait, self.inner.clone(), request, answering)
            }
        }
    }
}
