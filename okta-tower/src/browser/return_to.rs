//! The page that a sign-in ends on: always a page of this application.
//!
//! A link to the sign-in names the page, and anyone can write such a link. Its text is parsed as a
//! browser parses it, and the parsed URL is checked. Text that browsers, proxies and servers might
//! read differently is rejected, whatever it means here.
//!
//! A page that a browser has just asked this application for may have any spelling. The redirect to
//! the sign-in then names it with a tag, which proves that this application wrote the name. The
//! page is on the public origin in any case: the link does what a link to the page itself does.

use std::{borrow::Cow, fmt};

use http::{Uri, uri::PathAndQuery};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use url::Url;

use super::{
    seal::{Purpose, SealKeys},
    settings::{Paths, SignInSettings},
};
use crate::base::{base64url, telemetry};

/// The longest page of a link, in bytes. It is stored in the attempt's cookie, of which there are
/// up to five.
const MAX_BYTES: usize = 1024;

/// The longest page that a browser asked for, in bytes: it still fits into an attempt's cookie.
const MAX_REQUESTED_BYTES: usize = 2500;

/// The longest page with its escapes, in bytes: proxies bound the head of a response, some at 4 KB.
const MAX_ESCAPED_BYTES: usize = 3500;

/// The characters that are percent-encoded in a query value.
const IN_QUERY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/');

/// The path, query and fragment of a page of this application. It serializes for sealed values
/// only: reading it checks nothing.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct ReturnTo(Box<str>);

/// The target of a request as the outermost layer of this crate received it. A router may have
/// removed a prefix since.
#[derive(Clone, Debug)]
pub(crate) struct ReceivedTarget(pub(crate) Uri);

/// Reads and writes the pages to return to.
pub(crate) struct ReturnPages {
    origin: Box<str>,
    prefix: Box<str>,
    paths: Paths,
    default: ReturnTo,
    keys: SealKeys,
}

/// Why a page is not used. A name from a closed list, for the log.
type Dropped = &'static str;

impl ReturnPages {
    pub(crate) fn new(settings: &SignInSettings) -> Self {
        Self {
            origin: settings.origin.clone(),
            prefix: settings.public_prefix.clone(),
            paths: settings.paths.clone(),
            default: ReturnTo(settings.default_return_to.clone()),
            keys: settings.seal.clone(),
        }
    }

    /// Reads the page of a link. A page that is absent or not usable becomes the default.
    pub(crate) fn read(&self, requested: Option<&str>, tag: Option<&str>) -> ReturnTo {
        let Some(requested) = requested else {
            return self.default.clone();
        };
        let page = match tag {
            Some(tag) if self.has_written(requested, tag) => self.of_request(requested),
            _ => self.of_link(requested),
        };
        self.or_default(page)
    }

    /// Reads the page of another site's link, which is a whole URL (OpenID Connect Core section 4).
    pub(crate) fn read_url(&self, requested: &str) -> ReturnTo {
        let page = match requested.strip_prefix(&*self.origin) {
            Some("") => self.of_link("/"),
            Some(page) => self.of_link(page),
            None => Err("elsewhere"),
        };
        self.or_default(page)
    }

    fn or_default(&self, page: Result<ReturnTo, Dropped>) -> ReturnTo {
        page.unwrap_or_else(|reason| {
            telemetry::return_to_dropped(reason);
            self.default.clone()
        })
    }

    pub(crate) fn login_path(&self) -> &str {
        &self.paths.login
    }

    /// Returns the public form of a request's target.
    pub(crate) fn public(&self, target: &Uri) -> String {
        let target = target.path_and_query().map_or("/", PathAndQuery::as_str);
        format!("{}{target}", self.prefix)
    }

    /// Returns the address of the sign-in that returns to the page that a browser asked for.
    /// `page` is its path and query at the public origin.
    pub(crate) fn sign_in_location(&self, page: &str) -> String {
        let login = &self.paths.login;
        let escaped = |page: &ReturnTo| utf8_percent_encode(&page.0, IN_QUERY).to_string();
        let page = (self.of_link(page).or_else(|_| self.of_request(page)))
            .map(|page| (escaped(&page), self.tag(&page)));
        match page {
            Ok((page, _)) if page.len() > MAX_ESCAPED_BYTES => {
                telemetry::return_to_dropped("too_long");
                login.to_string()
            }
            Ok((page, None)) => format!("{login}?return_to={page}"),
            Ok((page, Some(tag))) => format!("{login}?return_to={page}&return_to_tag={tag}"),
            Err(reason) => {
                telemetry::return_to_dropped(reason);
                login.to_string()
            }
        }
    }

