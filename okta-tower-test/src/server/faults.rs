//! Replies with a fault.

use std::{future::pending, time::Duration};

use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};

use super::{
    body::{Broken, ReplyBody},
    gzip,
};
use crate::{
    endpoints::org::paging,
    fault::{Endpoint, Fault},
    response::{self, Response},
    state::IssuerState,
};

pub(super) type Reply = http::Response<ReplyBody>;

const JSON: &str = "application/json";

/// How long Okta's rate limits last.
const LIMIT: Duration = Duration::from_secs(60);

pub(super) async fn faulty(
    state: &IssuerState,
    endpoint: Option<Endpoint>,
    response: Response,
    fault: Fault,
    path: &str,
) -> Result<Reply, Broken> {
    let (mut head, text) = response.into_parts();
    let body = match fault {
        Fault::Status(status) => {
            let error = response::okta_error(status, path);
            return Ok(limited(state, error, LIMIT));
        }
        Fault::RateLimited(reset) => {
            let error = response::okta_error(StatusCode::TOO_MANY_REQUESTS, path);
            return Ok(limited(state, error, reset));
        }
        Fault::Answer(status, text) => {
            return Ok(limited(state, response::text(status, JSON, text), LIMIT));
        }
        Fault::NextLink(to) => {
            paging::set_next(&mut head.headers, &to);
            ReplyBody::complete(text)
        }
        Fault::Redirect(to) => {
            return Ok(complete(response::redirect(StatusCode::FOUND, &to)));
        }
        Fault::Garbage => {
            let page = "<!doctype html><title>Welcome</title><p>Please accept our terms.";
            let page = response::text(StatusCode::OK, "text/html", page.to_owned());
            return Ok(complete(page));
        }
        Fault::Body(text) => return Ok(complete(response::text(StatusCode::OK, JSON, text))),
        Fault::Empty => {
            let empty = match endpoint {
                Some(Endpoint::Keys) => r#"{"keys":[]}"#,
                _ => "{}",
            };
            head.headers
                .insert(header::CONTENT_TYPE, HeaderValue::from_static(JSON));
            ReplyBody::complete(Bytes::from_static(empty.as_bytes()))
        }
        Fault::Gzip(blanks) => {
            head.headers
                .insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            ReplyBody::complete(gzip::bomb(blanks, &text))
        }
        Fault::Hang => pending().await,
        Fault::Close => return Err(Broken),
        Fault::HangBody => ReplyBody::silent(text.len()),
        Fault::Drip(interval) => ReplyBody::dripping(text, interval),
        Fault::Huge(blanks) => ReplyBody::padded(blanks, text, false),
        Fault::HugeAnnounced(blanks) => ReplyBody::padded(blanks, text, true),
        Fault::Truncated => ReplyBody::truncated(&text),
    };
    Ok(Reply::from_parts(head, body))
}

/// Adds Okta's rate-limit headers to a 429.
fn limited(state: &IssuerState, mut response: Response, reset: Duration) -> Reply {
    if response.status() == StatusCode::TOO_MANY_REQUESTS {
        response::set_limit(&mut response, state.now() + reset, 0);
    }
    complete(response)
}

pub(super) fn complete(response: Response) -> Reply {
    response.map(ReplyBody::complete)
}
