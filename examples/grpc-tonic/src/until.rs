//! A stream that ends when something else does.

use std::task::Poll;

use futures_util::{FutureExt, Stream, StreamExt, stream};
use tonic::Status;

/// The stream, until `expired` is ready: then it fails with `UNAUTHENTICATED`. It must not simply end, or the client would
/// take what it has for all there is. Works in both directions, as messages and as requests come in.
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
