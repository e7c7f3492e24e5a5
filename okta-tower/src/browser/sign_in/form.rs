//! Reading the form that a callback comes in: bounded in bytes and in time.

use std::{pin::pin, sync::Arc, time::Duration};

use bytes::Buf;
use http::{HeaderMap, header::CONTENT_TYPE};
use http_body_util::BodyExt;

use super::{parameters::MAX_BYTES, problem::Problem};
use crate::base::clock::Clock;

/// How long a form may take to arrive.
const PATIENCE: Duration = Duration::from_secs(10);

/// The form's text.
pub(super) async fn read<B>(
    headers: &HeaderMap,
    body: B,
    clock: &Arc<dyn Clock>,
) -> Result<String, Problem>
where
    B: http_body::Body,
{
    if !is_form(headers) {
        return Err(Problem::NotAForm);
    }
    tokio::select! {
        text = collect(body) => text,
        () = clock.sleep(PATIENCE) => Err(Problem::TooSlow),
    }
}

async fn collect<B: http_body::Body>(body: B) -> Result<String, Problem> {
    let mut body = pin!(body);
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Problem::BadRequest)?;
        let Ok(mut data) = frame.into_data() else {
            continue;
        };
        if data.remaining() > MAX_BYTES - bytes.len() {
            return Err(Problem::BadRequest);
        }
        while data.has_remaining() {
            let chunk = data.chunk();
            let length = chunk.len();
            bytes.extend_from_slice(chunk);
            data.advance(length);
        }
    }
    String::from_utf8(bytes).map_err(|_| Problem::BadRequest)
}

fn is_form(headers: &HeaderMap) -> bool {
    let mut fields = headers.get_all(CONTENT_TYPE).iter();
    let essence = fields.next().filter(|_| fields.next().is_none());
    essence.is_some_and(|field| {
        let name = field
            .as_bytes()
            .split(|byte| *byte == b';')
            .next()
            .unwrap_or_default();
        name.trim_ascii()
            .eq_ignore_ascii_case(b"application/x-www-form-urlencoded")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{base::clock::SystemClock, browser::body::Body};

    async fn read_as(media: &str, body: Vec<u8>) -> Result<String, Problem> {
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, media.parse().unwrap())]);
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        read(&headers, Body::from(body), &clock).await
    }

    const FORM: &str = "application/x-www-form-urlencoded";

    #[tokio::test]
    async fn a_form_is_read_and_anything_else_is_not() {
        let text = |media| read_as(media, b"a=b".to_vec());
        assert_eq!(text(FORM).await.as_deref(), Ok("a=b"));
        assert!(
            text("Application/X-WWW-Form-Urlencoded; charset=utf-8")
                .await
                .is_ok()
        );
        for media in ["application/json", "text/plain", "multipart/form-data", ""] {
            assert_eq!(text(media).await, Err(Problem::NotAForm), "{media}");
        }
    }

    #[tokio::test]
    async fn a_form_is_read_up_to_its_bound() {
        let form = |length| read_as(FORM, vec![b'a'; length]);
        assert!(form(MAX_BYTES).await.is_ok());
        assert_eq!(form(MAX_BYTES + 1).await, Err(Problem::BadRequest));
        assert_eq!(read_as(FORM, vec![0xff]).await, Err(Problem::BadRequest));
    }
}
