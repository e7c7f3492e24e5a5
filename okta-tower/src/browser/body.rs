//! The body of the answers that this crate writes itself.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Frame, SizeHint};

/// A body that is there as a whole: that of the sign-in service's answers. Feature `sign-in`.
///
/// It is an [`http_body::Body`](https://docs.rs/http-body) and can be turned into bytes, so every server and framework can take
/// it. `Default` is empty.
#[derive(Clone, Debug, Default)]
pub struct Body {
    bytes: Bytes,
}

impl Body {
    /// All of it.
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
    async fn a_body_is_read_as_it_was_made_and_an_empty_one_ends_at_once() {
        let body = Body::from("hello".to_owned());
        assert_eq!(http_body::Body::size_hint(&body).exact(), Some(5));
        assert_eq!(body.collect().await.unwrap().to_bytes(), "hello");
        assert!(http_body::Body::is_end_stream(&Body::default()));
        assert_eq!(Body::from(vec![1, 2]).into_bytes(), [1, 2]);
    }
}
