//! The future of the sign-in service's answers.

use std::{
    convert::Infallible,
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use http::Response;

use super::answer::Answer;
use crate::browser::body::Body;

/// The answer of a [`SignInService`](super::SignInService).
pub struct SignInFuture {
    answer: Pin<Box<dyn Future<Output = Answer> + Send>>,
}

impl SignInFuture {
    pub(super) fn new(answer: impl Future<Output = Answer> + Send + 'static) -> Self {
        Self {
            answer: Box::pin(answer),
        }
    }
}

impl Future for SignInFuture {
    type Output = Result<Response<Body>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.answer.as_mut().poll(context).map(Ok)
    }
}

impl fmt::Debug for SignInFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignInFuture").finish_non_exhaustive()
    }
}
