//! The service that answers the paths of signing in and out.

use std::{
    convert::Infallible,
    sync::Arc,
    task::{Context, Poll},
};

use http::{Request, Response};
use tower_service::Service;

use super::{
    answer::{self, Answer},
    form,
    future::SignInFuture,
    parts::Parts,
    route::{self, Route},
};
use crate::browser::{body::Body, settings::ResponseMode};

/// Answers the paths of signing in and out, and every other with 404. Made by
/// [`Okta::sign_in_service`](crate::Okta::sign_in_service); see the [module](super) for what it answers.
///
/// Cheap to clone. It takes requests with any body, and must be polled on a tokio runtime with time and I/O enabled.
#[derive(Clone, Debug)]
pub struct SignInService {
    parts: Option<Arc<Parts>>,
}

impl SignInService {
    pub(crate) fn new(parts: Option<Arc<Parts>>) -> Self {
        Self { parts }
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
        let route = self.parts.as_ref().and_then(|parts| parts.route(&request));
        match (&self.parts, route) {
            (Some(parts), Some(route)) => {
                SignInFuture::new(Arc::clone(parts).answer(route, request))
            }
            _ => SignInFuture::new(std::future::ready(answer::nothing_here())),
        }
    }
}

impl Parts {
    /// Which of our paths a request is for.
    pub(super) fn route<B>(&self, request: &Request<B>) -> Option<Route> {
        let settings = &self.settings;
        route::route(
            request.method(),
            request.uri().path(),
            &settings.paths,
            settings.response_mode,
            settings.allows_logout_by_get,
        )
    }

    pub(super) async fn answer<B>(self: Arc<Self>, route: Route, request: Request<B>) -> Answer
    where
        B: http_body::Body + Send + 'static,
        B::Data: Send,
    {
        let (head, body) = request.into_parts();
        let (uri, headers) = (&head.uri, &head.headers);
        match route {
            Route::Start => self.start(uri, headers).await,
            Route::Callback(ResponseMode::FormPost) => {
                match form::read(headers, body, &self.clock).await {
                    Ok(text) => self.callback(&text, headers).await,
                    Err(problem) => answer::page(&problem, Some(&self.settings.paths.login)),
                }
            }
            Route::Callback(_) => {
                self.callback(uri.query().unwrap_or_default(), headers)
                    .await
            }
            Route::Done => self.done(uri, headers).await,
            Route::Logout => self.logout(&head.method, headers).await,
            Route::Session => self.who(headers).await,
            Route::WrongMethod(allowed) => {
                answer::wrong_method(allowed, &self.settings.default_return_to)
            }
        }
    }
}
