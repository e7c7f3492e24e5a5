//! The one HTTP client: fetches documents, posts forms, calls the management API.
//!
//! - The whole time, the connect time and the size are limited. Bytes are counted as they arrive.
//! - No redirect is followed.
//! - A body with a `Content-Encoding` is rejected, whatever decompression another crate enables.
//! - Only URLs that [`UrlPolicy`] allows are requested.

mod error;
mod freshness;
mod reply;
mod urls;

use std::{fmt, time::Duration};

use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{
        ACCEPT, CONTENT_ENCODING, ETAG, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED, LOCATION,
    },
};
use reqwest::redirect::Policy;
use url::Url;

pub(crate) use self::urls::{PlainHttp, UrlPolicy, is_loopback};
use crate::base::secret::Secret;
pub(crate) use error::FetchError;
#[cfg(all(test, any(feature = "api", feature = "sign-in")))]
pub(crate) use freshness::Limit;
use freshness::{max_age, retry_after};
pub(crate) use reply::Call;
pub(crate) use reply::Reply;

/// How long a kept connection may be idle: less than servers and middleboxes allow.
const MAX_IDLE: Duration = Duration::from_secs(20);

/// A client for one issuer.
#[derive(Clone, Debug)]
pub(crate) struct Fetcher {
    client: reqwest::Client,
    urls: UrlPolicy,
    max_bytes: usize,
}

/// The validators of a document (RFC 9110 section 8.8), for a conditional request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Validators {
    etag: Option<HeaderValue>,
    last_modified: Option<HeaderValue>,
}

/// A response that can be used.
#[derive(Debug)]
pub(crate) enum Document {
    /// A new document, and its validators for the next request.
    New {
        body: Vec<u8>,
        validators: Validators,
        max_age: Option<Duration>,
    },
    /// The present document is still valid.
    NotModified { max_age: Option<Duration> },
}

impl Fetcher {
    /// Builds the client. Fails if a certificate or the proxy in the settings cannot be used.
    pub(crate) fn new(settings: &FetchSettings, urls: UrlPolicy) -> Result<Self, reqwest::Error> {
        // Minutes pass between two fetches: a kept connection would usually be dead.
        Self::keeping(0, settings, urls)
    }

    /// Builds a client for many requests in a row: it keeps some connections.
    pub(crate) fn for_calls(
        settings: &FetchSettings,
        urls: UrlPolicy,
    ) -> Result<Self, reqwest::Error> {
        Self::keeping(8, settings, urls)
    }

    /// Builds a client that keeps this many idle connections.
    fn keeping(
        idle: usize,
        settings: &FetchSettings,
        urls: UrlPolicy,
    ) -> Result<Self, reqwest::Error> {
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("okta-tower/", env!("CARGO_PKG_VERSION")))
            .timeout(settings.timeout)
            .connect_timeout(settings.connect_timeout)
            .redirect(Policy::none())
            .referer(false)
            .no_gzip()
            .no_brotli()
            .no_deflate()
            .no_zstd()
            .pool_max_idle_per_host(idle)
            .pool_idle_timeout(MAX_IDLE);
        if urls.is_http() {
            // No URL uses TLS, so a machine without root certificates must work too.
            builder = builder.tls_certs_only([]);
        }
        if urls.is_loopback_http() {
            builder = builder.no_proxy();
        }
        for pem in &settings.roots {
            builder = builder.tls_certs_merge(reqwest::Certificate::from_pem_bundle(pem)?);
        }
        if let Some(proxy) = &settings.proxy {
            let mut all = reqwest::Proxy::all(proxy.url.as_str())?;
            if let Some((user, password)) = &proxy.credentials {
                all = all.basic_auth(user, password.expose());
            }
            builder = builder.proxy(all);
        }
        Ok(Self {
            client: builder.build()?,
            urls,
            max_bytes: settings.max_bytes,
        })
    }

    /// Fetches one document.
    pub(crate) async fn get(
        &self,
        url: &Url,
        validators: &Validators,
    ) -> Result<Document, FetchError> {
        let url = self.resolve(url)?;
        let mut request = self.client.get(url).header(ACCEPT, "application/json");
        if let Some(etag) = &validators.etag {
            request = request.header(IF_NONE_MATCH, etag);
        }
        if let Some(last_modified) = &validators.last_modified {
            request = request.header(IF_MODIFIED_SINCE, last_modified);
        }
        let response = request.send().await.map_err(FetchError::transport)?;
        let headers = response.headers();
        let max_age = max_age(headers);
        match response.status() {
            StatusCode::OK => {}
            StatusCode::NOT_MODIFIED if validators.are_any() => {
                return Ok(Document::NotModified { max_age });
            }
            status if status.is_redirection() && headers.contains_key(LOCATION) => {
                return Err(FetchError::Redirect);
            }
            status => {
                return Err(FetchError::Status {
                    status,
                    retry_after: retry_after(headers),
                });
            }
        }
        check_coding(headers)?;
        let validators = Validators::of(headers);
        let body = self.body(response).await?;
        Ok(Document::New {
            body,
            validators,
            max_age,
        })
    }

    /// Returns where a request to this URL goes.
    fn resolve(&self, url: &Url) -> Result<Url, FetchError> {
        self.urls
            .resolve(url)
            .map_err(|_| FetchError::UrlNotAllowed)
    }

    async fn body(&self, mut response: reqwest::Response) -> Result<Vec<u8>, FetchError> {
        let announced = response.content_length().unwrap_or(0);
        if announced > self.max_bytes as u64 {
            return Err(FetchError::TooLarge);
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(FetchError::transport)? {
            if body.len() + chunk.len() > self.max_bytes {
                return Err(FetchError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

fn check_coding(headers: &HeaderMap) -> Result<(), FetchError> {
    let mut codings = headers.get_all(CONTENT_ENCODING).iter();
    if codings.any(|coding| coding != "identity") {
        return Err(FetchError::Encoded);
    }
    Ok(())
}

impl Validators {
    fn of(headers: &HeaderMap) -> Self {
        Self {
            etag: headers.get(ETAG).cloned(),
            last_modified: headers.get(LAST_MODIFIED).cloned(),
        }
    }

    fn are_any(&self) -> bool {
        self.etag.is_some() || self.last_modified.is_some()
    }
}

/// How documents are fetched.
#[derive(Clone, Debug)]
pub(crate) struct FetchSettings {
    /// From the first byte sent to the last byte received.
    pub(crate) timeout: Duration,
    pub(crate) connect_timeout: Duration,
    /// The longest document, in bytes.
    pub(crate) max_bytes: usize,
    pub(crate) proxy: Option<Proxy>,
    /// Certificates to trust in addition to the system's, as PEM.
    pub(crate) roots: Vec<Vec<u8>>,
}

/// A proxy that all requests go through.
#[derive(Clone)]
pub(crate) struct Proxy {
    /// Without the credentials.
    pub(crate) url: Url,
    pub(crate) credentials: Option<(String, Secret)>,
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy")
            .field("url", &self.url.as_str())
            .finish_non_exhaustive()
    }
}
