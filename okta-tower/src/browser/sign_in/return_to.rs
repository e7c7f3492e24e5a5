//! Where a sign-in leads: a path of this application, and nothing else. Pure.
//!
//! What a link says is parsed as a browser would parse it, and the parsed URL is judged. Text that browsers, proxies and servers
//! might read differently is refused, whatever it means to this parser.

use url::Url;

use crate::browser::settings::Paths;

/// The longest one, in bytes. It travels in the attempt's cookie, of which there are up to five.
const MAX_BYTES: usize = 1024;

/// The path and query of a page of this application.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct ReturnTo(Box<str>);

impl ReturnTo {
    /// The page that was asked for; `None` where it is not one of this origin's, not spelt plainly, or one of sign-in's own
    /// paths, which lead in circles or out. `origin` is the public one, as configured.
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
        let is_elsewhere = url.origin() != base.origin()
            || !url.username().is_empty()
            || url.password().is_some()
            || url.fragment().is_some();
        if is_elsewhere
            || url.path().starts_with("//")
            || [&own.login, &own.callback, &own.logout, &own.session]
                .into_iter()
                .any(|path| is_own(path))
        {
            return None;
        }
        let text = &url[url::Position::BeforePath..];
        (text.len() <= MAX_BYTES).then(|| Self(text.into()))
    }

    /// The configured default, which was checked at the start.
    pub(super) fn trusted(path: &str) -> Self {
        Self(path.into())
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// The page's whole URL: no relative reference that anybody could resolve otherwise.
    pub(super) fn url(&self, origin: &str) -> String {
        format!("{origin}{}", self.0)
    }
}

/// It says where a person was going: nobody's business in a log.
impl std::fmt::Debug for ReturnTo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ReturnTo(..)")
    }
}

/// A path and perhaps a query, spelt so that nobody reads them differently.
fn is_plain(asked: &str) -> bool {
    let (path, query) = asked.split_once('?').unwrap_or((asked, ""));
    path.starts_with('/')
        // No second slash anywhere, no dotted part, nor one that is only dots and path parameters.
        && !path.contains("//")
        && !path.split('/').any(is_dotted)
        // Browsers drop some of these characters and turn others into slashes.
        && !asked.chars().any(|char| {
            char.is_control() || char.is_whitespace() || matches!(char, '\\' | '#' | '\u{feff}')
        })
        && has_escapes_without(path, |byte| is_control(byte) || matches!(byte, b'/' | b'\\' | b'.' | b'%'))
        && has_escapes_without(query, is_control)
}

fn is_dotted(part: &str) -> bool {
    let name = part.split(';').next().unwrap_or_default();
    matches!(name, "." | "..")
}

const fn is_control(byte: u8) -> bool {
    byte < 0x20 || byte == 0x7f
}

/// Whether every `%` begins an escape, and none is of a byte that is banned.
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
