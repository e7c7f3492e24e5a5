//! Somebody who visits an application without a browser: cookies, redirects and the provider's sign-in form by hand.

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

/// Keeps cookies, as a browser does that has never been here.
#[derive(Debug)]
pub struct Visitor {
    client: reqwest::Client,
    jar: Mutex<Jar>,
}

/// Cookies by host, path and name. Ports share them, as in a browser; `Secure` ones are good on this machine.
#[derive(Clone, Debug, Default)]
pub struct Jar(BTreeMap<(String, String, String), String>);

/// What was answered.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Answer {
    /// Where it came from.
    pub url: Url,
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub text: String,
}

impl Visitor {
    /// Somebody without cookies.
    #[must_use]
    pub fn new() -> Self {
        Self::with(Jar::default())
    }

    /// Somebody who has come by these cookies.
    ///
    /// # Panics
    /// Where there is no client to be had.
    #[must_use]
    pub fn with(jar: Jar) -> Self {
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(Policy::none())
            .timeout(PATIENCE)
            // Each request takes a connection of its own, so that who shares them out sees each.
            .pool_max_idle_per_host(0)
            .build()
            .expect("a plain client");
        Self {
            client,
            jar: Mutex::new(jar),
        }
    }

    /// A copy of the cookies, as a thief would take it.
    #[must_use]
    pub fn cookies(&self) -> Jar {
        self.jar().clone()
    }

    /// Opens a page, and follows where it leads.
    ///
    /// # Panics
    /// Where nobody answers, or redirects have no end.
    pub async fn open(&self, url: &str) -> Answer {
        let url = Url::parse(url).expect("a URL");
        self.follow(navigation(self.client.get(url.clone())), url)
            .await
    }

    /// Opens a page of the application, fills in the provider's form, and follows back.
    ///
    /// # Panics
    /// Where the way does not lead over the form and back to the page.
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

    /// Fills in the form of a page that stands where it is posted to, and follows where it leads. The form's token against
    /// forgery is sent along.
    ///
    /// # Panics
    /// Where nobody answers, or redirects have no end.
    pub async fn fill(&self, page: &Answer, typed: &[(&str, &str)]) -> Answer {
        let token = page.text.split("name=\"csrf_token\"").nth(1);
        let token = token.and_then(|rest| rest.split("value=\"").nth(1)?.split('"').next());
        let mut fields = vec![("csrf_token", token.unwrap_or_default())];
        fields.extend_from_slice(typed);
        let posted = self.client.post(page.url.clone()).form(&fields);
        self.follow(navigation(posted), page.url.clone()).await
    }

    /// Asks as a script on a page of the same origin does. Redirects are not followed.
    ///
    /// # Errors
    /// Where nobody answers in time, or the connection breaks.
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
        let mut answer = self.send(first, url).await.expect("an answer");
        for _ in 0..MOST_REDIRECTS {
            let Some(to) = answer.headers.get(LOCATION) else {
                return answer;
            };
            let to = to.to_str().expect("a location in ASCII");
            let url = answer.url.join(to).expect("a location that is a URL");
            let next = navigation(self.client.get(url.clone()));
            answer = self.send(next, url).await.expect("an answer");
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
    /// The header for a request to this URL.
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
