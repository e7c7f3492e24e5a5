//! Accepted connections of several listeners, as one stream.

use std::{future::poll_fn, io, sync::Arc, task::Poll, time::Duration};

use futures_util::{Stream, stream::unfold};
use tokio::{net::TcpListener, sync::Semaphore, time::sleep};

use crate::Connection;

/// The pause after a failed `accept`. The system is out of resources, which retrying at once does
/// not help.
const PAUSE: Duration = Duration::from_millis(100);

/// What one client may hold of a server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// The most open connections. Further ones wait until one of these ends.
    pub(crate) connections: usize,
    /// How long a client may take to open a connection, and again to send the head of a request.
    pub(crate) head: Duration,
}

impl Limits {
    pub(crate) const DEFAULT: Self = Self {
        connections: 1024,
        head: Duration::from_secs(10),
    };
}

/// Returns the connections of all listeners, as one endless stream. Tonic's servers accept it, and
/// a loop can iterate over it.
pub(crate) fn incoming(
    listeners: Vec<TcpListener>,
    limits: Limits,
) -> impl Stream<Item = io::Result<Connection>> {
    let places = Arc::new(Semaphore::new(limits.connections));
    unfold((listeners, places), move |(listeners, places)| async move {
        // The semaphore is never closed, so this only ends with a place.
        let place = Arc::clone(&places).acquire_owned().await.ok()?;
        let accepted = poll_fn(|context| {
            let accepted = (listeners.iter()).map(|listener| listener.poll_accept(context));
            let mut ready = accepted.filter(Poll::is_ready);
            ready.next().unwrap_or(Poll::Pending)
        });
        let connection = match accepted.await {
            Ok(accepted) => {
                // Small responses must not wait in the send buffer. Without the option they only
                // arrive later.
                let _ = accepted.0.set_nodelay(true);
                Ok(Connection::new(accepted, place, limits.head))
            }
            Err(error) => {
                sleep(PAUSE).await;
                Err(error)
            }
        };
        Some((connection, (listeners, places)))
    })
}
