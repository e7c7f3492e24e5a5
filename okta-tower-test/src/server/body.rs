//! Response bodies, including defective ones.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

/// How much padding is sent at once.
const CHUNK: u64 = 16 * 1024;

static BLANKS: [u8; CHUNK as usize] = [b' '; CHUNK as usize];

/// A body of blanks and text, with one of several ends.
pub(crate) struct ReplyBody {
    padding: u64,
    text: Bytes,
    end: End,
    /// The `Content-Length`. `None` sends chunks.
    length: Option<u64>,
    drip: Option<Drip>,
}

enum End {
    Complete,
    /// The connection stays open without further data.
    Silence,
    /// The connection closes. One pending poll comes first, so that earlier data is sent.
    Abort {
        paused: bool,
    },
    /// Blanks until the client disconnects.
    Blanks,
}

struct Drip {
    interval: Duration,
    timer: Pin<Box<Sleep>>,
}

/// The error that closes a connection on purpose.
#[derive(Debug)]
pub(crate) struct Broken;

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("connection closed on purpose")
    }
}

impl std::error::Error for Broken {}

impl ReplyBody {
    pub(crate) fn complete(text: Bytes) -> Self {
        Self {
            padding: 0,
            length: Some(text.len() as u64),
            text,
            end: End::Complete,
            drip: None,
        }
    }

    pub(crate) fn padded(padding: u64, text: Bytes, announced: bool) -> Self {
        let length = padding.saturating_add(text.len() as u64);
        Self {
            padding,
            length: announced.then_some(length),
            ..Self::complete(text)
        }
    }

    pub(crate) fn silent(length: usize) -> Self {
        Self {
            end: End::Silence,
            length: Some(length as u64),
            ..Self::complete(Bytes::new())
        }
    }

    pub(crate) fn truncated(text: &Bytes) -> Self {
        Self {
            end: End::Abort { paused: false },
            length: Some(text.len() as u64),
            ..Self::complete(text.slice(..text.len() / 2))
        }
    }

    pub(crate) fn dripping(text: Bytes, interval: Duration) -> Self {
        Self {
            end: End::Blanks,
            length: None,
            drip: Some(Drip {
                interval,
                timer: Box::pin(sleep(interval)),
            }),
            ..Self::complete(text)
        }
    }

    /// Returns at most `limit` bytes of blanks or text, or `None` at the end.
    fn take(&mut self, limit: u64) -> Option<Bytes> {
        if self.padding > 0 {
            let count = self.padding.min(limit).min(CHUNK);
            self.padding -= count;
            return Some(Bytes::from_static(&BLANKS[..count as usize]));
        }
        if self.text.is_empty() {
            return None;
        }
        let count = (self.text.len() as u64).min(limit);
        Some(self.text.split_to(count as usize))
    }
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        let this = self.get_mut();
        let mut limit = u64::MAX;
        if let Some(drip) = &mut this.drip {
            ready!(drip.timer.as_mut().poll(cx));
            drip.timer = Box::pin(sleep(drip.interval));
            limit = 1;
        }
        if let Some(bytes) = this.take(limit) {
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        match &mut this.end {
            End::Complete => Poll::Ready(None),
            End::Silence => Poll::Pending,
            End::Abort { paused: true } => Poll::Ready(Some(Err(Broken))),
            End::Abort { paused } => {
                *paused = true;
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            End::Blanks => Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&BLANKS[..1]))))),
        }
    }

    fn size_hint(&self) -> SizeHint {
        self.length
            .map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}
