//! The form of a callback, read within a bound of bytes and of time.

use std::{pin::pin, sync::Arc, time::Duration};

use bytes::Buf;
use http::{HeaderMap, header::CONTENT_TYPE};
use http_body_util::BodyExt;

use super::parameters::MAX_BYTES;
use crate::{base::clock::Clock, browser::pages::SignInProblem};

/// The time within which a form must arrive.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Reads the text of a form.
pub(super) async fn read<B>(
    headers: &HeaderMap,
    body: B,
    clock: &Arc<dyn Clock>,
) -> Result<String, SignInProblem>
where
    B: http_body::Body,
{
    if !is_form(headers) {
        return Err(SignInProblem::NotAForm);
    }
    tokio::select! {
        text = collect(body) => text,
        () = clock.sleep(TIMEOUT) => Err(SignInProblem::TooSlow),
    }
}

async fn collect<B: http_body::Body>(body: B) -> Result<String, SignInProblem> {
    let mut body = pin!(body);
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| SignInProblem::BadRequest)?;
        let Ok(mut data) = frame.into_data() else {
            continue;
        };
        if data.remaining() > MAX_BYTES - bytes.len() {
            return Err(SignInProblem::BadRequest);
        }
        while data.has_remaining() {
            let chunk = data.chunk();
            let length = chunk.len();
            bytes.extend_from_slice(chunk);
            data.advance(length);
        }
    }
    String::from_utf8(bytes).map_err(|_| SignInProblem::BadRequest)
}

fn is_form(headers: &HeaderMap) -> bool {
    let mut fields = headers.get_all(CONTENT_TYPE).iter();
    let essence = fields.next().filter(|_| fields.next().is_none());
    essence.is_some_and(|field| {
        let mut parts = field.as_bytes().split(|byte| *byte == b';');
        let name = parts.next().unwrap_or_default().trim_ascii();
        name.eq_ignore_ascii_case(b"application/x-www-form-urlencoded")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{base::clock::SystemClock, browser::body::Body};

    async fn read_as(media: &str, body: Vec<u8>) -> Result<String, SignInProblem> {
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, media.parse().unwrap())]);
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        read(&headers, Body::from(body), &clock).await
    }

    const FORM: &str = "application/x-www-form-urlencoded";

    #[tokio::test]
    async fn form_is_read_and_other_media_are_rejected() {
        let text = |media| read_as(media, b"a=b".to_vec());
        assert_eq!(text(FORM).await.as_deref(), Ok("a=b"));
        assert!(
            text("Application/X-WWW-Form-Urlencoded; charset=utf-8")
                .await
                .is_ok()
        );
        for media in ["application/json", "text/plain", "multipart/form-data", ""] {
            assert_eq!(text(media).await, Err(SignInProblem::NotAForm), "{media}");
        }
    }

    #[tokio::test]
    async fn form_beyond_the_bound_is_rejected() {
        let form = |length| read_as(FORM, vec![b'a'; length]);
        assert!(form(MAX_BYTES).await.is_ok());
        assert_eq!(form(MAX_BYTES + 1).await, Err(SignInProblem::BadRequest));
        assert_eq!(
            read_as(FORM, vec![0xff]).await,
            Err(SignInProblem::BadRequest)
        );
    }
}
