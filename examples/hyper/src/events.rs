//! A stream that ends when the token expires.

use std::{convert::Infallible, time::Duration};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::{HeaderValue, Request, Response, header};
use http_body_util::StreamBody;
use hyper::body::{Frame, Incoming};
use okta_tower::{AuthError, Okta, auth::require_caller};

use crate::Body;

/// The interval between events.
const INTERVAL: Duration = Duration::from_secs(1);

/// Sends events until a request with the same token would be rejected. The stream then ends. An
/// `EventSource` reconnects by itself and gets 401.
pub(crate) fn events(
    okta: &Okta,
    request: &Request<Incoming>,
) -> Result<Response<Body>, AuthError> {
    let caller = require_caller(request.extensions())?;
    let events = stream::unfold(0_u64, async |count| {
        if count > 0 {
            tokio::time::sleep(INTERVAL).await;
        }
        let event = Bytes::from(format!("data: {count}\n\n"));
        Some((Ok::<_, Infallible>(Frame::data(event)), count + 1))
    });
    let events = events.take_until(Box::pin(okta.expired(caller)));

    let mut response = Response::new(Body::new(StreamBody::new(events)));
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/event-stream"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
