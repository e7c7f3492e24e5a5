//! What we ask of Okta as an OAuth client. Feature `sign-in`.

use std::time::Duration;

use crate::secret::Secret;

/// The answer of the token endpoint (RFC 6749 section 5.1, OIDC Core 3.1.3.3).
#[derive(Clone, Debug)]
pub(crate) struct TokenResponse {
    pub(crate) access_token: Secret,
    /// How long the access token lives.
    pub(crate) expires_in: Option<Duration>,
    /// The scopes granted; `None` where they are those asked for.
    pub(crate) scope: Option<String>,
    pub(crate) refresh_token: Option<Secret>,
    pub(crate) id_token: Option<Secret>,
}

/// Why the token endpoint gave no tokens.
#[derive(Clone, Debug)]
pub(crate) enum TokenFailure {
    /// 400 `invalid_grant`: the code or refresh token is no good, and will not be again. Nothing else ends a session.
    InvalidGrant,
    /// 401 `invalid_client`, or what means the same: our own credentials are wrong.
    InvalidClient,
    /// Another refusal by name (RFC 6749 section 5.2): a name from a closed list, never the server's text.
    Refused(&'static str),
    /// Not reached, too slow, limited, or broken: ask again later.
    Transient {
        /// How long the issuer asks to be left alone.
        retry_after: Option<Duration>,
    },
}
