//! An accepted connection: it counts against the bound, and must open in time.

use std::{
    io::{self, ErrorKind, IoSlice},
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    sync::OwnedSemaphorePermit,
    time::{Sleep, sleep},
};

/// The first bytes of an HTTP/2 connection (RFC 9113 section 3.4). A server reads up to as many
/// bytes to learn which version of HTTP the client uses.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A connection of a client. Dropping it makes room for another one.
///
/// Reading fails if the client has not sent enough to show its version of HTTP in time: hyper's own
/// timeout for the head of a request only starts then.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    client: SocketAddr,
    opening: Option<Opening>,
    _place: OwnedSemaphorePermit,
}

/// A connection whose version of HTTP is unknown.
#[derive(Debug)]
struct Opening {
    deadline: Pin<Box<Sleep>>,
    /// How many bytes of the preface have come.
    matched: usize,
}

impl Opening {
    /// Reads on, and returns whether the version is known now.
    fn is_over_after(&mut self, bytes: &[u8]) -> bool {
        let expected = &PREFACE[self.matched..];
        self.matched += bytes.len();
        bytes.len() >= expected.len() || !expected.starts_with(bytes)
    }
}

impl Connection {
    pub(crate) fn new(
        (stream, client): (TcpStream, SocketAddr),
        place: OwnedSemaphorePermit,
        head: Duration,
    ) -> Self {
        let opening = Opening {
            deadline: Box::pin(sleep(head)),
            matched: 0,
        };
        Self {
            stream,
            client,
            opening: Some(opening),
            _place: place,
        }
    }

    /// Returns the client's address.
    #[must_use]
    pub fn client(&self) -> SocketAddr {
        self.client
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        let Some(opening) = &mut self.opening else {
            return read;
        };
        if read.is_pending() {
            return (opening.deadline.as_mut().poll(context))
                .map(|()| Err(ErrorKind::TimedOut.into()));
        }
        if opening.is_over_after(&buffer.filled()[before..]) {
            self.opening = None;
        }
        read
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// Tonic's servers give this information to their handlers.
#[cfg(feature = "tonic")]
impl tonic::transport::server::Connected for Connection {
    type ConnectInfo = tonic::transport::server::TcpConnectInfo;

    fn connect_info(&self) -> Self::ConnectInfo {
        self.stream.connect_info()
    }
}
