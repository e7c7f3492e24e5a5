//! Why an attempt to fetch the keys failed.

use std::{error::Error, fmt, sync::Arc, time::Duration};

use super::discovery::DiscoveryError;
use crate::{
    base::fetch::FetchError,
    error::{Endpoint, RefreshErrorKind},
    keys::jwk::{DocumentError, SkippedKey},
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
            | Cause::Discovery(DiscoveryError::UrlNotAllowed { .. }) => {
                RefreshErrorKind::UrlNotAllowed
            }
            Cause::Discovery(DiscoveryError::WrongIssuer(_)) => RefreshErrorKind::WrongIssuer,
            Cause::Discovery(DiscoveryError::Malformed | DiscoveryError::Member(_))
            | Cause::Document(DocumentError::Malformed | DocumentError::NoKeys) => {
                RefreshErrorKind::InvalidDocument
            }
            Cause::Document(DocumentError::NothingUsable(_)) => RefreshErrorKind::NoUsableKey,
        }
    }

    /// Returns the keys of the document, each with the reason why it is not used. Empty unless the
    /// kind is [`NoUsableKey`](RefreshErrorKind::NoUsableKey).
    #[must_use]
    pub fn skipped(&self) -> &[SkippedKey] {
        match &self.cause {
            Cause::Document(DocumentError::NothingUsable(skipped)) => skipped,
            _ => &[],
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
            Cause::Discovery(error) => error.fmt(f),
            Cause::Document(error) => error.fmt(f),
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
    use crate::keys::jwk::SkipReason;

    #[test]
    fn every_failure_names_its_kind_and_its_url() {
        const URL: &str = "https://a.okta.com/x";
        let fetch = |error| RefreshError::fetch(Endpoint::Keys, URL, error);
        let status = FetchError::Status {
            status: StatusCode::BAD_GATEWAY,
            retry_after: Some(Duration::from_secs(7)),
        };
        let foreign = DiscoveryError::UrlNotAllowed {
            member: "jwks_uri",
            origin: "http://evil.example".into(),
        };
        let skipped = SkippedKey {
            index: 7,
            reason: SkipReason::RsaSize,
        };
        let cases = [
            (fetch(status), "status", "502"),
            (fetch(FetchError::Redirect), "redirect", "redirect"),
            (fetch(FetchError::TooLarge), "too_large", "limit"),
            (fetch(FetchError::Encoded), "compressed", "compressed"),
            (fetch(FetchError::UrlNotAllowed), "url_not_allowed", "https"),
            (
                RefreshError::discovery(URL, foreign),
                "url_not_allowed",
                "https",
            ),
            (
                RefreshError::discovery(URL, DiscoveryError::WrongIssuer("x".into())),
                "wrong_issuer",
                "issuer",
            ),
            (
                RefreshError::discovery(URL, DiscoveryError::Malformed),
                "invalid_document",
                "metadata",
            ),
            (
                RefreshError::discovery(URL, DiscoveryError::Member("jwks_uri")),
                "invalid_document",
                "`jwks_uri`",
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
                RefreshError::document(URL, DocumentError::NothingUsable(Vec::new())),
                "no_usable_key",
                "no usable key",
            ),
            (
                RefreshError::document(URL, DocumentError::NothingUsable(vec![skipped])),
                "no_usable_key",
                "no usable key (key 7: rsa_size)",
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
