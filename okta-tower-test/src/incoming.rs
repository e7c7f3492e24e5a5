//! A complete request.

use std::{future::poll_fn, pin::Pin};

use http::{HeaderMap, Method, Request, StatusCode, header};
use hyper::body::{Body, Incoming};
use serde_json::Value;

use crate::parameters::Parameters;

/// The longest body that is read, in bytes.
const MAX_BODY: usize = 64 * 1024;

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

/// A request without its path.
#[derive(Debug)]
pub(crate) struct IncomingRequest {
    pub(crate) method: Method,
    pub(crate) headers: HeaderMap,
    pub(crate) query: Parameters,
    pub(crate) form: Parameters,
    /// The body, if the route takes JSON. Null if the body is absent.
    pub(crate) json: Value,
}

impl IncomingRequest {
    /// Reads the request to its end.
    ///
    /// # Errors
    ///
    /// Returns the status of the response: 411 for JSON without a length, 413 for a body that is
    /// too long, 415 for the wrong media type, 400 for a body that is incomplete or malformed.
    pub(crate) async fn read(
        request: Request<Incoming>,
        takes_json: bool,
    ) -> Result<Self, StatusCode> {
        let (parts, body) = request.into_parts();
        let query = parts.uri.query().unwrap_or_default();
        let mut incoming = Self {
            query: Parameters::parse(query.as_bytes()),
            form: Parameters::default(),
            json: Value::Null,
            method: parts.method,
            headers: parts.headers,
        };
        if incoming.method == Method::POST {
            if takes_json && !incoming.has_a_length() {
                return Err(StatusCode::LENGTH_REQUIRED);
            }
            let expected = if takes_json { JSON } else { FORM };
            let text = read(body).await?;
            if text.is_empty() {
                return Ok(incoming);
            }
            if !incoming.has_a(expected) {
                return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE);
            }
            if takes_json {
                incoming.json =
                    serde_json::from_slice(&text).map_err(|_| StatusCode::BAD_REQUEST)?;
            } else {
                incoming.form = Parameters::parse(&text);
            }
        }
        Ok(incoming)
    }

    /// Returns whether the request announces a body length, which Okta requires even for an empty
    /// body.
    fn has_a_length(&self) -> bool {
        self.headers.contains_key(header::CONTENT_LENGTH)
            || self.headers.contains_key(header::TRANSFER_ENCODING)
    }

    fn has_a(&self, expected: &str) -> bool {
        self.headers
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split(';').next())
            .is_some_and(|media_type| media_type.trim().eq_ignore_ascii_case(expected))
    }

    /// Returns the parameters of query and form.
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
        if text.len() + data.len() > MAX_BODY {
            return Err(StatusCode::PAYLOAD_TOO_LARGE);
        }
        text.extend_from_slice(data);
    }
    Ok(text)
}
