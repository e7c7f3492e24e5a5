//! Connections, from wherever they come in.

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

/// How long to wait where the system has no room for another connection: that passes, and asking at once would not help it.
const PAUSE: Duration = Duration::from_millis(100);

/// The connections of several listeners, as one stream that does not end: what tonic's servers take, and what a loop can go
/// over.
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
                    // Answers are small and must not wait for more. Where it cannot be set, they do.
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
