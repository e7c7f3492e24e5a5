//! POST of a form to one of the issuer's endpoints, with the bounds that a GET has. Feature `sign-in`.

use std::time::Duration;

use http::{
    HeaderValue, StatusCode,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, LOCATION},
};
use url::Url;

use super::{
    FetchError, Fetcher,
    freshness::{limit_reset, retry_after},
};

/// An answer of any status. What it means is for the reader to say: only its form was checked.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) body: Vec<u8>,
    /// Whether it says that it is JSON.
    pub(crate) is_json: bool,
    /// Whether it says that it is a JWT.
    pub(crate) is_jwt: bool,
    /// How long the issuer asks to be left alone.
    pub(crate) retry_after: Option<Duration>,
    /// When Okta's rate limit starts anew, in Unix seconds.
    pub(crate) limit_reset: Option<i64>,
}

impl Fetcher {
    /// POSTs a form and reads the whole answer. Time-outs and the limit of size are those of every request; no redirect is
    /// followed, so that the form goes nowhere else.
    pub(crate) async fn post_form(
        &self,
        url: &Url,
        authorization: Option<&HeaderValue>,
        form: String,
    ) -> Result<Reply, FetchError> {
        if self.urls.check(url).is_err() {
            return Err(FetchError::UrlNotAllowed);
        }
        let mut request = (self.client.post(url.clone()))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form);
        if let Some(authorization) = authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        self.reply(request).await
    }

    /// GETs what only the bearer of a token may have.
    pub(crate) async fn get_with_token(
        &self,
        url: &Url,
        authorization: &HeaderValue,
    ) -> Result<Reply, FetchError> {
        if self.urls.check(url).is_err() {
            return Err(FetchError::UrlNotAllowed);
        }
        let request = self.client.get(url.clone());
        self.reply(request.header(AUTHORIZATION, authorization))
            .await
    }

    async fn reply(&self, request: reqwest::RequestBuilder) -> Result<Reply, FetchError> {
        let request = request.header(ACCEPT, "application/json");
        let response = request.send().await.map_err(FetchError::transport)?;
        let (status, headers) = (response.status(), response.headers());
        if status.is_redirection() && headers.contains_key(LOCATION) {
            return Err(FetchError::Redirect);
        }
        super::check_coding(headers)?;
        let (retry_after, limit_reset) = (retry_after(headers), limit_reset(headers));
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
            limit_reset,
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
