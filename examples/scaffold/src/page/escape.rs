//! Text on its way into HTML.

use std::fmt;

/// Displays text so that it stays text: in an element, and in an attribute within quotation marks.
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
    fn text_cannot_become_markup() {
        for (text, html) in [
            ("<a href=\"x\">&'", "&lt;a href=&quot;x&quot;&gt;&amp;&#39;"),
            ("http://localhost:3000", "http://localhost:3000"),
            ("Zoë", "Zoë"),
        ] {
            assert_eq!(Text(text).to_string(), html);
        }
    }
}
