//! A response as a browser shows it, and its forms.

use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode, header};
use url::Url;

/// A response that a [`Browser`](super::Browser) received.
#[derive(Clone)]
pub struct Page {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
    /// Never empty.
    visited: Vec<Url>,
    address: Url,
}

/// A form, with its initial fields.
pub(super) struct Form {
    pub(super) action: String,
    pub(super) is_post: bool,
    pub(super) fields: Vec<(String, String)>,
}

impl Page {
    /// `visited` are the URLs of the navigation, this page's last.
    pub(super) fn new(answer: Response<Bytes>, visited: Vec<Url>) -> Self {
        let (head, body) = answer.into_parts();
        Self {
            status: head.status,
            headers: head.headers,
            text: String::from_utf8_lossy(&body).into_owned(),
            address: visited.last().expect("the page's own URL").clone(),
            visited,
        }
    }

    /// Returns the status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns the headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Returns the first value of a header, if it is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Returns the body. Bytes that are not UTF-8 are replaced.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the URL, with the query: after redirects, that of the last page.
    #[must_use]
    pub fn url(&self) -> &str {
        self.address.as_str()
    }

    /// Returns the path of the URL, without the query.
    #[must_use]
    pub fn path(&self) -> &str {
        self.address.path()
    }

    pub(super) fn address(&self) -> &Url {
        &self.address
    }

    pub(super) fn visited(&self) -> &[Url] {
        &self.visited
    }

    /// Whether the issuer sent the browser to this very page.
    pub(super) fn is_callback(&self) -> bool {
        let mut before = self.visited.iter().rev().skip(1);
        before
            .next()
            .is_some_and(|before| before.origin() != self.address.origin())
    }

    /// Returns the target of a redirect.
    pub(super) fn redirect(&self) -> Option<&str> {
        if !self.status.is_redirection() {
            return None;
        }
        self.header(header::LOCATION.as_str())
    }

    pub(super) fn has_form(&self, action: &str) -> bool {
        self.form(action).is_some()
    }

    /// Returns the form whose action ends with this text.
    pub(super) fn form(&self, action: &str) -> Option<Form> {
        let mut forms = self.forms();
        forms.find(|form| form.action.ends_with(action))
    }

    /// Returns the form that the page's script submits at once.
    pub(super) fn submitted_form(&self) -> Option<Form> {
        let script = self.text.split("<script").nth(1)?;
        let mut forms = self.forms();
        let (first, second) = (forms.next()?, forms.next());
        let is_submitted = script.contains(".submit()") && second.is_none() && first.is_post;
        is_submitted.then_some(first)
    }

    /// Reads what server-rendered pages have: attributes in double quotes.
    fn forms(&self) -> impl Iterator<Item = Form> {
        let forms = self.text.split("<form").skip(1);
        forms.filter_map(|rest| {
            let form = rest.split("</form>").next()?;
            let (tag, content) = form.split_once('>')?;
            let method = attribute(tag, "method").unwrap_or_default();
            let inputs = content.split("<input").skip(1);
            let fields = inputs.filter_map(|input| {
                let tag = input.split('>').next()?;
                let is_button = attribute(tag, "type").is_some_and(|kind| kind == "submit");
                let name = attribute(tag, "name").filter(|_| !is_button)?;
                Some((name, attribute(tag, "value").unwrap_or_default()))
            });
            Some(Form {
                action: attribute(tag, "action").unwrap_or_default(),
                is_post: method.eq_ignore_ascii_case("post"),
                fields: fields.collect(),
            })
        })
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    let value = rest.split('"').next()?;
    let unescaped = value
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&lt;", "<")
        .replace("&gt;", ">");
    Some(unescaped.replace("&amp;", "&"))
}

/// Shows where the page is and what it says, without cookies and codes.
impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Page")
            .field("status", &self.status)
            .field("url", &&self.address[..url::Position::AfterPath])
            .field("text", &self.text)
            .finish_non_exhaustive()
    }
}
