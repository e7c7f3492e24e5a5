//! The service that answers the paths of signing in and out.

use std::{
    convert::Infallible,
    future::ready,
    sync::Arc,
    task::{Context, Poll},
};

use http::{Request, Response};
use tower_service::Service;

use super::{
    context::SignInContext,
    form,
    future::SignInFuture,
    response::{self, PageResponse},
    route::{self, Route},
};
use crate::browser::{body::Body, settings::ResponseMode};

/// Answers the paths of signing in and out, and every other path with 404.
///
/// [`Okta::sign_in_service`](crate::Okta::sign_in_service) makes it; the [module](super) lists the
/// paths. Cheap to clone. It takes requests with any body and must be polled on a tokio runtime
/// with time and I/O enabled.
#[derive(Clone, Debug)]
pub struct SignInService {
    /// `None` if sign-in is not turned on.
    context: Option<Arc<SignInContext>>,
}

impl SignInService {
    pub(crate) fn new(context: Option<Arc<SignInContext>>) -> Self {
        Self { context }
    }
}

impl<B> Service<Request<B>> for SignInService
where
    B: http_body::Body + Send + 'static,
    B::Data: Send,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = SignInFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> SignInFuture {
        (self.context.as_ref())
            .and_then(|context| context.respond_to(request).ok())
            .unwrap_or_else(|| SignInFuture::new(ready(response::not_found())))
    }
}

impl SignInContext {
    /// Answers a request for one of sign-in's own paths. Gives every other request back.
    pub(super) fn respond_to<B>(
        self: &Arc<Self>,
        request: Request<B>,
    ) -> Result<SignInFuture, Request<B>>
    where
        B: http_body::Body + Send + 'static,
        B::Data: Send,
    {
        let settings = &self.settings;
        let route = route::route(
            request.method(),
            request.uri().path(),
            &settings.paths,
            settings.response_mode,
            settings.allows_logout_by_get,
        );
        match route {
            Some(route) => Ok(SignInFuture::new(Arc::clone(self).respond(route, request))),
            None => Err(request),
        }
    }

    async fn respond<B>(self: Arc<Self>, route: Route, request: Request<B>) -> PageResponse
    where
        B: http_body::Body + Send + 'static,
        B::Data: Send,
    {
        let (head, body) = request.into_parts();
        let (uri, headers) = (&head.uri, &head.headers);
        match route {
            Route::Login => self.login(uri, headers).await,
            Route::Callback(ResponseMode::FormPost) => {
                match form::read(headers, body, &self.clock).await {
                    Ok(text) => self.callback(&text, headers).await,
                    Err(problem) => response::page(&problem, Some(&self.settings.paths.login)),
                }
            }
            Route::Callback(_) => {
                let query = uri.query().unwrap_or_default();
                self.callback(query, headers).await
            }
            Route::Confirm => self.confirm(uri, headers).await,
            Route::Logout => self.logout(&head.method, headers).await,
            Route::Session => self.session(headers).await,
            Route::WrongMethod(allowed) => {
                response::wrong_method(allowed, &self.settings.default_return_to)
            }
        }
    }
}
