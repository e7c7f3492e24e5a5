//! A layer for libraries without one, as an application would write it.
//!
//! It takes the token from the header, calls the library's check, and puts the claims into the
//! extensions.

use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use http::{Request, Response, StatusCode, header};
use tower::Service;

use super::claims::Claims;

#[derive(Clone)]
pub(super) struct Checked<S, F> {
    pub(super) inner: S,
    pub(super) check: F,
}

impl<S, F, C, B, R> Service<Request<B>> for Checked<S, F>
where
    S: Service<Request<B>, Response = Response<R>, Error = Infallible> + Clone + 'static,
    F: Fn(String) -> C,
    C: Future<Output = Option<Claims>> + 'static,
    B: 'static,
    R: Default,
{
    type Response = Response<R>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<R>, Infallible>>>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let value = request
            .headers()
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok());
        let token = value
            .and_then(|value| value.strip_prefix("Bearer "))
            .unwrap_or_default()
            .to_owned();
        let (check, mut inner) = ((self.check)(token), self.inner.clone());
        Box::pin(async move {
            match check.await {
                Some(claims) => {
                    request.extensions_mut().insert(claims);
                    inner.call(request).await
                }
                None => {
                    let mut refusal = Response::new(R::default());
                    *refusal.status_mut() = StatusCode::UNAUTHORIZED;
                    Ok(refusal)
                }
            }
        })
    }
}
