//! A browser for tests: it drives an application in this process, and visits the issuer.

mod application;
mod jar;
mod page;
mod wire;

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use http::{
    HeaderValue, Method, Request, StatusCode,
    header::{self, HeaderName},
};
use http_body_util::Full;
use url::{Url, form_urlencoded};

pub(crate) use self::application::Application;
use self::jar::{Jar, Navigation};
pub use self::page::Page;
use crate::{issuer::ORIGIN, state::IssuerState};

/// More redirects than any sign-in needs.
const MOST_REDIRECTS: usize = 20;

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");

/// A browser in a test, with its own cookies. [`Issuer::browser`](crate::Issuer::browser) creates
/// one.
///
/// It calls the application directly, without a socket. Only the issuer's pages use the network, on
/// loopback. It runs no scripts, with one exception: it submits a page whose script submits the
/// page's only form.
///
/// Its methods panic if the application fails or redirects in a circle: in a test, that is the
/// message to read.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::convert::Infallible;
///
/// use bytes::Bytes;
/// use http::{Request, Response, StatusCode};
/// use http_body_util::Full;
/// use okta_tower::SignIn;
/// use okta_tower_test::Issuer;
/// use tower::{ServiceBuilder, service_fn};
///
/// async fn hello(_: Request<Full<Bytes>>) -> Result<Response<Full<Bytes>>, Infallible> {
///     Ok(Response::new(Full::from("hello")))
/// }
///
/// let issuer = Issuer::start().await;
/// let okta = issuer.okta_builder().sign_in(SignIn::new()).start().await?;
/// let app = ServiceBuilder::new()
///     .layer(okta.sign_in_layer())
///     .layer(okta.layer())
///     .service(service_fn(hello)); // or a `Router` with these layers
///
/// let browser = issuer.browser(app);
/// let page = browser.open("/dashboard").await; // sent to sign in
/// assert!(page.url().starts_with(&issuer.authorize_url()));
///
/// let browser = browser.sign_in("admin").await;
/// let page = browser.open("/dashboard").await;
/// assert_eq!((page.status(), page.text()), (StatusCode::OK, "hello"));
/// # Ok(()) }
/// ```
pub struct Browser {
    issuer: Arc<IssuerState>,
    application: Application,
    origin: Url,
    jar: Mutex<Jar>,
}

/// A request of a navigation, and what the browser knows about it.
struct Step {
    method: Method,
    url: Url,
    body: Bytes,
    /// The page with the link or the form. `None` for a typed address.
    from: Option<Url>,
}

impl Browser {
    pub(crate) fn new(issuer: Arc<IssuerState>, application: Application) -> Self {
        Self {
            issuer,
            application,
            origin: parsed(ORIGIN),
            jar: Mutex::default(),
        }
    }

    /// Sets the origin of the application, such as `https://app.example.com`. Default:
    /// `http://localhost:3000`, as in the redirect URI of
    /// [`Issuer::okta_builder`](crate::Issuer::okta_builder).
    ///
    /// The application gets every request that is not for the issuer, whatever the origin is.
    ///
    /// # Panics
    ///
    /// Panics if the text is not a URL.
    #[must_use]
    pub fn at(mut self, origin: &str) -> Self {
        self.origin = parsed(origin);
        self
    }

    /// Signs a user in: opens the application's `/login`, and submits the issuer's sign-in page.
    ///
    /// `login` is a user of the issuer, or the part of the login before the `@`: `admin`, `viewer`
    /// and `nobody` exist. A user who was signed in before is replaced.
    ///
    /// # Panics
    ///
    /// Panics if there is no such user, or if the sign-in fails. The message has the page with the
    /// reason.
    #[must_use]
    pub async fn sign_in(self, login: &str) -> Self {
        self.sign_in_from("/login", login).await;
        self
    }

