//! The page template: plain HTML, one style, no script. Feature `page`.

mod escape;
mod style;

use axum::{
    http::header,
    response::{Html, IntoResponse, Response},
};

pub use self::escape::Text;
use self::style::{STYLE, STYLE_HASH};

/// The constants of an application's pages.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs, reason = "a constant of each example")]
pub struct Site {
    /// The name of the application, such as `quickstart`.
    pub name: &'static str,
    /// The HTML text of the footer.
    pub about: &'static str,
    /// The links in the header: path and label.
    pub links: &'static [(&'static str, &'static str)],
}

/// A page, and the user who is looking at it.
#[derive(Clone, Debug)]
pub struct Page<'p> {
    site: Site,
    title: &'p str,
    user: Option<&'p str>,
    sign_in: Option<&'p str>,
    sign_out: &'p str,
    main: String,
}

impl<'p> Page<'p> {
    /// Creates a page with HTML as its content. Pass text from elsewhere through [`Text`].
    #[must_use]
    pub fn new(site: Site, title: &'p str, main: String) -> Self {
        Self {
            site,
            title,
            user: None,
            sign_in: None,
            sign_out: "/logout",
            main,
        }
    }

    /// Sets the name of the signed-in user. The page then has a button to sign out.
    #[must_use]
    pub fn user(mut self, name: Option<&'p str>) -> Self {
        self.user = name;
        self
    }

    /// Sets the sign-in path for anonymous visitors. Default: no link.
    #[must_use]
    pub fn sign_in(mut self, path: Option<&'p str>) -> Self {
        self.sign_in = path;
        self
    }

    /// Sets the path that the sign-out button posts to. Default: `/logout`.
    #[must_use]
    pub fn sign_out(mut self, path: &'p str) -> Self {
        self.sign_out = path;
        self
    }

    fn html(&self) -> String {
        let Site { name, about, links } = self.site;
        let who = match (self.user, self.sign_in) {
            // A form, not a link: a link or an image on another page must not sign users out.
            (Some(name), _) => format!(
                "<span class=\"who\">{}</span>\n\
                 <form method=\"post\" action=\"{}\">\
                 <button class=\"quiet\">Sign out</button></form>",
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
<a class="skip" href="#main">Skip to content</a>
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
            // No scripts, no foreign content, forms only to this application, only the page's own
            // style.
            (
                header::CONTENT_SECURITY_POLICY,
                format!(
                    "default-src 'none'; style-src '{STYLE_HASH}'; form-action 'self'; \
                     base-uri 'none'; frame-ancestors 'none'"
                ),
            ),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
            // Not `no-referrer`: browsers would send forms with `Origin: null`, which the
            // same-origin check rejects.
            (header::REFERRER_POLICY, "same-origin".to_owned()),
            // The Back button must not show pages of an ended session.
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
    fn page_offers_sign_out_or_sign_in_by_state() {
        let page = Page::new(SITE, "Home", String::new()).sign_in(Some("/login"));
        let html = page.html();
        assert!(html.contains("href=\"/login\"") && !html.contains("Sign out"));
        let html = page.user(Some("<Ada>")).html();
        assert!(html.contains("action=\"/logout\"") && !html.contains("Sign in"));
        assert!(html.contains("&lt;Ada&gt;") && !html.contains("<Ada>"));
    }
}
