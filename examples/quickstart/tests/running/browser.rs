//! A minimal browser for sign-in: keeps cookies, follows redirects, and submits forms.

use std::collections::BTreeMap;

use crate::http::{Answer, send};

/// More redirects than any sign-in needs.
const MOST_REDIRECTS: usize = 12;

/// Cookies belong to a host, regardless of its port (RFC 6265 section 8.5).
#[derive(Clone, Default)]
pub(crate) struct Browser {
    cookies: BTreeMap<(String, String), String>,
}

/// The page after a navigation.
#[derive(Debug)]
pub(crate) struct Shown {
    pub(crate) url: String,
    pub(crate) answer: Answer,
    /// Every URL of the navigation, including the last.
    pub(crate) visited: Vec<String>,
}

/// A form on a page, with its initial fields.
#[derive(Debug)]
pub(crate) struct Form {
    pub(crate) method: String,
    pub(crate) action: String,
    pub(crate) fields: Vec<(String, String)>,
}

impl Browser {
    /// Navigates to a URL, as a typed address or a link does.
    pub(crate) fn open(&mut self, url: &str) -> Shown {
        self.navigate("GET", url, &[], "")
    }

    /// Submits the first form of a page, with these fields added or replaced.
    pub(crate) fn submit(&mut self, page: &Shown, filled_in: &[(&str, &str)]) -> Shown {
        let form = Form::first(page);
        self.submit_form(page, form, filled_in)
    }

    /// Submits the form of a page whose action ends with this path.
    pub(crate) fn submit_to(&mut self, page: &Shown, path: &str) -> Shown {
        let mut forms = Form::all(page).into_iter();
        let form = forms.find(|form| form.action.ends_with(path));
        let form = form.unwrap_or_else(|| panic!("no form to {path} on {}", page.url));
        self.submit_form(page, form, &[])
    }

    fn submit_form(&mut self, page: &Shown, mut form: Form, filled_in: &[(&str, &str)]) -> Shown {
        for (name, value) in filled_in {
            form.fields.retain(|(other, _)| other != name);
            form.fields.push(((*name).to_owned(), (*value).to_owned()));
        }
        let pairs = form.fields.iter();
        let pairs: Vec<_> = pairs
            .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
            .collect();
        let text = pairs.join("&");
        let origin = format!("origin: {}", origin(&page.url));
        if form.method.eq_ignore_ascii_case("post") {
            let kind = "content-type: application/x-www-form-urlencoded".to_owned();
            self.navigate("POST", &form.action, &[origin, kind], &text)
        } else {
            self.open(&format!("{}?{text}", form.action))
        }
    }

    /// Sends a request as a script does, without following redirects.
    pub(crate) fn fetch(
        &mut self,
        method: &str,
        url: &str,
        headers: &[&str],
        body: &str,
    ) -> Answer {
        let headers: Vec<_> = headers.iter().map(ToString::to_string).collect();
        self.send(method, url, &headers, body)
    }

    /// Returns the value of the session cookie of this URL's host. Its name ends with digits of
    /// the client.
    pub(crate) fn session_cookie(&self, url: &str) -> Option<&str> {
        let host = host(url);
        let is_session = |name: &str| {
            let name = name.trim_start_matches("__Host-");
            name.starts_with("okta_session_") && !name.contains('-')
        };
        let mut cookies = self.cookies.iter();
        let found = cookies.find(|((other, name), _)| *other == host && is_session(name));
        found.map(|(_, value)| value.as_str())
    }

