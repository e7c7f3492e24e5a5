//! The HTML document of a page, and the policy that goes with it.

use super::{
    action::Action,
    markup::{escape, hash_source},
    page::Page,
};

/// The HTML of one page, as a [`Pages`](super::Pages) writes it.
///
/// The library adds the rest of the document: the head, its own script, and a Content Security
/// Policy. By default, the policy allows only that script and the document's
/// [`style`](Self::style).
#[derive(Clone, Debug)]
#[must_use = "a document does nothing until `Pages::write` returns it"]
pub struct Document {
    title: String,
    body: String,
    language: String,
    style: String,
    head: String,
    allows_own_files: bool,
}

impl Document {
    /// Creates a document with this title, which is escaped, and the HTML within `<body>`.
    ///
    /// # Security
    /// `body` is written as it is: escape what you add. The data of a [`Page`] escapes itself.
    pub fn new(title: &str, body: impl Into<String>) -> Self {
        Self {
            title: escape(title).to_string(),
            body: body.into(),
            language: "en".into(),
            style: String::new(),
            head: String::new(),
            allows_own_files: false,
        }
    }

    /// Sets the language of the page, a tag such as `de`. Default: `en`.
    pub fn language(mut self, tag: &str) -> Self {
        self.language = escape(tag).to_string();
        self
    }

    /// Sets the CSS of the page. Default: none.
    pub fn style(mut self, css: impl Into<String>) -> Self {
        self.style = css.into();
        self
    }

    /// Adds HTML to the end of `<head>`, such as a link to a style sheet. Default: nothing.
    pub fn head(mut self, html: impl Into<String>) -> Self {
        self.head = html.into();
        self
    }

    /// Allows style sheets, images and fonts of the application's own origin, and images in `data:`
    /// URLs. Default: the page loads nothing.
    pub fn allow_own_files(mut self) -> Self {
        self.allows_own_files = true;
        self
    }

    /// Returns the whole HTML of a page.
    pub(crate) fn html(&self, page: &Page) -> String {
        let Self {
            title,
            body,
            language,
            style,
            head,
            ..
        } = self;
        let mut html = format!(
            "<!doctype html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>{title}</title>\n<style>{style}</style>\n{head}</head>\n<body"
        );
        for (name, value) in page.data() {
            html += &format!(" data-{name}=\"{}\"", escape(value));
        }
        html += &format!(">\n{body}");
        // Without its form, the page would end nowhere.
        if !body.contains(Action::FORM) {
            let forms = page.actions().iter().filter(|action| action.is_form());
            html.extend(forms.map(|form| form.html(form.label())));
        }
        if let Some(script) = page.script() {
            html += &format!("\n<script>{}</script>", script.text);
        }
        html + "\n</body>\n</html>\n"
    }

    /// Returns the Content Security Policy of a page.
    pub(crate) fn policy(&self, page: &Page) -> String {
        let style = hash_source(&self.style);
        let script = page.script().map_or("'none'", |script| &script.source);
        let mut policy = format!(
            "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; script-src {script}; \
             style-src {style}"
        );
        if self.allows_own_files {
            policy += " 'self'; font-src 'self'; img-src 'self' data:";
        }
        // Browsers hold the redirects that follow a form against `form-action`. Behind a sign-out,
        // Okta and the application may redirect to any origin.
        if !page.actions().iter().any(Action::is_form) {
            policy += "; form-action 'none'";
        }
        policy
    }
}
