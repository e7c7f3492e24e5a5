//! The pages: plain HTML, one template, one style, no script.

mod dashboard;
mod escape;
mod home;
mod style;

use axum::{
    http::header,
    response::{Html, IntoResponse, Response},
};

pub(crate) use self::{
    dashboard::{Dashboard, Role},
    home::Home,
};
use self::{
    escape::Text,
    style::{STYLE, STYLE_HASH},
};

/// What the pages say of this program. It is configuration: nothing of a request is in it.
#[derive(Debug)]
pub(crate) struct About {
    /// Where a browser finds this application: `http://localhost:3000`.
    pub(crate) url: String,
    pub(crate) issuer: String,
    /// Whether the issuer is the development stand-in.
    pub(crate) is_stand_in: bool,
    /// Whether people can sign in, or only tokens are taken.
    pub(crate) has_sign_in: bool,
}

/// A page, and who is looking at it.
pub(crate) struct Page<'p> {
    title: &'p str,
    /// What the person is called, where somebody is signed in.
    person: Option<&'p str>,
    /// Whether to offer signing in to whoever is not.
    has_sign_in: bool,
    /// HTML.
    main: String,
}

impl IntoResponse for Page<'_> {
    fn into_response(self) -> Response {
        let headers = [
            // No script, nothing from elsewhere, forms to this application only, and no style but the one on the page.
            (
                header::CONTENT_SECURITY_POLICY,
                format!(
                    "default-src 'none'; style-src '{STYLE_HASH}'; form-action 'self'; base-uri 'none'; \
                     frame-ancestors 'none'"
                ),
            ),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
            // Not `no-referrer`: with that, forms are sent with `Origin: null`, which no same-origin check lets pass.
            (header::REFERRER_POLICY, "same-origin".to_owned()),
            // So that the Back button shows nothing of a session that is over.
            (header::CACHE_CONTROL, "no-store".to_owned()),
        ];
        (headers, Html(self.html())).into_response()
    }
}

impl Page<'_> {
    fn html(&self) -> String {
        let Self { title, main, .. } = self;
        let who = match self.person {
            // A form and not a link: a sign-out changes something, so no image or prefetch may cause it.
            Some(name) => format!(
                "<span class=\"who\">{}</span>\n\
                 <form method=\"post\" action=\"/logout\"><button class=\"quiet\">Sign out</button></form>",
                Text(name)
            ),
            None if self.has_sign_in => {
                "<a class=\"button quiet\" href=\"/login?return_to=/dashboard\">Sign in</a>"
                    .to_owned()
            }
            None => String::new(),
        };
        format!(
            r##"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title} · okta-tower quickstart</title>
<style>{STYLE}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header>
<div class="bar">
<nav aria-label="Pages"><a class="brand" href="/">okta-tower</a> <a href="/dashboard">Dashboard</a></nav>
<div class="account">{who}</div>
</div>
</header>
<main id="main">
{main}
</main>
<footer><p>The quickstart of okta-tower: authentication with Okta for Tower services, here in Axum.</p></footer>
</body>
</html>
"##
        )
    }
}
