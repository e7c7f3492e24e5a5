//! Why no key can be used, and why none can be fetched.

use std::{error::Error, fmt};

use super::reasons::reasons;

reasons! {
    /// Why no token can be verified at the moment.
    pub enum KeysUnavailable {
        NotLoaded = "keys_not_loaded", "the issuer's signing keys have not been loaded yet";
        TooStale = "keys_too_stale", "the issuer's signing keys are too old to be trusted";
        Unconfirmed = "key_unconfirmed",
            "the token names an unknown key, and the issuer cannot be asked for it at the moment";
    }
}

impl Error for KeysUnavailable {}

reasons! {
    /// How an attempt to fetch the keys can fail.
    pub enum RefreshErrorKind {
        Connection = "connection", "no connection, or one that broke";
        Timeout = "timeout", "no complete response in time";
        Status = "status", "a status other than 200";
        Redirect = "redirect", "a redirect, which is not followed";
        TooLarge = "too_large", "more bytes than the limit";
        Compressed = "compressed", "a compressed body, which was not requested";
        UrlNotAllowed = "url_not_allowed", "a URL that is not https, or not on the issuer's origin";
        InvalidDocument = "invalid_document", "the document is malformed";
        WrongIssuer = "wrong_issuer", "the metadata name another issuer";
        NoUsableKey = "no_usable_key", "the document holds no usable key";
    }
}

/// The document that was being fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Endpoint {
    /// The metadata document.
    Discovery,
    /// The key document.
    Keys,
}

impl Endpoint {
    /// Returns a stable name, as in the metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Discovery => "discovery",
            Self::Keys => "keys",
        }
    }
}
