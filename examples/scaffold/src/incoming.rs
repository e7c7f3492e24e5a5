//! Accepted connections of several listeners, as one stream.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use futures_util::Stream;
use tokio::{
    net::{TcpListener, TcpStream},
    time::{Sleep, sleep},
};

/// The pause after a failed `accept`. The system is out of resources, which retrying at once does
/// not help.
const PAUSE: Duration = Duration::from_millis(100);

/// The connections of several listeners, as one endless stream. Tonic's servers accept it, and a
/// loop can iterate over it.
#[derive(Debug)]
pub struct Incoming {
    listeners: Vec<TcpListener>,
    pause: Option<Pin<Box<Sleep>>>,
}

impl Incoming {
    pub(crate) fn new(listeners: Vec<TcpListener>) -> Self {
        Self {
            listeners,
            pause: None,
        }
    }
}

impl Stream for Incoming {
    type Item = io::Result<TcpStream>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(pause) = &mut self.pause {
            std::task::ready!(pause.as_mut().poll(context));
            self.pause = None;
        }
        for listener in &self.listeners {
            match listener.poll_accept(context) {
                Poll::Ready(Ok((stream, _))) => {
                    // Small responses must not wait in the send buffer. Without the option they
                    // only arrive later.
                    let _ = stream.set_nodelay(true);
                    return Poll::Ready(Some(Ok(stream)));
                }
                Poll::Ready(Err(error)) => {
                    self.pause = Some(Box::pin(sleep(PAUSE)));
                    return Poll::Ready(Some(Err(error)));
                }
                Poll::Pending => {}
            }
        }
        Poll::Pending
    }
}
