//! HTML: escaping, and the style and template of all pages. Pure.

use std::{borrow::Cow, sync::LazyLock};

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::STANDARD};

/// A text that the Content Security Policy allows by its hash.
pub(super) struct Hashed {
    pub(super) text: &'static str,
    /// `'sha256-…'`.
    pub(super) source: String,
}

impl Hashed {
    pub(super) fn new(text: &'static str) -> Self {
        let hash = STANDARD.encode(digest(&SHA256, text.as_bytes()));
        Self {
            text,
            source: format!("'sha256-{hash}'"),
        }
    }
}

/// The style of all pages, for light and dark mode and keyboard use.
pub(super) static STYLE: LazyLock<Hashed> = LazyLock::new(|| {
    Hashed::new(
        ":root{color-scheme:light dark}\
         body{margin:0;min-height:100vh;display:grid;place-items:center;\
         font:1.05rem/1.6 system-ui,-apple-system,'Segoe UI',sans-serif;\
         color:#1d2330;background:#f3f4f7}\
         main{box-sizing:border-box;width:min(30rem,100% - 2rem);margin:1rem;padding:2rem;\
         border-radius:.9rem;background:#fff;box-shadow:0 1px 3px #0002,0 8px 24px #0001}\
         h1{margin:0 0 .75rem;font-size:1.4rem;line-height:1.3}\
         p{margin:0 0 1.25rem;overflow-wrap:anywhere}\
         a,button{display:inline-block;padding:.55rem 1.2rem;border:0;border-radius:.5rem;\
         font:inherit;cursor:pointer;text-decoration:none;color:#fff;background:#1a4fd0}\
         a:hover,button:hover{background:#143fa8}\
         a:focus-visible,button:focus-visible{outline:3px solid #7da2ff;outline-offset:2px}\
         @media(prefers-color-scheme:dark){body{color:#e7e9ef;background:#12151c}\
         main{background:#1c212c;box-shadow:0 0 0 1px #fff1}\
         a,button{color:#10131a;background:#9db9ff}a:hover,button:hover{background:#b9ceff}}",
    )
});

/// Escapes text for elements and quoted attributes.
pub(super) fn escape(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>', '"', '\'']) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for char in text.chars() {
        match char {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\'' => escaped += "&#39;",
            other => escaped.push(other),
        }
    }
    Cow::Owned(escaped)
}

/// The next step that a page offers.
pub(super) enum Action<'p> {
    Link {
        to: &'p str,
        text: &'static str,
    },
    /// A form that posts these fields.
    Form {
        to: &'p str,
        fields: &'p [(&'p str, &'p str)],
        button: &'static str,
    },
}

/// One page.
pub(super) struct Page<'p> {
    pub(super) title: &'static str,
    pub(super) text: &'p str,
    pub(super) action: Option<Action<'p>>,
    pub(super) script: Option<&'static Hashed>,
    /// The script's input: names of `data-` attributes and values.
    pub(super) data: &'p [(&'static str, &'p str)],
}

impl Page<'_> {
    pub(super) fn html(&self) -> String {
        let style = STYLE.text;
        let (title, text) = (escape(self.title), escape(self.text));
        let mut html = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>{title}</title>\n<style>{style}</style>\n</head>\n<body"
        );
        for (name, value) in self.data {
            html += &format!(" data-{name}=\"{}\"", escape(value));
        }
        html += &format!(">\n<main>\n<h1>{title}</h1>\n<p>{text}</p>\n");
        match &self.action {
            Some(Action::Link { to, text }) => {
                html += &format!("<a href=\"{}\">{text}</a>\n", escape(to));
            }
            Some(Action::Form { to, fields, button }) => {
                html += &format!("<form method=\"post\" action=\"{}\">\n", escape(to));
                for (name, value) in *fields {
                    let (name, value) = (escape(name), escape(value));
                    html += &format!("<input type=\"hidden\" name=\"{name}\" value=\"{value}\">\n");
                }
                html += &format!("<button type=\"submit\">{button}</button>\n</form>\n");
            }
            None => {}
        }
        html += "</main>\n";
        if let Some(script) = self.script {
            html += &format!("<script>{}</script>\n", script.text);
        }
        html += "</body>\n</html>\n";
        html
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shown_text_is_escaped() {
        let evil = "<script>alert(1)</script>\"'&";
        let page = Page {
            title: "Title",
            text: evil,
            action: Some(Action::Form {
                to: "https://a.example/?a=\"&b='",
                fields: &[("a\"", "\"><script>")],
                button: "Go",
            }),
            script: None,
            data: &[("message", evil)],
        };
        let html = page.html();
        assert!(!html.contains("<script"), "{html}");
        assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;"));
        assert!(html.contains("action=\"https://a.example/?a=&quot;&amp;b=&#39;\""));
        assert!(html.contains("name=\"a&quot;\" value=\"&quot;&gt;&lt;script&gt;\""));
    }

    #[test]
    fn link_is_escaped() {
        let page = Page {
            title: "Title",
            text: "Text",
            action: Some(Action::Link {
                to: "/login?return_to=%2Fa&x=\"",
                text: "Go",
            }),
            script: None,
            data: &[],
        };
        assert!(
            page.html()
                .contains("<a href=\"/login?return_to=%2Fa&amp;x=&quot;\">Go</a>")
        );
    }

    #[test]
    fn hash_covers_the_text_between_the_tags() {
        let hashed = Hashed::new("alert('Hello, world.');");
        // The example of Content Security Policy Level 3.
        assert_eq!(
            hashed.source,
            "'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='"
        );
        // The style must not end its element early.
        assert!(!STYLE.text.contains('<'));
    }
}
