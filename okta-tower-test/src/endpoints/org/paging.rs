//! Paged lists: `limit`, `after` and `Link` (RFC 8288).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::Value;

use super::refusal::Refusal;
use crate::{
    incoming::IncomingRequest,
    parameters::encode,
    response::{self, Response},
};

/// The default and largest page size, as at Okta.
const MAX_PAGE: usize = 200;

/// Returns the requested page of the list at this URL.
pub(super) fn page(
    items: Vec<Value>,
    url: &str,
    incoming: &IncomingRequest,
) -> Result<Response, Refusal> {
    let invalid = |parameter| {
        Err(Refusal::new(
            StatusCode::BAD_REQUEST,
            "E0000001",
            format!("Api validation failed: {parameter}"),
        ))
    };
    let limit = match incoming.query.get("limit").map(str::parse) {
        None => MAX_PAGE,
        Some(Ok(limit)) if (1..=MAX_PAGE).contains(&limit) => limit,
        Some(_) => return invalid("limit"),
    };
    let start = match incoming.query.get("after").map(place) {
        None => 0,
        Some(Some(place)) => place,
        Some(None) => return invalid("after"),
    };
    let total = items.len();
    let page: Vec<Value> = items.into_iter().skip(start).take(limit).collect();
    let end = start.saturating_add(limit);
    let mut response = response::json(StatusCode::OK, &Value::Array(page));
    let query = incoming.query.clone().into_pairs();
    let link = |after: Option<usize>| {
        let mut query = query.clone();
        if let Some(after) = after {
            query.retain(|(name, _)| name != "after");
            query.push(("after".to_owned(), cursor(after)));
        }
        format!("{url}?{}", encode(&query))
    };
    add(response.headers_mut(), &link(None), "self");
    if end < total {
        add(response.headers_mut(), &link(Some(end)), "next");
    }
    Ok(response)
}

/// Replaces all links with a link to this next page.
pub(crate) fn set_next(headers: &mut HeaderMap, url: &str) {
    headers.remove(header::LINK);
    add(headers, url, "next");
}

/// Adds a link as its own header field, as Okta does.
fn add(headers: &mut HeaderMap, url: &str, relation: &str) {
    let field = format!("<{url}>; rel=\"{relation}\"");
    if let Ok(value) = HeaderValue::from_str(&field) {
        headers.append(header::LINK, value);
    }
}

/// Returns an opaque cursor.
fn cursor(place: usize) -> String {
    URL_SAFE_NO_PAD.encode(format!("place={place}"))
}

fn place(cursor: &str) -> Option<usize> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    text.strip_prefix("place=")?.parse().ok()
}
