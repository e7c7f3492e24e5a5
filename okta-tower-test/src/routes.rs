//! Which path leads where.

use crate::{documents::Metadata, fault::Endpoint};

/// The paths of one custom authorization server.
#[derive(Debug)]
pub(crate) struct Routes {
    /// `/oauth2/{id}`.
    issuer_path: String,
}

/// What is served at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    Metadata(Metadata),
    Keys,
}

impl Routes {
    pub(crate) fn new(server_id: &str) -> Self {
        Self {
            issuer_path: format!("/oauth2/{server_id}"),
        }
    }

    pub(crate) fn issuer_path(&self) -> &str {
        &self.issuer_path
    }

    /// `None` is a 404, as at Okta for an authorization server that does not exist.
    pub(crate) fn find(&self, path: &str) -> Option<Route> {
        // RFC 8414 section 3.1 puts the well-known part in front of the issuer's own path.
        if path.strip_prefix("/.well-known/oauth-authorization-server") == Some(self.issuer_path())
        {
            return Some(Route::Metadata(Metadata::OAuth));
        }
        match path.strip_prefix(self.issuer_path())? {
            "/.well-known/openid-configuration" => Some(Route::Metadata(Metadata::OpenId)),
            "/.well-known/oauth-authorization-server" => Some(Route::Metadata(Metadata::OAuth)),
            "/v1/keys" => Some(Route::Keys),
            // The endpoints of signing in (`/v1/authorize`, `/v1/token`, …) are named in the metadata, as at Okta,
            // and not served: each would be one more route here.
            _ => None,
        }
    }
}

impl Route {
    pub(crate) fn endpoint(self) -> Endpoint {
        match self {
            Self::Metadata(_) => Endpoint::Discovery,
            Self::Keys => Endpoint::Keys,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_document_has_its_path_and_nothing_else_has_one() {
        let routes = Routes::new("default");
        let openid = Some(Route::Metadata(Metadata::OpenId));
        let oauth = Some(Route::Metadata(Metadata::OAuth));
        for (path, expected) in [
            ("/oauth2/default/.well-known/openid-configuration", openid),
            (
                "/oauth2/default/.well-known/oauth-authorization-server",
                oauth,
            ),
            (
                "/.well-known/oauth-authorization-server/oauth2/default",
                oauth,
            ),
            ("/oauth2/default/v1/keys", Some(Route::Keys)),
            ("/oauth2/default/v1/keys/", None),
            ("/oauth2/default/v1/authorize", None),
            ("/oauth2/other/v1/keys", None),
            ("/oauth2/defaultv1/keys", None),
            ("/.well-known/openid-configuration", None),
            ("/", None),
        ] {
            assert_eq!(routes.find(path), expected, "{path}");
        }
    }
}
