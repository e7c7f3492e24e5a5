//! A stream that ends when the token expires.

#![allow(
    clippy::needless_pass_by_value,
    reason = "Warp passes extracted values by value"
)]

use std::{convert::Infallible, time::Duration};

use okta_tower::{Okta, Verified};
use tokio::sync::mpsc::{self, Sender};
use tokio_stream::wrappers::ReceiverStream;
use warp::{
    Reply,
    sse::{self, Event},
};

/// The interval between events.
const INTERVAL: Duration = Duration::from_secs(1);

/// Sends events until a request with the same token would be rejected. The stream then ends. An
/// `EventSource` reconnects by itself and gets 401.
pub(crate) fn events(caller: Verified, okta: Okta) -> impl Reply {
    let (sender, events) = mpsc::channel(1);
    let expired = okta.expired(&caller);
    // A separate task, because Warp requires a `Sync` body and the wait is not `Sync`.
    tokio::spawn(async move {
        tokio::select! {
            () = expired => {}
            () = tell(sender) => {}
        }
    });
    sse::reply(ReceiverStream::new(events))
}

/// Sends events until the client disconnects.
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
