//! The paths of the sign-in service and their methods. Pure.

use http::{Method, Uri};

use crate::browser::settings::{Paths, ResponseMode};

/// The target of a request to the sign-in service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route {
    Login,
    Callback(ResponseMode),
    Confirm,
    Logout,
    /// The return from the issuer's logout.
    LogoutReturn,
    Session,
    /// One of the paths with a method it does not accept. The field lists the accepted ones.
    WrongMethod(&'static str),
}

/// HEAD is answered as GET, without an effect.
const GET: &str = "GET, HEAD";

/// Returns the route, or `None` for a path of the application. Paths are compared as written: none
/// of sign-in's has an escape, and another spelling belongs to another service.
pub(super) fn route(
    method: &Method,
    path: &str,
    own: &Paths,
    mode: ResponseMode,
    allows_logout_by_get: bool,
) -> Option<Route> {
    let (found, allowed) = if path == &*own.callback {
        let allowed = match mode {
            ResponseMode::Query => GET,
            ResponseMode::FormPost => "POST",
        };
        (Route::Callback(mode), allowed)
    } else if path == &*own.logout {
        let allowed = if allows_logout_by_get {
            "GET, HEAD, POST"
        } else {
            "POST"
        };
        (Route::Logout, allowed)
    } else if path == &*own.session {
        (Route::Session, GET)
    } else {
        match path.strip_prefix(&*own.login)? {
            "" => (Route::Login, "GET, HEAD, POST"),
            "/done" => (Route::Confirm, GET),
            _ => return None,
        }
    };
    let is_allowed = allowed.split(", ").any(|name| name == method.as_str());
    Some(if is_allowed {
        found
    } else {
        Route::WrongMethod(allowed)
    })
}

/// Returns whether this is probably the callback without the beginning of its path, which a router
/// or a proxy has removed.
pub(super) fn lacks_prefix(uri: &Uri, callback: &str) -> bool {
    let removed = callback.strip_suffix(uri.path());
    let mut parameters = uri.query().unwrap_or_default().split('&');
    removed.is_some_and(|removed| !removed.is_empty())
        && uri.path().len() > 1
        && parameters.any(|parameter| parameter.starts_with("state="))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(method: &str, path: &str, mode: ResponseMode, by_get: bool) -> Option<Route> {
        let own = Paths {
            login: "/login".into(),
            callback: "/authorization-code/callback".into(),
            logout: "/logout".into(),
            session: "/session".into(),
        };
        route(&method.parse().unwrap(), path, &own, mode, by_get)
    }

    const CALLBACK: &str = "/authorization-code/callback";

    #[test]
    fn path_accepts_its_methods() {
        use ResponseMode::{FormPost, Query};
        for (method, path, mode, by_get, expected) in [
            ("GET", "/login", Query, false, Route::Login),
            ("POST", "/login", Query, false, Route::Login),
            (
                "DELETE",
                "/login",
                Query,
                false,
                Route::WrongMethod("GET, HEAD, POST"),
            ),
            ("HEAD", "/login", Query, false, Route::Login),
            ("HEAD", "/login/done", Query, false, Route::Confirm),
            ("HEAD", CALLBACK, Query, false, Route::Callback(Query)),
            (
                "HEAD",
                CALLBACK,
                FormPost,
                false,
                Route::WrongMethod("POST"),
            ),
            ("HEAD", "/session", Query, false, Route::Session),
            ("HEAD", "/logout", Query, true, Route::Logout),
            ("HEAD", "/logout", Query, false, Route::WrongMethod("POST")),
            ("GET", "/login/done", Query, false, Route::Confirm),
            (
                "OPTIONS",
                "/login/done",
                Query,
                false,
                Route::WrongMethod("GET, HEAD"),
            ),
            ("GET", CALLBACK, Query, false, Route::Callback(Query)),
            (
                "POST",
                CALLBACK,
                Query,
                false,
                Route::WrongMethod("GET, HEAD"),
            ),
            ("POST", CALLBACK, FormPost, false, Route::Callback(FormPost)),
            ("GET", CALLBACK, FormPost, false, Route::WrongMethod("POST")),
            ("POST", "/logout", Query, false, Route::Logout),
            ("GET", "/logout", Query, false, Route::WrongMethod("POST")),
            ("GET", "/logout", Query, true, Route::Logout),
            ("POST", "/logout", Query, true, Route::Logout),
            (
                "DELETE",
                "/logout",
                Query,
                true,
                Route::WrongMethod("GET, HEAD, POST"),
            ),
            ("GET", "/session", Query, false, Route::Session),
            (
                "get",
                "/session",
                Query,
                false,
                Route::WrongMethod("GET, HEAD"),
            ),
        ] {
            assert_eq!(
                at(method, path, mode, by_get),
                Some(expected),
                "{method} {path}"
            );
        }
    }

    #[test]
    fn callback_without_its_beginning_is_noticed() {
        let lacks = |target: &str| lacks_prefix(&target.parse().unwrap(), "/app/auth/callback");
        assert!(lacks("/auth/callback?code=a&state=b"));
        for other in [
            "/app/auth/callback?code=a&state=b",
            "/auth/callback?code=a",
            "/callbac?state=b",
            "/back?state=b",
            "/x/auth/callback?state=b",
            "/?state=b",
        ] {
            assert!(!lacks(other), "{other}");
        }
    }

    #[test]
    fn other_path_is_not_sign_ins() {
        for path in [
            "/",
            "",
            "/login/",
            "/Login",
            "/loginx",
            "/login/done/",
            "/%6cogin",
            "//login",
            "/session/1",
            "/logout/x",
            "/authorization-code",
            "/authorization-code/callback/",
        ] {
            assert_eq!(at("GET", path, ResponseMode::Query, true), None, "{path}");
        }
    }
}
