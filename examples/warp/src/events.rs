//! A stream that ends when the token does.

#![allow(
    clippy::needless_pass_by_value,
    reason = "Warp hands over what its filters have extracted"
)]

use std::{convert::Infallible, time::Duration};

use okta_tower::{Okta, Verified};
use tokio::sync::mpsc::{self, Sender};
use tokio_stream::wrappers::ReceiverStream;
use warp::{
    Reply,
    sse::{self, Event},
};

/// How often there is something to tell.
const INTERVAL: Duration = Duration::from_secs(1);

/// Server-sent events, until a request with the same token would be refused. Then the stream just ends: the browser's
/// `EventSource`, or whoever reads it, connects anew, and is answered 401.
pub(crate) fn events(caller: Verified, okta: Okta) -> impl Reply {
    let (sender, events) = mpsc::channel(1);
    let expired = okta.expired(&caller);
    // In a task, because what Warp answers with must be `Sync`, and waits are not.
    tokio::spawn(async move {
        tokio::select! {
            () = expired => {}
            () = tell(sender) => {}
        }
    });
    sse::reply(ReceiverStream::new(events))
}

/// Ends where nobody listens any more.
async fn tell(listener: Sender<Result<Event, Infallible>>) {
    for count in 0_u64.. {
        let event = Event::default().data(count.to_string());
        if listener.send(Ok(event)).await.is_err() {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep(INTERVAL) => {}
            () = listener.closed() => return,
        }
    }
}