    /// Signs a user in, starting at a page that sends users to sign in. Returns the page after the
    /// sign-in.
    ///
    /// # Panics
    ///
    /// Panics under the conditions of [`sign_in`](Self::sign_in).
    pub async fn sign_in_from(&self, path: &str, login: &str) -> Page {
        let user = self.issuer.sign_in().users.find(login).cloned();
        let user = user.unwrap_or_else(|| panic!("unknown login {login:?}; add a `User` first"));
        let issuer = parsed(&self.issuer.config.origin);
        // A session at the issuer would sign its user in without a page.
        self.jar().forget(&issuer);
        let page = self.open(path).await;
        assert!(
            self.is_issuer(page.address()) && page.has_form("/sign-in"),
            "{path} does not lead to the issuer's sign-in page, but to {page:?}"
        );
        let typed = [
            ("login", &*user.login),
            ("password", &*user.password),
            ("action", "sign-in"),
        ];
        let page = self.submit(&page, "/sign-in", &typed).await;
        let failed = page.status().is_client_error() || page.status().is_server_error();
        assert!(
            !(self.is_issuer(page.address()) || failed && page.is_callback()),
            "{login} cannot sign in: {page:?}"
        );
        page
    }

    /// Opens a page, as a typed address does, and follows redirects. `target` is a path, or a URL.
    ///
    /// # Panics
    ///
    /// Panics if `target` is not a URL, or redirects do not end.
    pub async fn open(&self, target: &str) -> Page {
        self.navigate(Step {
            method: Method::GET,
            url: self.absolute(&self.origin, target),
            body: Bytes::new(),
            from: None,
        })
        .await
    }

