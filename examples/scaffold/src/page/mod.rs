//! Pages: plain HTML, one template, one style, no script. Feature `page`.

mod escape;
mod style;

use axum::{
    http::header,
    response::{Html, IntoResponse, Response},
};

pub use self::escape::Text;
use self::style::{STYLE, STYLE_HASH};

/// What all pages of an application share.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs, reason = "a constant of each example")]
pub struct Site {
    /// What the application is called: `quickstart`.
    pub name: &'static str,
    /// What it shows, for the foot of each page. HTML.
    pub about: &'static str,
    /// Where the head of each page leads, and what that is called.
    pub links: &'static [(&'static str, &'static str)],
}

/// A page, and who is looking at it.
#[derive(Clone, Debug)]
pub struct Page<'p> {
    site: Site,
    title: &'p str,
    person: Option<&'p str>,
    sign_in: Option<&'p str>,
    sign_out: &'p str,
    main: String,
}

impl<'p> Page<'p> {
    /// A page of a site, with HTML as its content: what comes from elsewhere goes through [`Text`].
    #[must_use]
    pub fn new(site: Site, title: &'p str, main: String) -> Self {
        Self {
            site,
            title,
            person: None,
            sign_in: None,
            sign_out: "/logout",
            main,
        }
    }

    /// What the person is called, where somebody is signed in: they get a button to sign out.
    #[must_use]
    pub fn person(mut self, name: Option<&'p str>) -> Self {
        self.person = name;
        self
    }

    /// The path that signs in whoever is not. Without one there is no link.
    #[must_use]
    pub fn sign_in(mut self, path: Option<&'p str>) -> Self {
        self.sign_in = path;
        self
    }

    /// Where the button to sign out posts to. Default: `/logout`.
    #[must_use]
    pub fn sign_out(mut self, path: &'p str) -> Self {
        self.sign_out = path;
        self
    }

    fn html(&self) -> String {
        let Site { name, about, links } = self.site;
        let who = match (self.person, self.sign_in) {
            // A form and not a link: a sign-out changes something, so no image or prefetch may cause it.
            (Some(name), _) => format!(
                "<span class=\"who\">{}</span>\n\
                 <form method=\"post\" action=\"{}\"><button class=\"quiet\">Sign out</button></form>",
                Text(name),
                Text(self.sign_out)
            ),
            (None, Some(path)) => {
                format!(
                    "<a class=\"button quiet\" href=\"{}\">Sign in</a>",
                    Text(path)
                )
            }
            (None, None) => String::new(),
        };
        let links = links
            .iter()
            .map(|(path, label)| format!(" <a href=\"{path}\">{label}</a>"));
        format!(
            r##"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title} · okta-tower {name}</title>
<style>{STYLE}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header>
<div class="bar">
<nav aria-label="Pages"><a class="brand" href="/">okta-tower</a>{links}</nav>
<div class="account">{who}</div>
</div>
</header>
<main id="main">
{main}
</main>
<footer><p>{about}</p></footer>
</body>
</html>
"##,
            title = Text(self.title),
            links = links.collect::<String>(),
            main = self.main,
        )
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    const SITE: Site = Site {
        name: "example",
        about: "An example.",
        links: &[("/dashboard", "Dashboard")],
    };

    #[test]
    fn who_is_signed_in_can_sign_out_and_who_is_not_can_sign_in() {
        let page = Page::new(SITE, "Home", String::new()).sign_in(Some("/login"));
        let html = page.html();
        assert!(html.contains("href=\"/login\"") && !html.contains("Sign out"));
        let html = page.person(Some("<Ada>")).html();
        assert!(html.contains("action=\"/logout\"") && !html.contains("Sign in"));
        assert!(html.contains("&lt;Ada&gt;") && !html.contains("<Ada>"));
    }
}
