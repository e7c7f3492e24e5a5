//! A stream that ends early.

use std::task::Poll;

use futures_util::{FutureExt, Stream, StreamExt, stream};
use tonic::Status;

/// Returns the stream until `expired` is ready, then fails with `UNAUTHENTICATED`.
///
/// A stream that merely ended would look complete to the client. Works for responses and for
/// requests.
pub fn until<T>(
    expired: impl Future<Output = ()> + Send + 'static,
    messages: impl Stream<Item = Result<T, Status>> + Send + 'static,
) -> impl Stream<Item = Result<T, Status>> + Send + 'static {
    let (mut expired, mut messages) = (Box::pin(expired.fuse()), Box::pin(messages));
    stream::poll_fn(move |context| match expired.poll_unpin(context) {
        Poll::Ready(()) => {
            let status = Status::unauthenticated("the access token has expired");
            Poll::Ready(Some(Err(status)))
        }
        Poll::Pending => messages.poll_next_unpin(context),
    })
}
