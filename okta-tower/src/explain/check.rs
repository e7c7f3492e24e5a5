//! What a finding is about.

use std::fmt;

use serde::{Serialize, Serializer};

macro_rules! checks {
    ($($(#[$doc:meta])* $variant:ident = $code:literal;)+) => {
        /// What a [`Finding`](super::Finding) is about.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Check {
            $($(#[$doc])* $variant,)+
        }

        impl Check {
            /// Every check, those of a token in their order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Returns a stable code in snake case.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)+
                }
            }
        }
    };
}

checks! {
    /// The settings of the application.
    Settings = "settings";
    /// The issuer's metadata document.
    Metadata = "metadata";
    /// The issuer's signing keys.
    Keys = "keys";
    /// The difference between the issuer's clock and the application's.
    Clock = "clock";
    /// The rule of a [`RouteRules`](crate::RouteRules) that a request has.
    Rule = "rule";
    /// The form of the token: its length, its parts and their encoding.
    Form = "form";
    /// The token's header and its algorithm.
    Header = "header";
    /// The kind of token: an access token, or another one.
    Kind = "kind";
    /// The key that the token names, and its signature.
    Signature = "signature";
    /// The claims: whether they can be read and are complete.
    Claims = "claims";
    /// The key to which the token is bound (`cnf`).
    Binding = "binding";
    /// The token's `iss`.
    Issuer = "issuer";
    /// The token's `aud`.
    Audience = "audience";
    /// The token's `exp`, `nbf` and `iat`.
    Lifetime = "lifetime";
    /// The client that requested the token.
    Client = "client";
    /// The claim with the caller's groups.
    Groups = "groups";
    /// What the request's rule requires of the caller.
    Requirement = "requirement";
    /// The application's client credentials.
    ClientCredentials = "client_credentials";
    /// The application's protected resource metadata (RFC 9728).
    ResourceMetadata = "resource_metadata";
    /// Okta's management API.
    ManagementApi = "management_api";
    /// The store of the sessions.
    SessionStore = "session_store";
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for Check {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
