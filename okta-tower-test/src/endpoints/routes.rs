//! Routes: which path belongs to which endpoint.

use http::Method;

use crate::{
    fault::Endpoint,
    state::{documents::Document, metadata::Metadata},
};

/// An endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    Document(Document),
    SignIn(SignInRoute),
    Org(OrgRoute),
}

/// An endpoint of the authorization server for clients or users.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SignInRoute {
    Authorize,
    /// The form target of sign-in and consent page.
    Page,
    Par,
    Token,
    UserInfo,
    Revoke,
    Introspect,
    Logout,
}

/// An endpoint of the org: its token endpoint, or Okta's management API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OrgRoute {
    Token,
    Users,
    User,
    Activate,
    Deactivate,
    Reactivate,
    ResetPassword,
    ForgotPassword,
    Sessions,
    Groups,
}

impl Route {
    /// Returns the route of a path, or `None` for a 404.
    pub(crate) fn find(issuer_path: &str, path: &str) -> Option<Self> {
        // RFC 8414 section 3.1 inserts the well-known part before the issuer's path.
        if path.strip_prefix("/.well-known/oauth-authorization-server") == Some(issuer_path) {
            return Some(Route::Document(Document::Metadata(Metadata::OAuth)));
        }
        if let Some(route) = OrgRoute::find(path) {
            return Some(Route::Org(route));
        }
        let route = match path.strip_prefix(issuer_path)? {
            "/.well-known/openid-configuration" => {
                Route::Document(Document::Metadata(Metadata::OpenId))
            }
            "/.well-known/oauth-authorization-server" => {
                Route::Document(Document::Metadata(Metadata::OAuth))
            }
            "/v1/keys" => Route::Document(Document::Keys),
            "/v1/authorize" => Route::SignIn(SignInRoute::Authorize),
            "/sign-in" => Route::SignIn(SignInRoute::Page),
            "/v1/par" => Route::SignIn(SignInRoute::Par),
            "/v1/token" => Route::SignIn(SignInRoute::Token),
            "/v1/userinfo" => Route::SignIn(SignInRoute::UserInfo),
            "/v1/revoke" => Route::SignIn(SignInRoute::Revoke),
            "/v1/introspect" => Route::SignIn(SignInRoute::Introspect),
            "/v1/logout" => Route::SignIn(SignInRoute::Logout),
            _ => return None,
        };
        Some(route)
    }

    /// Returns the supported methods. Other methods get 405.
    pub(crate) fn methods(self) -> &'static [Method] {
        match self {
            Self::Document(_) | Self::SignIn(SignInRoute::UserInfo) => &[Method::GET, Method::HEAD],
            Self::SignIn(SignInRoute::Authorize | SignInRoute::Logout) => {
                &[Method::GET, Method::POST]
            }
            Self::Org(OrgRoute::User | OrgRoute::Groups) => &[Method::GET],
            Self::Org(OrgRoute::Users) => &[Method::GET, Method::POST],
            Self::Org(OrgRoute::Sessions) => &[Method::DELETE],
            Self::SignIn(_) | Self::Org(_) => &[Method::POST],
        }
    }

    /// Returns whether the body is JSON instead of a form.
    pub(crate) fn takes_json(self) -> bool {
        matches!(self, Self::Org(route) if route != OrgRoute::Token)
    }
}

impl OrgRoute {
    fn find(path: &str) -> Option<Self> {
        if path == "/oauth2/v1/token" {
            return Some(Self::Token);
        }
        let below = path.strip_prefix("/api/v1/users")?;
        let parts: Vec<&str> = below.split('/').collect();
        Some(match parts.as_slice() {
            [""] => Self::Users,
            [_, ""] => return None,
            ["", _] => Self::User,
            ["", _, "groups"] => Self::Groups,
            ["", _, "sessions"] => Self::Sessions,
            ["", _, "lifecycle", "activate"] => Self::Activate,
            ["", _, "lifecycle", "deactivate"] => Self::Deactivate,
            ["", _, "lifecycle", "reactivate"] => Self::Reactivate,
            ["", _, "lifecycle", "reset_password"] => Self::ResetPassword,
            ["", _, "credentials", "forgot_password"] => Self::ForgotPassword,
            _ => return None,
        })
    }

    pub(crate) fn endpoint(self) -> Endpoint {
        match self {
            Self::Token => Endpoint::OrgToken,
            Self::Users => Endpoint::Users,
            Self::User => Endpoint::User,
            Self::Activate
            | Self::Reactivate
            | Self::Deactivate
            | Self::ResetPassword
            | Self::ForgotPassword => Endpoint::Lifecycle,
            Self::Sessions => Endpoint::UserSessions,
            Self::Groups => Endpoint::UserGroups,
        }
    }
}

impl SignInRoute {
    /// Returns the counted endpoint, or `None` for the pages: no client requests them.
    pub(crate) fn endpoint(self) -> Option<Endpoint> {
        match self {
            Self::Page => None,
            Self::Authorize => Some(Endpoint::Authorize),
            Self::Par => Some(Endpoint::Par),
            Self::Token => Some(Endpoint::Token),
            Self::UserInfo => Some(Endpoint::UserInfo),
            Self::Revoke => Some(Endpoint::Revoke),
            Self::Introspect => Some(Endpoint::Introspect),
            Self::Logout => Some(Endpoint::Logout),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_paths_have_routes_and_others_have_none() {
        let openid = Some(Route::Document(Document::Metadata(Metadata::OpenId)));
        let oauth = Some(Route::Document(Document::Metadata(Metadata::OAuth)));
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
            (
                "/oauth2/default/v1/keys",
                Some(Route::Document(Document::Keys)),
            ),
            (
                "/oauth2/default/v1/token",
                Some(Route::SignIn(SignInRoute::Token)),
            ),
            ("/oauth2/v1/token", Some(Route::Org(OrgRoute::Token))),
            ("/api/v1/users", Some(Route::Org(OrgRoute::Users))),
            ("/api/v1/users/00u1", Some(Route::Org(OrgRoute::User))),
            (
                "/api/v1/users/00u1/groups",
                Some(Route::Org(OrgRoute::Groups)),
            ),
            (
                "/api/v1/users/00u1/lifecycle/activate",
                Some(Route::Org(OrgRoute::Activate)),
            ),
            ("/api/v1/users/", None),
            ("/api/v1/usersx", None),
            ("/api/v1/users/00u1/groups/x", None),
            ("/api/v1/users/00u1/lifecycle/activate/x", None),
            ("/api/v1/users/00u1/lifecycle/unlock", None),
            ("/api/v1/apps", None),
            ("/oauth2/default/v1/keys/", None),
            ("/oauth2/default/v1/device/authorize", None),
            ("/oauth2/other/v1/keys", None),
            ("/oauth2/other/v1/token", None),
            ("/oauth2/defaultv1/keys", None),
            ("/.well-known/openid-configuration", None),
            ("/", None),
        ] {
            assert_eq!(Route::find("/oauth2/default", path), expected, "{path}");
        }
    }
}
