//! The body of the responses that this crate makes.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Frame, SizeHint};

/// The complete body of a sign-in response. Feature `sign-in`.
///
/// It implements [`http_body::Body`](https://docs.rs/http-body) and converts into bytes, so every
/// server and framework accepts it. `Default` is empty.
#[derive(Clone, Debug, Default)]
pub struct Body {
    bytes: Bytes,
}

impl Body {
    /// Returns all bytes.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes.into()
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Self { bytes: text.into() }
    }
}

impl From<&'static str> for Body {
    fn from(text: &'static str) -> Self {
        Self { bytes: text.into() }
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Self {
            bytes: bytes.into(),
        }
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let bytes = std::mem::take(&mut self.bytes);
        Poll::Ready((!bytes.is_empty()).then(|| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.len() as u64)
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    #[tokio::test]
    async fn body_is_read_whole_and_empty_body_ends() {
        let body = Body::from("hello".to_owned());
        assert_eq!(http_body::Body::size_hint(&body).exact(), Some(5));
        assert_eq!(body.collect().await.unwrap().to_bytes(), "hello");
        assert!(http_body::Body::is_end_stream(&Body::default()));
        assert_eq!(Body::from(vec![1, 2]).into_bytes(), [1, 2]);
    }
}
