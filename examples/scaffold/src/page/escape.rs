//! Escaping of text for HTML.

use std::fmt;

/// Displays text escaped for HTML: for an element, and for an attribute in quotation marks.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs, reason = "written as `Text(name)`")]
pub struct Text<'t>(pub &'t str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|char| match char {
            '&' => f.write_str("&amp;"),
            '<' => f.write_str("&lt;"),
            '>' => f.write_str("&gt;"),
            '"' => f.write_str("&quot;"),
            '\'' => f.write_str("&#39;"),
            other => write!(f, "{other}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_text_is_escaped() {
        for (text, html) in [
            ("<a href=\"x\">&'", "&lt;a href=&quot;x&quot;&gt;&amp;&#39;"),
            ("http://localhost:3000", "http://localhost:3000"),
            ("Zoë", "Zoë"),
        ] {
            assert_eq!(Text(text).to_string(), html);
        }
    }
}
