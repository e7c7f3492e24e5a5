//! Requests whose response is read whatever its status, within the same bounds. Features `sign-in`
//! and `api`.

use std::time::Duration;

use http::{
    HeaderValue, StatusCode,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, DATE, LOCATION},
};
use http::{
    Method,
    header::{CONTENT_LENGTH, LINK},
};
use url::Url;

use super::{
    FetchError, Fetcher,
    freshness::{Limit, date, limit_reset, retry_after},
};

/// A response of any status. Only its form was checked; its meaning is for the caller.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) body: Vec<u8>,
    /// Whether its media type is JSON.
    pub(crate) is_json: bool,
    /// Whether its media type is JWT.
    pub(crate) is_jwt: bool,
    /// The issuer's `Retry-After`.
    pub(crate) retry_after: Option<Duration>,
    /// When Okta's rate limit is reset.
    pub(crate) limit: Limit,
    /// The `Link` fields, unread.
    pub(crate) links: Vec<HeaderValue>,
}

/// One call of the management API.
#[derive(Debug)]
pub(crate) struct Call<'c> {
    pub(crate) method: Method,
    pub(crate) url: &'c Url,
    pub(crate) authorization: &'c HeaderValue,
    pub(crate) content_type: &'static str,
    /// JSON, or nothing.
    pub(crate) body: String,
}

impl Fetcher {
    /// Posts a form and reads the whole response.
    pub(crate) async fn post_form(
        &self,
        url: &Url,
        authorization: Option<&HeaderValue>,
        form: String,
    ) -> Result<Reply, FetchError> {
        let url = self.resolve(url)?;
        let mut request = (self.client.post(url))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form);
        if let Some(authorization) = authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        self.reply(request).await
    }

    /// Fetches what needs a bearer token.
    pub(crate) async fn get_with_token(
        &self,
        url: &Url,
        authorization: &HeaderValue,
    ) -> Result<Reply, FetchError> {
        let request = self.client.get(self.resolve(url)?);
        self.reply(request.header(AUTHORIZATION, authorization))
            .await
    }

    /// Calls the management API.
    pub(crate) async fn call(&self, call: Call<'_>) -> Result<Reply, FetchError> {
        let url = self.resolve(call.url)?;
        // Okta requires a length, and the client sends none for an empty body.
        let needs_length = call.method == Method::POST && call.body.is_empty();
        let mut request = (self.client.request(call.method, url))
            .header(AUTHORIZATION, call.authorization)
            .header(CONTENT_TYPE, call.content_type);
        if needs_length {
            request = request.header(CONTENT_LENGTH, 0);
        }
        self.reply(request.body(call.body)).await
    }

    async fn reply(&self, request: reqwest::RequestBuilder) -> Result<Reply, FetchError> {
        let request = request.header(ACCEPT, "application/json");
        let response = request.send().await.map_err(FetchError::transport)?;
        let (status, headers) = (response.status(), response.headers());
        if status.is_redirection() && headers.contains_key(LOCATION) {
            return Err(FetchError::Redirect);
        }
        super::check_coding(headers)?;
        let retry_after = retry_after(headers);
        let limit = Limit {
            reset: limit_reset(headers),
            date: headers.get(DATE).and_then(date),
        };
        let links = headers.get_all(LINK).iter().cloned().collect();
        let media = headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        let is_json = media.is_some_and(is_json);
        let is_jwt = media.is_some_and(|media| essence(media) == "application/jwt");
        let body = self.body(response).await?;
        Ok(Reply {
            status,
            body,
            is_json,
            is_jwt,
            retry_after,
            limit,
            links,
        })
    }
}

/// `application/json`, or another media type that is JSON (RFC 6839 section 3.1).
fn is_json(media: &str) -> bool {
    let essence = essence(media);
    essence == "application/json"
        || (essence.starts_with("application/") && essence.ends_with("+json"))
}

/// A media type without its parameters.
fn essence(media: &str) -> String {
    let essence = media.split(';').next().unwrap_or_default().trim();
    essence.to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_told_by_its_media_type() {
        for json in [
            "application/json",
            "Application/JSON; charset=utf-8",
            "application/problem+json",
        ] {
            assert!(is_json(json), "{json}");
        }
        for other in [
            "text/html",
            "application/jwt",
            "application/jsonp",
            "text/json",
            "",
        ] {
            assert!(!is_json(other), "{other}");
        }
    }
}
