//! The future of the sign-in service's responses.

use std::{
    convert::Infallible,
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use http::Response;

use crate::browser::body::Body;

/// The response of a [`SignInService`](super::SignInService).
///
/// # Panics
/// Polling it again after it is ready panics.
pub struct SignInFuture {
    /// `None` once it is ready.
    response: Option<Pin<Box<dyn Future<Output = Response<Body>> + Send>>>,
}

impl SignInFuture {
    pub(super) fn new(response: impl Future<Output = Response<Body>> + Send + 'static) -> Self {
        Self {
            response: Some(Box::pin(response)),
        }
    }
}

impl Future for SignInFuture {
    type Output = Result<Response<Body>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let future = (self.response.as_mut()).expect("`SignInFuture` polled after completion");
        let response = ready!(future.as_mut().poll(context));
        self.response = None;
        Poll::Ready(Ok(response))
    }
}

impl fmt::Debug for SignInFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignInFuture").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic = "`SignInFuture` polled after completion"]
    fn polling_a_finished_future_panics() {
        let mut future = SignInFuture::new(std::future::ready(Response::default()));
        let mut context = Context::from_waker(std::task::Waker::noop());
        let mut poll = || Pin::new(&mut future).poll(&mut context);
        assert!(poll().is_ready());
        let _ = poll();
    }
}
