//! The page that a sign-in ends on: always a path of this application. Pure.
//!
//! The link's text is parsed as a browser parses it, and the parsed URL is checked. Text that
//! browsers, proxies and servers might read differently is rejected, whatever it means here.

use url::Url;

use crate::browser::settings::Paths;

/// The longest text, in bytes. It is stored in the attempt's cookie, of which there are up to five.
const MAX_BYTES: usize = 1024;

/// The path and query of a page of this application.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct ReturnTo(Box<str>);

impl ReturnTo {
    /// Parses a requested page. Returns `None` for another origin, an ambiguous spelling, or a path
    /// of sign-in itself, which would loop or sign out. `origin` is the configured public origin.
    pub(super) fn parse(asked: &str, origin: &str, own: &Paths) -> Option<Self> {
        if asked.len() > MAX_BYTES || !is_plain(asked) {
            return None;
        }
        let base = Url::parse(origin).ok()?;
        let url = base.join(asked).ok()?;
        let is_own = |own: &str| {
            let behind = url.path().strip_prefix(own);
            behind.is_some_and(|rest| rest.is_empty() || rest == "/done")
        };
        let own_paths = [&own.login, &own.callback, &own.logout, &own.session];
        if url.origin() != base.origin()
            || !url.username().is_empty()
            || url.password().is_some()
            || url.fragment().is_some()
            || url.path().starts_with("//")
            || own_paths.into_iter().any(|path| is_own(path))
        {
            return None;
        }
        let text = &url[url::Position::BeforePath..];
        (text.len() <= MAX_BYTES).then(|| Self(text.into()))
    }

    /// Uses the configured default, which was checked at startup.
    pub(super) fn trusted(path: &str) -> Self {
        Self(path.into())
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the whole URL: a relative reference could be resolved differently.
    pub(super) fn url(&self, origin: &str) -> String {
        format!("{origin}{}", self.0)
    }
}

/// Hides the page: it is private to the user.
impl std::fmt::Debug for ReturnTo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ReturnTo(..)")
    }
}

/// Accepts a path with an optional query, in a spelling that all parsers read alike.
fn is_plain(asked: &str) -> bool {
    let (path, query) = asked.split_once('?').unwrap_or((asked, ""));
    path.starts_with('/')
        // No double slash, no segment of dots, not even with path parameters.
        && !path.contains("//")
        && !path.split('/').any(is_dotted)
        // Browsers drop some of these characters and turn others into slashes.
        && !asked.chars().any(|char| {
            char.is_control() || char.is_whitespace() || matches!(char, '\\' | '#' | '\u{feff}')
        })
        && has_escapes_without(path, |byte| is_control(byte) || b"/\\.%".contains(&byte))
        && has_escapes_without(query, is_control)
}

fn is_dotted(part: &str) -> bool {
    let name = part.split(';').next().unwrap_or_default();
    matches!(name, "." | "..")
}

const fn is_control(byte: u8) -> bool {
    byte < 0x20 || byte == 0x7f
}

/// Returns whether each `%` starts an escape, and no escape is of a banned byte.
fn has_escapes_without(text: &str, is_banned: impl Fn(u8) -> bool) -> bool {
    text.split('%').skip(1).all(|rest| {
        let digits = rest
            .get(..2)
            .filter(|two| two.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let byte = digits.and_then(|two| u8::from_str_radix(two, 16).ok());
        byte.is_some_and(|byte| !is_banned(byte))
    })
}

#[cfg(test)]
mod tests;