    /// Submits the form whose `action` ends with this text, and follows redirects. The fields
    /// replace or follow those in the form.
    ///
    /// # Panics
    ///
    /// Panics if the page has no such form, or redirects do not end.
    pub async fn submit(&self, page: &Page, action: &str, fields: &[(&str, &str)]) -> Page {
        let Some(form) = page.form(action) else {
            panic!("there is no form to {action:?} on {page:?}");
        };
        let mut pairs = form.fields;
        pairs.retain(|(name, _)| !fields.iter().any(|(other, _)| other == name));
        let typed = fields.iter();
        pairs.extend(typed.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let text = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .finish();
        let from = page.address().clone();
        let mut url = self.absolute(&from, &form.action);
        let (method, body) = if form.is_post {
            (Method::POST, Bytes::from(text))
        } else {
            url.set_query(Some(&text));
            (Method::GET, Bytes::new())
        };
        let step = Step {
            method,
            url,
            body,
            from: Some(from),
        };
        self.navigate(step).await
    }

    /// Sends a request of a script on a page of the application, with the browser's cookies.
    /// Redirects are not followed.
    ///
    /// The URI is a path, or a URL. Headers that the request does not set are those of a browser:
    /// `Host`, `Origin`, `Cookie`, `Sec-Fetch-Site` and so on.
    ///
    /// # Panics
    ///
    /// Panics if the URI is not a URL.
    pub async fn send<B: Into<Bytes>>(&self, request: Request<B>) -> Page {
        let (mut head, body) = request.into_parts();
        let url = self.absolute(&self.origin, &head.uri.to_string());
        let site = site(Some(&self.origin), &url);
        let mut default = |name, value: &str| {
            let value = HeaderValue::from_str(value);
            if let Ok(value) = value {
                head.headers.entry(name).or_insert(value);
            }
        };
        default(header::ACCEPT, "*/*");
        default(FETCH_SITE, site);
        default(FETCH_MODE, "cors");
        default(FETCH_DEST, "empty");
        if head.method != Method::GET && head.method != Method::HEAD {
            default(header::ORIGIN, &self.origin.origin().ascii_serialization());
        }
        let navigation = Navigation {
            is_cross_site: site == "cross-site",
            is_safe: false,
        };
        let request = Request::from_parts(head, body.into());
        self.exchange(request, url, navigation, Vec::new()).await
    }

    /// Returns the cookies for a page of the application, as the header `Cookie` has them.
    #[must_use]
    pub fn cookies(&self) -> String {
        let typed = Navigation {
            is_cross_site: false,
            is_safe: true,
        };
        self.jar().header(&self.origin, typed)
    }

    /// Removes every cookie.
    pub fn clear_cookies(&self) {
        *self.jar() = Jar::default();
    }

    async fn navigate(&self, mut step: Step) -> Page {
        let mut visited = Vec::new();
        loop {
            assert!(visited.len() < MOST_REDIRECTS, "a circle: {visited:#?}");
            let page = self.follow(&step, visited).await;
            visited = page.visited().to_vec();
            let from = Some(page.address().clone());
            if let Some(target) = page.redirect() {
                // RFC 9110 section 15.4: only 307 and 308 keep the method.
                let keeps_method = [
                    StatusCode::TEMPORARY_REDIRECT,
                    StatusCode::PERMANENT_REDIRECT,
                ];
                if !keeps_method.contains(&page.status()) {
                    (step.method, step.body) = (Method::GET, Bytes::new());
                }
                step.url = self.absolute(page.address(), target);
            } else if let Some(form) = page.submitted_form() {
                let pairs = form_urlencoded::Serializer::new(String::new())
                    .extend_pairs(&form.fields)
                    .finish();
                step = Step {
                    method: Method::POST,
                    url: self.absolute(page.address(), &form.action),
                    body: pairs.into(),
                    from,
                };
            } else {
                return page;
            }
        }
    }

    /// Sends one request of a navigation.
    async fn follow(&self, step: &Step, visited: Vec<Url>) -> Page {
        let site = site(step.from.as_ref(), &step.url);
        let mut request = Request::builder()
            .method(step.method.clone())
            .header(
                header::ACCEPT,
                "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            )
            .header(FETCH_SITE, site)
            .header(FETCH_MODE, "navigate")
            .header(FETCH_DEST, "document");
        if step.method == Method::POST {
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
            if let Some(from) = &step.from {
                request = request.header(header::ORIGIN, from.origin().ascii_serialization());
            }
        }
        let request = request.body(step.body.clone()).expect("valid headers");
        let navigation = Navigation {
            is_cross_site: site == "cross-site",
            is_safe: step.method == Method::GET,
        };
        self.exchange(request, step.url.clone(), navigation, visited)
            .await
    }

    async fn exchange(
        &self,
        mut request: Request<Bytes>,
        url: Url,
        navigation: Navigation,
        mut visited: Vec<Url>,
    ) -> Page {
        let host = url[url::Position::BeforeHost..url::Position::AfterPort].to_owned();
        let target = url[url::Position::BeforePath..url::Position::AfterQuery].to_owned();
        *request.uri_mut() = target.parse().expect("a path and a query");
        let cookies = self.jar().header(&url, navigation);
        let headers = request.headers_mut();
        let host = HeaderValue::from_str(&host).expect("an ASCII host");
        headers.entry(header::HOST).or_insert(host);
        if !cookies.is_empty() {
            let cookies = HeaderValue::from_str(&cookies).expect("ASCII cookies");
            headers.entry(header::COOKIE).or_insert(cookies);
        }
        let request = request.map(Full::new);
        let answer = if self.is_issuer(&url) {
            wire::send(&url, request).await
        } else {
            self.application.call(request).await
        };
        self.jar().keep(&url, answer.headers());
        visited.push(url);
        Page::new(answer, visited)
    }

    fn is_issuer(&self, url: &Url) -> bool {
        url.origin() == parsed(&self.issuer.config.origin).origin()
    }

    fn absolute(&self, base: &Url, target: &str) -> Url {
        match base.join(target) {
            Ok(url) => url,
            Err(error) => panic!("{target} is not a URL: {error}"),
        }
    }

    fn jar(&self) -> MutexGuard<'_, Jar> {
        self.jar.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Shows no cookies: they are credentials.
impl fmt::Debug for Browser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Browser")
            .field("origin", &self.origin.as_str())
            .finish_non_exhaustive()
    }
}

fn parsed(url: &str) -> Url {
    match Url::parse(url) {
        Ok(url) => url,
        Err(error) => panic!("{url} is not a URL: {error}"),
    }
}

/// Returns the value of `Sec-Fetch-Site`. Hosts count as sites here.
fn site(from: Option<&Url>, to: &Url) -> &'static str {
    match from {
        None => "none",
        Some(from) if from.origin() == to.origin() => "same-origin",
        Some(from) if from.host() == to.host() => "same-site",
        Some(_) => "cross-site",
    }
}