    /// Returns the parameters by which a link to the sign-in names this page.
    pub(crate) fn parameters<'p>(
        &self,
        page: &'p ReturnTo,
    ) -> impl Iterator<Item = (&'static str, Cow<'p, str>)> {
        let named = *page != self.default;
        let tag = self.tag(page).filter(|_| named);
        let page = named.then_some(("return_to", Cow::Borrowed(&*page.0)));
        page.into_iter()
            .chain(tag.map(|tag| ("return_to_tag", tag.into())))
    }

    /// Returns the tag that this page needs, or `None` if any link may name it.
    pub(crate) fn tag(&self, page: &ReturnTo) -> Option<String> {
        let needs_tag = *page != self.default && self.of_link(&page.0).as_ref() != Ok(page);
        needs_tag.then(|| {
            let tag = self.keys.tag(Purpose::ReturnTo, page.0.as_bytes());
            base64url::encode(&tag)
        })
    }

    fn has_written(&self, page: &str, tag: &str) -> bool {
        let tag = tag.get(..tag.len().min(64)).and_then(base64url::decode);
        tag.is_some_and(|tag| self.keys.checks(Purpose::ReturnTo, page.as_bytes(), &tag))
    }

    pub(crate) fn default_page(&self) -> ReturnTo {
        self.default.clone()
    }

    /// Returns the whole URL: a relative reference could be resolved differently.
    pub(crate) fn url(&self, page: &ReturnTo) -> String {
        format!("{}{}", self.origin, page.0)
    }

    /// Parses a page that anyone may have named.
    fn of_link(&self, requested: &str) -> Result<ReturnTo, Dropped> {
        if requested.len() > MAX_BYTES {
            return Err("too_long");
        }
        if !is_plain(requested) {
            return Err("not_plain");
        }
        let base = Url::parse(&self.origin).map_err(|_| "elsewhere")?;
        let url = base.join(requested).map_err(|_| "not_plain")?;
        if url.origin() != base.origin()
            || !url.username().is_empty()
            || url.password().is_some()
            || url.path().starts_with("//")
        {
            return Err("elsewhere");
        }
        self.checked(&url[url::Position::BeforePath..], MAX_BYTES)
    }

    /// Takes a page that a browser asked this application for, in its own spelling.
    fn of_request(&self, requested: &str) -> Result<ReturnTo, Dropped> {
        let path = requested.split(['?', '#']).next().unwrap_or_default();
        let is_plain = path.starts_with('/')
            && !requested.chars().any(char::is_control)
            // Browsers resolve these segments before they ask.
            && !path.split('/').any(is_dotted);
        if !is_plain {
            return Err("not_plain");
        }
        self.checked(requested, MAX_REQUESTED_BYTES)
    }

    /// Rejects what is too long, another application's, or one of sign-in's own paths, which would
    /// loop or sign out.
    fn checked(&self, page: &str, max_bytes: usize) -> Result<ReturnTo, Dropped> {
        let path = page.split(['?', '#']).next().unwrap_or_default();
        let is_own = |own: &str| {
            let behind = path.strip_prefix(own);
            behind.is_some_and(|rest| rest.is_empty() || rest == "/done")
        };
        let behind_prefix = path.strip_prefix(&*self.prefix);
        let Paths {
            login,
            callback,
            logout,
            session,
        } = &self.paths;
        if page.len() > max_bytes {
            Err("too_long")
        } else if !behind_prefix.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
            Err("elsewhere")
        } else if [login, callback, logout, session]
            .into_iter()
            .any(|own| is_own(own))
        {
            Err("path_of_sign_in")
        } else {
            Ok(ReturnTo(page.into()))
        }
    }
}

impl ReturnTo {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Hides the page: it is private to the user.
impl fmt::Debug for ReturnTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReturnTo(..)")
    }
}

impl fmt::Debug for ReturnPages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReturnPages").finish_non_exhaustive()
    }
}

/// Accepts a path with an optional query and fragment, in a spelling that all parsers read alike.
fn is_plain(requested: &str) -> bool {
    let (page, fragment) = requested.split_once('#').unwrap_or((requested, ""));
    let (path, query) = page.split_once('?').unwrap_or((page, ""));
    path.starts_with('/')
        // No double slash, no segment of dots, not even with path parameters.
        && !path.contains("//")
        && !path.split('/').any(is_dotted)
        // Browsers drop some of these characters and turn others into slashes.
        && !requested.chars().any(|char| {
            char.is_control() || char.is_whitespace() || matches!(char, '\\' | '\u{feff}')
        })
        && has_escapes_without(path, |byte| is_control(byte) || b"/\\.%".contains(&byte))
        && has_escapes_without(query, is_control)
        // The page's own script may use the fragment as a path.
        && !fragment.contains("//")
        && !fragment.contains('#')
        && has_escapes_without(fragment, is_control)
}

fn is_dotted(part: &str) -> bool {
    let name = part.split(';').next().unwrap_or_default();
    matches!(&*name.to_ascii_lowercase().replace("%2e", "."), "." | "..")
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
