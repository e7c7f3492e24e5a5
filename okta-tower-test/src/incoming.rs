//! A request, read in full.

use std::{future::poll_fn, pin::Pin};

use http::{HeaderMap, Method, Request, StatusCode, header};
use hyper::body::{Body, Incoming};

use crate::parameters::Parameters;

/// The longest form that is read, in bytes.
const LONGEST: usize = 64 * 1024;

/// What was asked for, apart from the path.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    pub(crate) headers: HeaderMap,
    pub(crate) query: Parameters,
    pub(crate) form: Parameters,
}

impl Asked {
    /// # Errors
    ///
    /// The status to answer with: 413 for a form that is too long, 415 for what is no form, 400 for one that breaks off.
    pub(crate) async fn read(request: Request<Incoming>) -> Result<Self, StatusCode> {
        let (parts, body) = request.into_parts();
        let query = parts.uri.query().unwrap_or_default();
        let mut asked = Self {
            query: Parameters::parse(query.as_bytes()),
            form: Parameters::default(),
            method: parts.method,
            headers: parts.headers,
        };
        if asked.method == Method::POST {
            let text = read(body).await?;
            if !text.is_empty() && !asked.has_a_form() {
                return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE);
            }
            asked.form = Parameters::parse(&text);
        }
        Ok(asked)
    }

    fn has_a_form(&self) -> bool {
        const FORM: &str = "application/x-www-form-urlencoded";
        self.headers
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split(';').next())
            .is_some_and(|media_type| media_type.trim().eq_ignore_ascii_case(FORM))
    }

    /// Query and form together.
    pub(crate) fn parameters(&self) -> Parameters {
        let mut all = self.query.clone();
        all.extend(self.form.clone());
        all
    }
}

async fn read(mut body: Incoming) -> Result<Vec<u8>, StatusCode> {
    let mut text = Vec::new();
    while let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        let frame = frame.map_err(|_| StatusCode::BAD_REQUEST)?;
        let Some(data) = frame.data_ref() else {
            continue;
        };
        if text.len() + data.len() > LONGEST {
            return Err(StatusCode::PAYLOAD_TOO_LARGE);
        }
        text.extend_from_slice(data);
    }
    Ok(text)
}
