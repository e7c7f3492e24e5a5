//! Which of our paths a request is for, and with which methods. Pure.

use http::Method;

use crate::browser::settings::{Paths, ResponseMode};

/// What a request asks of the sign-in service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route {
    Start,
    Callback(ResponseMode),
    Done,
    Logout,
    Session,
    /// A path of ours with a method that it does not take. These it takes.
    WrongMethod(&'static str),
}

/// What is asked for; `None` where the path is none of ours. Paths are compared as they stand: none of ours has an escape, and
/// one that is spelt otherwise is another service's.
pub(super) fn route(
    method: &Method,
    path: &str,
    own: &Paths,
    mode: ResponseMode,
    allows_logout_by_get: bool,
) -> Option<Route> {
    let (found, allowed) = if path == &*own.callback {
        let allowed = match mode {
            ResponseMode::Query => "GET",
            ResponseMode::FormPost => "POST",
        };
        (Route::Callback(mode), allowed)
    } else if path == &*own.logout {
        let allowed = if allows_logout_by_get {
            "GET, POST"
        } else {
            "POST"
        };
        (Route::Logout, allowed)
    } else if path == &*own.session {
        (Route::Session, "GET")
    } else {
        match path.strip_prefix(&*own.login)? {
            "" => (Route::Start, "GET"),
            "/done" => (Route::Done, "GET"),
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
    fn each_path_has_its_method() {
        use ResponseMode::{FormPost, Query};
        for (method, path, mode, by_get, expected) in [
            ("GET", "/login", Query, false, Route::Start),
            ("POST", "/login", Query, false, Route::WrongMethod("GET")),
            ("HEAD", "/login", Query, false, Route::WrongMethod("GET")),
            ("GET", "/login/done", Query, false, Route::Done),
            (
                "OPTIONS",
                "/login/done",
                Query,
                false,
                Route::WrongMethod("GET"),
            ),
            ("GET", CALLBACK, Query, false, Route::Callback(Query)),
            ("POST", CALLBACK, Query, false, Route::WrongMethod("GET")),
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
                Route::WrongMethod("GET, POST"),
            ),
            ("GET", "/session", Query, false, Route::Session),
            ("get", "/session", Query, false, Route::WrongMethod("GET")),
        ] {
            assert_eq!(
                at(method, path, mode, by_get),
                Some(expected),
                "{method} {path}"
            );
        }
    }

    #[test]
    fn every_other_path_is_left_to_others() {
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
