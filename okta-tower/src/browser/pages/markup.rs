//! HTML: escaping, and texts that the Content Security Policy allows. Pure.

use std::{
    borrow::Cow,
    fmt::{self, Write},
};

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::STANDARD};

/// A text that a page shows. Formatting it with `{}` escapes it for HTML elements and quoted
/// attributes.
#[derive(Clone, PartialEq, Eq)]
pub struct Text<'t>(Cow<'t, str>);

impl<'t> Text<'t> {
    pub(super) fn new(text: impl Into<Cow<'t, str>>) -> Self {
        Self(text.into())
    }

    /// Returns the text without escapes, for template engines that escape by themselves.
    ///
    /// # Security
    /// Never write the result into HTML without escaping it.
    #[must_use]
    pub fn unescaped(&self) -> &str {
        &self.0
    }
}

impl<'t> From<&'t str> for Text<'t> {
    fn from(text: &'t str) -> Self {
        Self::new(text)
    }
}

impl From<Box<str>> for Text<'_> {
    fn from(text: Box<str>) -> Self {
        Self::new(String::from(text))
    }
}

/// Escapes the text for HTML.
impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for char in self.0.chars() {
            match char {
                '&' => f.write_str("&amp;"),
                '<' => f.write_str("&lt;"),
                '>' => f.write_str("&gt;"),
                '"' => f.write_str("&quot;"),
                '\'' => f.write_str("&#39;"),
                other => f.write_char(other),
            }?;
        }
        Ok(())
    }
}

/// Hides the text: it may hold an application's reason, or an address.
impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Text(..)")
    }
}

/// Escapes a text for elements and quoted attributes.
pub(super) fn escape(text: &str) -> Text<'_> {
    Text::new(text)
}

/// A script that the Content Security Policy allows by its hash.
pub(crate) struct Hashed {
    pub(crate) text: &'static str,
    /// `'sha256-…'`.
    pub(crate) source: String,
}

impl Hashed {
    pub(crate) fn new(text: &'static str) -> Self {
        Self {
            text,
            source: hash_source(text),
        }
    }
}

/// Returns the source of an inline text in a Content Security Policy: `'sha256-…'`.
pub(super) fn hash_source(text: &str) -> String {
    let hash = STANDARD.encode(digest(&SHA256, text.as_bytes()));
    format!("'sha256-{hash}'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formatted_text_is_escaped() {
        let text = Text::new("<script>alert(1)</script>\"'&ä");
        let escaped = "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;ä";
        assert_eq!(text.to_string(), escaped);
        assert_eq!(text.unescaped(), "<script>alert(1)</script>\"'&ä");
        assert_eq!(format!("{text:?}"), "Text(..)");
    }

    #[test]
    fn hash_covers_the_text_between_the_tags() {
        let hashed = Hashed::new("alert('Hello, world.');");
        // The example of Content Security Policy Level 3.
        assert_eq!(
            hashed.source,
            "'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='"
        );
    }
}
