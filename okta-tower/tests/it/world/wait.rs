//! Waiting in real time without hanging, and not waiting at all.

use std::{
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
    time::Duration,
};

/// Waits for a future, and fails after ten seconds of real time.
pub(crate) async fn within<T>(future: impl Future<Output = T>) -> T {
    let limit = Duration::from_secs(10);
    (tokio::time::timeout(limit, future).await).expect("nothing happened for ten seconds")
}

/// Lets other tasks run until the condition holds. For what cannot be awaited.
pub(crate) async fn until(mut holds: impl FnMut() -> bool) {
    within(async {
        while !holds() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

/// Polls a future once, and drops it if it has to wait.
pub(crate) fn at_once<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}
