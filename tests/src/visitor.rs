//! A client without a browser: keeps cookies, follows redirects and submits forms.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use reqwest::{
    Method, RequestBuilder, StatusCode, Url,
    header::{COOKIE, HeaderMap, LOCATION, SET_COOKIE},
    redirect::Policy,
};

const MOST_REDIRECTS: usize = 20;
const PATIENCE: Duration = Duration::from_secs(30);

/// A visitor with its own cookies, like a new browser profile.
#[derive(Debug)]
pub struct Visitor {
    client: reqwest::Client,
    jar: Mutex<Jar>,
}

/// Cookies by host, path and name. As in a browser, ports share cookies, and `Secure` ones are also
/// sent to this machine.
#[derive(Clone, Debug, Default)]
pub struct Jar(BTreeMap<(String, String, String), String>);

/// A response.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Answer {
    /// The URL of the response.
    pub url: Url,
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub text: String,
}

impl Visitor {
    /// Creates a visitor without cookies.
    #[must_use]
    pub fn new() -> Self {
        Self::with(Jar::default())
    }

    /// Creates a visitor with these cookies.
    ///
    /// # Panics
    /// If the client cannot be built.
    #[must_use]
    pub fn with(jar: Jar) -> Self {
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(Policy::none())
            .timeout(PATIENCE)
            // Each request uses its own connection, so that the load balancer distributes each one.
            .pool_max_idle_per_host(0)
            .build()
            .expect("a plain client");
        Self {
            client,
            jar: Mutex::new(jar),
        }
    }

    /// Returns a copy of the cookies, as an attacker might steal them.
    #[must_use]
    pub fn cookies(&self) -> Jar {
        self.jar().clone()
    }

    /// Opens a page and follows redirects.
    ///
    /// # Panics
    /// If there is no response, or redirects do not end.
    pub async fn open(&self, url: &str) -> Answer {
        let url = Url::parse(url).expect("a URL");
        self.follow(navigation(self.client.get(url.clone())), url)
            .await
    }

    /// Opens a page of the application, submits the provider's form, and follows redirects back.
    ///
    /// # Panics
    /// If the form does not appear, or the redirects do not lead back to the page.
    pub async fn sign_in(&self, page: &str, username: &str, password: &str) {
        let form = self.open(page).await;
        assert!(form.text.contains("name=\"password\""), "no form: {form:?}");
        let typed = [
            ("username", username),
            ("password", password),
            ("action", "sign-in"),
        ];
        let posted = self.client.post(form.url.clone()).form(&typed);
        let back = self.follow(navigation(posted), form.url).await;
        assert_eq!((back.url.as_str(), back.status), (page, StatusCode::OK));
    }

    /// Submits the form of a page to the page's own URL, and follows redirects. Includes the form's
    /// CSRF token.
    ///
    /// # Panics
    /// If there is no response, or redirects do not end.
    pub async fn fill(&self, page: &Answer, typed: &[(&str, &str)]) -> Answer {
        let token = page.text.split("name=\"csrf_token\"").nth(1);
        let token = token.and_then(|rest| rest.split("value=\"").nth(1)?.split('"').next());
        let mut fields = vec![("csrf_token", token.unwrap_or_default())];
        fields.extend_from_slice(typed);
        let posted = self.client.post(page.url.clone()).form(&fields);
        self.follow(navigation(posted), page.url.clone()).await
    }

    /// Sends a request as a script on a page of the same origin does. Does not follow redirects.
    ///
    /// # Errors
    /// If there is no response in time, or the connection breaks.
    pub async fn ask(&self, method: Method, url: &str) -> reqwest::Result<Answer> {
        let url = Url::parse(url).expect("a URL");
        let request = self
            .client
            .request(method, url.clone())
            .header("accept", "application/json")
            .header("origin", url.origin().ascii_serialization())
            .header("sec-fetch-site", "same-origin")
            .header("sec-fetch-mode", "cors")
            .header("sec-fetch-dest", "empty");
        self.send(request, url).await
    }

    async fn follow(&self, first: RequestBuilder, url: Url) -> Answer {
        let mut answer = self.send(first, url).await.expect("a response");
        for _ in 0..MOST_REDIRECTS {
            let Some(to) = answer.headers.get(LOCATION) else {
                return answer;
            };
            let to = to.to_str().expect("a location in ASCII");
            let url = answer.url.join(to).expect("a location that is a URL");
            let next = navigation(self.client.get(url.clone()));
            answer = self.send(next, url).await.expect("a response");
        }
        panic!("more than {MOST_REDIRECTS} redirects, the last from {answer:?}");
    }

    async fn send(&self, request: RequestBuilder, url: Url) -> reqwest::Result<Answer> {
        let cookies = self.jar().header(&url);
        let response = request.header(COOKIE, cookies).send().await?;
        let (status, headers) = (response.status(), response.headers().clone());
        self.jar().keep(&url, &headers);
        Ok(Answer {
            url,
            status,
            headers,
            text: response.text().await?,
        })
    }

    fn jar(&self) -> std::sync::MutexGuard<'_, Jar> {
        self.jar.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Visitor {
    fn default() -> Self {
        Self::new()
    }
}

impl Jar {
    /// Returns the header for a request to this URL.
    fn header(&self, url: &Url) -> String {
        let matching = self.0.iter().filter(|((host, path, _), _)| {
            Some(host.as_str()) == url.host_str() && url.path().starts_with(path.as_str())
        });
        let pairs: Vec<_> = matching
            .map(|((_, _, name), value)| format!("{name}={value}"))
            .collect();
        pairs.join("; ")
    }

    fn keep(&mut self, url: &Url, headers: &HeaderMap) {
        for line in headers.get_all(SET_COOKIE) {
            let line = line.to_str().expect("a cookie in ASCII");
            let mut parts = line.split(';').map(str::trim);
            let pair = parts.next().and_then(|pair| pair.split_once('='));
            let (name, value) = pair.expect("a name and a value");
            let (mut path, mut is_gone) = ("/", value.is_empty());
            for attribute in parts {
                let (name, value) = attribute.split_once('=').unwrap_or((attribute, ""));
                match &*name.to_ascii_lowercase() {
                    "path" => path = value,
                    "max-age" => is_gone |= value.starts_with(['0', '-']),
                    "expires" => is_gone |= value.contains(" 1970 "),
                    _ => {}
                }
            }
            let host = url.host_str().expect("http URLs have a host").to_owned();
            let key = (host, path.to_owned(), name.to_owned());
            if is_gone {
                self.0.remove(&key);
            } else {
                self.0.insert(key, value.to_owned());
            }
        }
    }
}

fn navigation(request: RequestBuilder) -> RequestBuilder {
    request
        .header("accept", "text/html,application/xhtml+xml,*/*;q=0.8")
        .header("sec-fetch-mode", "navigate")
        .header("sec-fetch-dest", "document")
}
