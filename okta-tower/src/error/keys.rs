//! What can be wrong with the keys: why none can be used, and why none can be fetched.

use std::{error::Error, fmt};

use super::reasons::reasons;

reasons! {
    /// Why no token can be judged at the moment.
    pub enum KeysUnavailable {
        NotLoaded = "keys_not_loaded", "the issuer's signing keys have not been loaded yet";
        TooStale = "keys_too_stale", "the issuer's signing keys are too old to be trusted";
        Unconfirmed = "key_unconfirmed", "the token names a key that is not known, and the issuer cannot be asked for it at the moment";
    }
}

impl Error for KeysUnavailable {}

reasons! {
    /// The ways in which an attempt to fetch the keys can fail.
    pub enum RefreshErrorKind {
        Connection = "connection", "no connection, or one that broke";
        Timeout = "timeout", "no complete answer in time";
        Status = "status", "a status other than 200";
        Redirect = "redirect", "a redirect: none is followed";
        TooLarge = "too_large", "more bytes than the limit";
        Compressed = "compressed", "a compressed body, which was not asked for";
        UrlNotAllowed = "url_not_allowed", "a URL that is not https, or not of the issuer's origin";
        InvalidDocument = "invalid_document", "the document is not what it should be";
        WrongIssuer = "wrong_issuer", "the metadata are another issuer's";
        NoUsableKey = "no_usable_key", "the document holds no key that can be used";
    }
}

/// What was being fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Endpoint {
    /// The metadata document.
    Discovery,
    /// The key document.
    Keys,
}

impl Endpoint {
    /// A stable name, as the metrics have it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Discovery => "discovery",
            Self::Keys => "keys",
        }
    }
}
