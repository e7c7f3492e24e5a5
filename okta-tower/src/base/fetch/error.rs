//! Why a document could not be fetched.

use std::{error::Error, fmt, sync::Arc, time::Duration};

use http::StatusCode;

/// One failed request. Cheap to clone, as each report of the keys' state holds a copy.
#[derive(Clone, Debug)]
pub(crate) enum FetchError {
    /// The URL policy forbids the URL.
    UrlNotAllowed,
    /// No connection, or one that broke.
    Transport(Arc<reqwest::Error>),
    /// No complete response in time.
    Timeout(Arc<reqwest::Error>),
    /// A status other than 200.
    Status {
        status: StatusCode,
        /// The issuer's `Retry-After`.
        retry_after: Option<Duration>,
    },
    /// A redirect.
    Redirect,
    /// More bytes than the limit.
    TooLarge,
    /// A `Content-Encoding`.
    Encoded,
}

impl FetchError {
    pub(super) fn transport(error: reqwest::Error) -> Self {
        // The caller knows the URL. A proxy's URL may hold a password.
        let error = error.without_url();
        if error.is_timeout() {
            Self::Timeout(Arc::new(error))
        } else {
            Self::Transport(Arc::new(error))
        }
    }

    /// Returns whether the document is missing, as opposed to wrong: no response, or one that says that
    /// the document is not there or not available at the moment.
    ///
    /// The issuer's fixed paths may work even so.
    pub(crate) fn is_absence(&self) -> bool {
        match self {
            Self::Transport(_) | Self::Timeout(_) => true,
            Self::Status { status, .. } => {
                *status == StatusCode::NOT_FOUND
                    || *status == StatusCode::TOO_MANY_REQUESTS
                    || status.is_server_error()
            }
            Self::UrlNotAllowed | Self::Redirect | Self::TooLarge | Self::Encoded => false,
        }
    }

    /// Returns the issuer's `Retry-After`.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UrlNotAllowed => f.write_str("the URL is not https, or not of the issuer's host"),
            Self::Transport(error) => write!(f, "the connection failed: {}", root_cause(&**error)),
            Self::Timeout(_) => f.write_str("there was no complete answer in time"),
            Self::Status { status, .. } => write!(f, "the answer was {}", status.as_u16()),
            Self::Redirect => f.write_str("the answer was a redirect, which is not followed"),
            Self::TooLarge => f.write_str("the answer is larger than the limit"),
            Self::Encoded => f.write_str("the answer is compressed, which was not asked for"),
        }
    }
}

/// Returns the innermost error: an unknown name, a closed port, an untrusted certificate.
fn root_cause<'e>(error: &'e (dyn Error + 'static)) -> &'e (dyn Error + 'static) {
    let mut root = error;
    while let Some(cause) = root.source() {
        root = cause;
    }
    root
}

impl Error for FetchError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Transport(error) | Self::Timeout(error) => Some(&**error),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(code: u16) -> FetchError {
        FetchError::Status {
            status: StatusCode::from_u16(code).unwrap(),
            retry_after: Some(Duration::from_secs(7)),
        }
    }

    #[test]
    fn missing_documents_differ_from_wrong_ones() {
        for code in [404, 429, 500, 502, 503, 504, 599] {
            assert!(status(code).is_absence(), "{code}");
        }
        for code in [201, 204, 304, 400, 401, 403, 405, 410] {
            assert!(!status(code).is_absence(), "{code}");
        }
        for wrong in [
            FetchError::UrlNotAllowed,
            FetchError::Redirect,
            FetchError::TooLarge,
            FetchError::Encoded,
        ] {
            assert!(!wrong.is_absence(), "{wrong}");
            assert_eq!(wrong.retry_after(), None);
        }
        assert_eq!(status(503).retry_after(), Some(Duration::from_secs(7)));
    }

    #[tokio::test]
    async fn error_does_not_show_a_url_with_a_password() {
        let request = reqwest::Client::new().get("ftp://proxy.example/?hunter2");
        let error = request.send().await.unwrap_err();
        assert!(format!("{error:?}").contains("hunter2"));
        let error = FetchError::transport(error);
        assert!(error.is_absence());
        let mut shown = format!("{error} {error:?}");
        let mut cause = error.source();
        while let Some(error) = cause {
            shown += &format!(" {error} {error:?}");
            cause = error.source();
        }
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}
