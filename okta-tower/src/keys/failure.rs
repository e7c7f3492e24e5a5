//! Why an attempt to fetch the keys failed.

use std::{error::Error, fmt, sync::Arc, time::Duration};

use super::discovery::DiscoveryError;
use crate::{
    base::fetch::FetchError,
    error::{Endpoint, RefreshErrorKind},
    keys::jwk::DocumentError,
};

/// Why an attempt to fetch the keys failed.
#[derive(Clone, Debug)]
pub struct RefreshError {
    endpoint: Endpoint,
    url: Arc<str>,
    cause: Cause,
}

#[derive(Clone, Debug)]
enum Cause {
    Fetch(FetchError),
    Discovery(DiscoveryError),
    Document(DocumentError),
}

impl RefreshError {
    pub(super) fn fetch(endpoint: Endpoint, url: &str, error: FetchError) -> Self {
        Self::new(endpoint, url, Cause::Fetch(error))
    }

    pub(super) fn discovery(url: &str, error: DiscoveryError) -> Self {
        Self::new(Endpoint::Discovery, url, Cause::Discovery(error))
    }

    pub(super) fn document(url: &str, error: DocumentError) -> Self {
        Self::new(Endpoint::Keys, url, Cause::Document(error))
    }

    fn new(endpoint: Endpoint, url: &str, cause: Cause) -> Self {
        Self {
            endpoint,
            url: url.into(),
            cause,
        }
    }

    /// Returns the document that was being fetched.
    #[must_use]
    pub fn endpoint(&self) -> Endpoint {
        self.endpoint
    }

    /// Returns how it failed.
    #[must_use]
    pub fn kind(&self) -> RefreshErrorKind {
        match &self.cause {
            Cause::Fetch(FetchError::Transport(_)) => RefreshErrorKind::Connection,
            Cause::Fetch(FetchError::Timeout(_)) => RefreshErrorKind::Timeout,
            Cause::Fetch(FetchError::Status { .. }) => RefreshErrorKind::Status,
            Cause::Fetch(FetchError::Redirect) => RefreshErrorKind::Redirect,
            Cause::Fetch(FetchError::TooLarge) => RefreshErrorKind::TooLarge,
            Cause::Fetch(FetchError::Encoded) => RefreshErrorKind::Compressed,
            Cause::Fetch(FetchError::UrlNotAllowed)
            | Cause::Discovery(DiscoveryError::UrlNotAllowed) => RefreshErrorKind::UrlNotAllowed,
            Cause::Discovery(DiscoveryError::WrongIssuer) => RefreshErrorKind::WrongIssuer,
            Cause::Discovery(DiscoveryError::Invalid)
            | Cause::Document(DocumentError::Malformed | DocumentError::NoKeys) => {
                RefreshErrorKind::InvalidDocument
            }
            Cause::Document(DocumentError::NothingUsable) => RefreshErrorKind::NoUsableKey,
        }
    }

    /// Returns whether the document is missing, as opposed to wrong.
    pub(super) fn is_absence(&self) -> bool {
        matches!(&self.cause, Cause::Fetch(error) if error.is_absence())
    }

    /// Returns the issuer's `Retry-After`.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        match &self.cause {
            Cause::Fetch(error) => error.retry_after(),
            Cause::Discovery(_) | Cause::Document(_) => None,
        }
    }
}

impl fmt::Display for RefreshError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} could not be used: ", self.url)?;
        match &self.cause {
            Cause::Fetch(error) => error.fmt(f),
            Cause::Discovery(error) => f.write_str(match error {
                DiscoveryError::Invalid => "it is not valid authorization server metadata",
                DiscoveryError::WrongIssuer => "its `issuer` is not exactly the configured one",
                DiscoveryError::UrlNotAllowed => {
                    "it names an endpoint that is not https or not on the issuer's host"
                }
            }),
            Cause::Document(error) => f.write_str(match error {
                DocumentError::Malformed => "it is not a JSON object with each member once",
                DocumentError::NoKeys => "it has no array `keys`",
                DocumentError::NothingUsable => "it holds no usable key",
            }),
        }
    }
}

impl Error for RefreshError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.cause {
            Cause::Fetch(error) => error.source(),
            Cause::Discovery(_) | Cause::Document(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;

    #[test]
    fn every_failure_names_its_kind_and_its_url() {
        const URL: &str = "https://a.okta.com/x";
        let fetch = |error| RefreshError::fetch(Endpoint::Keys, URL, error);
        let status = FetchError::Status {
            status: StatusCode::BAD_GATEWAY,
            retry_after: Some(Duration::from_secs(7)),
        };
        let cases = [
            (fetch(status), "status", "502"),
            (fetch(FetchError::Redirect), "redirect", "redirect"),
            (fetch(FetchError::TooLarge), "too_large", "limit"),
            (fetch(FetchError::Encoded), "compressed", "compressed"),
            (fetch(FetchError::UrlNotAllowed), "url_not_allowed", "https"),
            (
                RefreshError::discovery(URL, DiscoveryError::UrlNotAllowed),
                "url_not_allowed",
                "https",
            ),
            (
                RefreshError::discovery(URL, DiscoveryError::WrongIssuer),
                "wrong_issuer",
                "issuer",
            ),
            (
                RefreshError::discovery(URL, DiscoveryError::Invalid),
                "invalid_document",
                "metadata",
            ),
            (
                RefreshError::document(URL, DocumentError::Malformed),
                "invalid_document",
                "JSON",
            ),
            (
                RefreshError::document(URL, DocumentError::NoKeys),
                "invalid_document",
                "`keys`",
            ),
            (
                RefreshError::document(URL, DocumentError::NothingUsable),
                "no_usable_key",
                "no usable key",
            ),
        ];
        for (error, kind, word) in cases {
            assert_eq!(error.kind().as_str(), kind);
            let text = error.to_string();
            assert!(text.starts_with(URL) && text.contains(word), "{text}");
            // Only a missing document leads to the fixed path.
            assert_eq!(error.is_absence(), kind == "status", "{text}");
            assert_eq!(error.retry_after().is_some(), kind == "status", "{text}");
        }
    }
}
