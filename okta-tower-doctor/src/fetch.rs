//! Bounded requests: 5 s, 256 KiB, no redirects, no compression, as in the library.

use std::{error::Error, time::Duration};

use http::{
    HeaderMap, StatusCode,
    header::{ACCEPT, CONTENT_ENCODING, CONTENT_TYPE, LOCATION},
};
use okta_tower::explain::{Check, Finding, Outcome, Topic};
use reqwest::{Certificate, Client, Proxy, RequestBuilder, redirect::Policy};
use serde_json::Value;
use url::{Host, Url};

use crate::settings::Settings;

const TIMEOUT: Duration = Duration::from_secs(5);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
const MAX_BYTES: usize = 256 * 1024;

pub(crate) struct Response {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    body: Vec<u8>,
}

impl Response {
    /// Returns the body as JSON.
    pub(crate) fn json(&self) -> Result<Value, Failure> {
        serde_json::from_slice(&self.body).map_err(|error| {
            let message = format!("the body is not JSON: see line {}", error.line());
            Failure::new("invalid_document", message)
        })
    }
}

/// Why there is no response that could be used. The code is one of [`Topic::KeyRefresh`].
pub(crate) struct Failure {
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

impl Failure {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { code, message }
    }

    pub(crate) fn finding(&self, check: Check, url: &str) -> Finding {
        let message = format!("{url}: {}", self.message);
        Finding::new(check, Outcome::Failure, message).with_advice(Topic::KeyRefresh, self.code)
    }

    /// Describes a request that was not completed.
    fn of(error: &reqwest::Error) -> Self {
        if error.is_timeout() {
            let message = format!("no response within {} s", TIMEOUT.as_secs());
            return Self::new("timeout", message);
        }
        // The innermost cause says most, such as `Connection refused`. It has no URL.
        let mut cause: &dyn Error = error;
        while let Some(next) = cause.source() {
            cause = next;
        }
        let cause = match cause.is::<reqwest::Error>() {
            true => "the connection failed".to_owned(),
            false => cause.to_string(),
        };
        Self::new("connection", cause)
    }
}

/// Fetches a document.
pub(crate) async fn get(settings: &Settings, url: &Url) -> Result<Response, Failure> {
    let (client, url) = client(settings, url)?;
    send(client.get(url)).await
}

/// Posts a form with the client's credentials (`client_secret_basic`, RFC 6749 section 2.3.1).
pub(crate) async fn post(
    settings: &Settings,
    url: &Url,
    (id, secret): (&str, &str),
    form: &[(&str, &str)],
) -> Result<Response, Failure> {
    let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
    let (id, secret): (String, String) = (encode(id), encode(secret));
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form)
        .finish();
    let (client, url) = client(settings, url)?;
    let request = client.post(url).basic_auth(id, Some(secret)).body(body);
    send(request.header(CONTENT_TYPE, "application/x-www-form-urlencoded")).await
}

/// Returns a client for this URL, and where the request goes.
fn client(settings: &Settings, url: &Url) -> Result<(Client, Url), Failure> {
    let url = settings.resolve(url);
    let is_http = url.scheme() == "http";
    if is_http && !is_loopback(&url) {
        return Err(Failure::new(
            "url_not_allowed",
            "plain http beyond loopback is not requested",
        ));
    }
    let mut builder = Client::builder()
        .user_agent(concat!("okta-tower-doctor/", env!("CARGO_PKG_VERSION")))
        .timeout(TIMEOUT)
        .connect_timeout(CONNECT_TIMEOUT)
        .redirect(Policy::none())
        .referer(false)
        .no_gzip()
        .no_brotli()
        .no_deflate()
        .no_zstd();
    if is_http {
        builder = builder.tls_certs_only([]).no_proxy();
    } else {
        let unusable = |_| Failure::new("connection", "the root certificates cannot be used");
        if let Some(pem) = settings.root_certificate() {
            let roots = Certificate::from_pem_bundle(pem.as_bytes()).map_err(unusable)?;
            builder = builder.tls_certs_merge(roots);
        }
        if let Some((proxy, credentials)) = settings.proxy() {
            let unusable = |_| Failure::new("connection", "the proxy's address cannot be used");
            let mut proxy = Proxy::all(proxy).map_err(unusable)?;
            if let Some((user, password)) = credentials {
                proxy = proxy.basic_auth(&user, &password);
            }
            builder = builder.proxy(proxy);
        }
    }
    let client = builder.build().map_err(|error| Failure::of(&error))?;
    Ok((client, url))
}

async fn send(request: RequestBuilder) -> Result<Response, Failure> {
    let request = request.header(ACCEPT, "application/json");
    let mut response = request.send().await.map_err(|error| Failure::of(&error))?;
    let (status, headers) = (response.status(), response.headers().clone());
    if status.is_redirection() && headers.contains_key(LOCATION) {
        return Err(Failure::new(
            "redirect",
            format!("a redirect ({})", status.as_u16()),
        ));
    }
    let mut codings = headers.get_all(CONTENT_ENCODING).iter();
    if codings.any(|coding| coding != "identity") {
        return Err(Failure::new(
            "compressed",
            "the body is compressed, which was not requested",
        ));
    }
    let too_large = || Failure::new("too_large", "the body is longer than 256 KiB");
    if response
        .content_length()
        .is_some_and(|length| length > MAX_BYTES as u64)
    {
        return Err(too_large());
    }
    let mut body = Vec::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| Failure::of(&error))?
    {
        if body.len() + chunk.len() > MAX_BYTES {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Response {
        status,
        headers,
        body,
    })
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}
