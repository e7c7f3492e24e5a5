//! The service that answers the paths of signing in and out.

use std::{
    convert::Infallible,
    future::ready,
    sync::Arc,
    task::{Context, Poll},
};

use http::{Method, Request, Response, request::Parts};
use tower_service::Service;

use super::{
    context::{SignInContext, SignInContexts},
    form,
    future::SignInFuture,
    response::{self, PageResponse},
    route::{self, Route},
};
use crate::{
    base::telemetry,
    browser::{body::Body, navigation::is_speculative},
};

/// Answers the paths of signing in and out, and every other path with 404.
///
/// [`Okta::sign_in_service`](crate::Okta::sign_in_service) makes it; the [module](super) lists the
/// paths. Cheap to clone. It takes requests with any body and must be polled on a tokio runtime
/// with time and I/O enabled.
#[derive(Clone, Debug)]
pub struct SignInService {
    /// `None` if sign-in is not turned on.
    contexts: Option<Arc<SignInContexts>>,
}

impl SignInService {
    pub(crate) fn new(contexts: Option<Arc<SignInContexts>>) -> Self {
        Self { contexts }
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
        let contexts = self.contexts.as_ref();
        let context = contexts.map(|contexts| contexts.select(request.uri(), request.headers()));
        match context.and_then(|context| Some((context, context.route(&request)?))) {
            Some((context, route)) => context.respond(route, request),
            None => SignInFuture::new(ready(response::not_found())),
        }
    }
}

impl SignInContext {
    /// Returns the route of a request, or `None` for a request of the application.
    pub(super) fn route<B>(&self, request: &Request<B>) -> Option<Route> {
        let (settings, uri) = (&self.settings, request.uri());
        if self.logout_return.is(request) {
            return Some(Route::LogoutReturn);
        }
        let route = route::route(
            request.method(),
            uri.path(),
            &settings.received_paths,
            settings.response_mode,
            settings.allows_logout_by_get,
        );
        if route.is_none() && route::lacks_prefix(uri, &settings.received_paths.callback) {
            (self.prefix_warning).call_once(telemetry::callback_lacks_prefix);
        }
        route
    }

    pub(super) fn respond<B>(self: &Arc<Self>, route: Route, request: Request<B>) -> SignInFuture
    where
        B: http_body::Body + Send + 'static,
        B::Data: Send,
    {
        let context = Arc::clone(self);
        SignInFuture::new(async move {
            let (head, body) = request.into_parts();
            let response = context.run(route, &head, body).await;
            response::render(response, &*context.settings.pages, &head)
        })
    }

    async fn run<B>(&self, route: Route, head: &Parts, body: B) -> PageResponse
    where
        B: http_body::Body + Send + 'static,
        B::Data: Send,
    {
        let (uri, headers) = (&head.uri, &head.headers);
        let query = uri.query().unwrap_or_default();
        if is_speculative(headers) && route != Route::Session {
            return response::not_before_asked();
        }
        match route {
            Route::WrongMethod(allowed) => {
                response::wrong_method(allowed, &self.settings.default_return_to)
            }
            route if head.method == Method::HEAD => self.head(route, headers).await,
            // A third party may post to the sign-in (OpenID Connect Core section 4).
            Route::Login | Route::Callback(_) if head.method == Method::POST => {
                match form::read(headers, body, &self.clock).await {
                    Ok(text) if route == Route::Login => self.login(head, &text).await,
                    Ok(text) => self.callback(&text, headers).await,
                    Err(problem) => response::page(&problem, Some(&self.settings.paths.login)),
                }
            }
            Route::Login => self.login(head, query).await,
            Route::Callback(_) => self.callback(query, headers).await,
            Route::Confirm => self.confirm(uri, headers).await,
            Route::Logout => self.logout(&head.method, headers).await,
            Route::LogoutReturn => self.returned(query, headers).await,
            Route::Session => self.session(headers).await,
        }
    }
}