    fn navigate(&mut self, method: &str, url: &str, headers: &[String], body: &str) -> Shown {
        let (mut method, mut url, mut body) = (method, url.to_owned(), body);
        let mut visited: Vec<String> = Vec::new();
        loop {
            assert!(visited.len() <= MOST_REDIRECTS, "a loop: {visited:?}");
            let mut lines = vec![
                "accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
                    .to_owned(),
                "sec-fetch-mode: navigate".to_owned(),
                "sec-fetch-dest: document".to_owned(),
                "sec-fetch-site: same-origin".to_owned(),
            ];
            if method == "POST" {
                lines.extend_from_slice(headers);
            }
            let answer = self.send(method, &url, &lines, body);
            visited.push(url.clone());
            if !(301..=308).contains(&answer.status) {
                return Shown {
                    url,
                    answer,
                    visited,
                };
            }
            url = absolute(&url, answer.header("location").expect("a place to go to"));
            if answer.status <= 303 {
                (method, body) = ("GET", "");
            }
        }
    }

    fn send(&mut self, method: &str, url: &str, headers: &[String], body: &str) -> Answer {
        let host = host(url);
        let mine = self.cookies.iter().filter(|((other, _), _)| *other == host);
        let mine: Vec<_> = mine
            .map(|((_, name), value)| format!("{name}={value}"))
            .collect();
        let mut headers = headers.to_vec();
        if !mine.is_empty() {
            headers.push(format!("cookie: {}", mine.join("; ")));
        }
        let answer = send(method, url, &headers, body);
        for (name, line) in &answer.headers {
            if name.eq_ignore_ascii_case("set-cookie") {
                self.keep(&host, line);
            }
        }
        answer
    }

    fn keep(&mut self, host: &str, line: &str) {
        let mut parts = line.split(';').map(str::trim);
        let (name, value) = parts.next().unwrap().split_once('=').unwrap();
        let is_removed = parts.any(|part| part.eq_ignore_ascii_case("max-age=0"));
        let key = (host.to_owned(), name.to_owned());
        if is_removed {
            self.cookies.remove(&key);
        } else {
            self.cookies.insert(key, value.to_owned());
        }
    }
}

impl Form {
    fn first(page: &Shown) -> Self {
        let mut forms = Self::all(page).into_iter();
        forms
            .next()
            .unwrap_or_else(|| panic!("no form on {}: {}", page.url, page.answer.body))
    }

    fn all(page: &Shown) -> Vec<Self> {
        let mut forms = Vec::new();
        for rest in page.answer.body.split("<form").skip(1) {
            let form = rest.split("</form>").next().unwrap();
            let (tag, content) = form.split_once('>').unwrap();
            let action = attribute(tag, "action").unwrap_or_default();
            let inputs = content.split("<input").skip(1);
            let fields = inputs.filter_map(|input| {
                let tag = input.split('>').next().unwrap();
                let kind = attribute(tag, "type").unwrap_or_default();
                let name = attribute(tag, "name").filter(|_| kind != "submit")?;
                Some((name, attribute(tag, "value").unwrap_or_default()))
            });
            forms.push(Self {
                method: attribute(tag, "method").unwrap_or_else(|| "get".to_owned()),
                action: absolute(&page.url, &action),
                fields: fields.collect(),
            });
        }
        forms
    }
}

/// Returns the value of an attribute in quotation marks.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    let value = rest.split('"').next()?;
    Some(
        value
            .replace("&quot;", "\"")
            .replace("&#39;", "'")
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&"),
    )
}

fn origin(url: &str) -> &str {
    let path = url[7..].find('/').map_or(url.len(), |at| at + 7);
    &url[..path]
}

fn host(url: &str) -> String {
    let authority = &origin(url)[7..];
    let host = authority
        .rsplit_once(':')
        .map_or(authority, |(host, _)| host);
    host.to_owned()
}

fn absolute(base: &str, target: &str) -> String {
    let page = base.split(['?', '#']).next().unwrap();
    match target {
        "" => page.to_owned(),
        _ if target.starts_with("http://") => target.to_owned(),
        _ if target.starts_with('/') => format!("{}{target}", origin(base)),
        _ if target.starts_with('?') => format!("{page}{target}"),
        _ => panic!("where is {target}, on {base}?"),
    }
}

fn encoded(text: &str) -> String {
    let bytes = text.bytes().map(|byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    });
    bytes.collect()
}
