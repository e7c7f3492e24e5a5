//! An application with sign-in, its issuer, and browsers with cookies, on one clock.

use std::{convert::Infallible, time::Duration};

use http::{HeaderMap, HeaderName, Request, Response, StatusCode, header};
use okta_tower::{Body, Okta, OktaBuilder, SignIn, Verified, session::Session};
use okta_tower_test::{Callback, Client, Endpoint, Fault, Issuer, ManualClock};
use tower::{ServiceBuilder, ServiceExt, service_fn, util::BoxCloneService};

use crate::world::{
    self,
    cookies::{self, Jar},
};

pub(crate) const ORIGIN: &str = "http://localhost:3000";
pub(crate) const CALLBACK: &str = "http://localhost:3000/authorization-code/callback";
pub(crate) const CLIENT: &str = "0oaApp";

pub(crate) type App = BoxCloneService<Request<Body>, Response<Vec<u8>>, Infallible>;

pub(crate) struct World {
    pub(crate) issuer: Issuer,
    pub(crate) clock: ManualClock,
    pub(crate) okta: Okta,
    pub(crate) app: App,
}

pub(crate) fn sign_in() -> SignIn {
    SignIn::new()
        .redirect_uri(CALLBACK)
        .cookie_name("okta_session")
}

pub(crate) fn client() -> Client {
    Client::with_secret(CLIENT, "s3cr3t")
        .redirect_uri(CALLBACK)
        .post_logout_redirect_uri(format!("{ORIGIN}/"))
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(sign_in()).await
    }

    pub(crate) async fn with(sign_in: SignIn) -> Self {
        Self::of(client(), |okta| {
            okta.client_secret("s3cr3t").sign_in(sign_in)
        })
        .await
    }

    pub(crate) async fn of(client: Client, set: impl FnOnce(OktaBuilder) -> OktaBuilder) -> Self {
        Self::on(ManualClock::new(), client, set).await
    }

    /// On a clock that the test shares with something else.
    pub(crate) async fn on(
        clock: ManualClock,
        client: Client,
        set: impl FnOnce(OktaBuilder) -> OktaBuilder,
    ) -> Self {
        let issuer = Issuer::builder()
            .clock(clock.clone())
            .client(client)
            .start()
            .await
            .unwrap();
        let set = |okta: OktaBuilder| set(okta.client_id(CLIENT));
        let world::World {
            issuer,
            clock,
            okta,
        } = world::World::on(issuer, clock, set).await;
        let app = app(&okta);
        Self {
            issuer,
            clock,
            okta,
            app,
        }
    }

    /// Starts the application again, with what the issuer's metadata say now.
    pub(crate) async fn restarted(self, sign_in: SignIn) -> Self {
        let set = |okta: OktaBuilder| {
            okta.client_id(CLIENT)
                .client_secret("s3cr3t")
                .sign_in(sign_in)
        };
        let okta = world::okta(&self.issuer, &self.clock, set).await;
        let app = app(&okta);
        Self { okta, app, ..self }
    }

    pub(crate) fn browser(&self) -> Browser {
        Browser {
            app: self.app.clone(),
            cookies: Jar::new(),
        }
    }

    /// Signs in up to Okta's response.
    pub(crate) async fn attempt(&self, browser: &mut Browser, login: &str, who: &str) -> Callback {
        let started = browser.get(login).await;
        assert_eq!(started.status, StatusCode::SEE_OTHER, "{started:?}");
        self.issuer.authorize_as(who, started.location())
    }

    /// Signs in, and returns the last response.
    pub(crate) async fn sign_in(&self, browser: &mut Browser, login: &str, who: &str) -> Seen {
        let callback = self.attempt(browser, login, who).await;
        let answered = browser.get(&callback.url()).await;
        assert_eq!(answered.status, StatusCode::SEE_OTHER, "{answered:?}");
        browser.get(answered.location()).await
    }

    pub(crate) async fn signed_in(&self, who: &str) -> Browser {
        let mut browser = self.browser();
        let done = self.sign_in(&mut browser, "/login", who).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{done:?}");
        browser
    }

    /// The provider rejects the next code, as if another tab had used it.
    pub(crate) fn refuse_next_code(&self) {
        let text = r#"{"error":"invalid_grant"}"#.to_owned();
        let fault = Fault::Answer(StatusCode::BAD_REQUEST, text);
        self.issuer.fault_next(Endpoint::Token, fault);
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }
}

/// Sign-in around the layer around a service that answers with the caller.
pub(crate) fn app(okta: &Okta) -> App {
    let inner = service_fn(|request: Request<Body>| async move {
        let caller = request.extensions().get::<Verified>().unwrap();
        let mut groups: Vec<&str> = caller.groups().iter().collect();
        groups.retain(|group| *group != "Everyone");
        let name = caller.claim("email").and_then(|email| email.as_str());
        let text = format!(
            "{} {} {:?}",
            name.unwrap_or(caller.subject()),
            groups.join(","),
            caller.via()
        );
        let local: Option<String> =
            Session::of(caller).and_then(|session: Session| session.local());
        let text = local.map_or(text.clone(), |local| format!("{text} {local}"));
        Ok::<_, Infallible>(Response::new(text.into_bytes()))
    });
    let service = ServiceBuilder::new()
        .layer(okta.sign_in_layer())
        .layer(okta.layer())
        .service(inner);
    BoxCloneService::new(service)
}

/// Keeps cookies as browsers do, for one origin.
#[derive(Clone)]
pub(crate) struct Browser {
    pub(crate) app: App,
    pub(crate) cookies: Jar,
}

#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Seen {
    pub(crate) fn location(&self) -> &str {
        self.headers[header::LOCATION].to_str().unwrap()
    }

    pub(crate) fn is_sent_to_okta(&self, world: &World) -> bool {
        self.status == StatusCode::SEE_OTHER
            && self.location().starts_with(&world.issuer.authorize_url())
    }

    /// A parameter of the redirect's URL.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        let url = url::Url::parse(self.location()).unwrap();
        let mut pairs = url.query_pairs();
        pairs
            .find(|(found, _)| found == name)
            .map(|(_, value)| value.into_owned())
    }
}

const MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");
const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

impl Browser {
    /// Opens a page, by path or by URL.
    pub(crate) async fn get(&mut self, url: &str) -> Seen {
        let path = url.strip_prefix(ORIGIN).unwrap_or(url);
        let request = Request::get(path)
            .header(header::HOST, "localhost:3000")
            .header(MODE, "navigate")
            .header(DEST, "document");
        self.send(request.body(Body::default()).unwrap()).await
    }

    /// Sends a request of a page's script.
    pub(crate) async fn fetch(&mut self, path: &str) -> Seen {
        let request = Request::get(path)
            .header(MODE, "cors")
            .header(DEST, "empty");
        self.send(request.body(Body::default()).unwrap()).await
    }

    /// Submits a form from a page on `site`, a value of `Sec-Fetch-Site`.
    pub(crate) async fn post(&mut self, url: &str, form: &str, site: &str) -> Seen {
        let path = url.strip_prefix(ORIGIN).unwrap_or(url);
        let request = Request::post(path)
            .header(header::HOST, "localhost:3000")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(MODE, "navigate")
            .header(DEST, "document")
            .header(SITE, site);
        self.send(request.body(Body::from(form.to_owned())).unwrap())
            .await
    }

    pub(crate) async fn send(&mut self, mut request: Request<Body>) -> Seen {
        if !self.cookies.is_empty() {
            let cookies = cookies::header(&self.cookies).parse().unwrap();
            request.headers_mut().insert(header::COOKIE, cookies);
        }
        let response = self.app.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        cookies::take(&mut self.cookies, &head.headers);
        Seen {
            status: head.status,
            headers: head.headers,
            text: String::from_utf8(body).unwrap(),
        }
    }

    pub(crate) fn attempts(&self) -> usize {
        self.cookies
            .keys()
            .filter(|name| name.contains("-attempt-"))
            .count()
    }
}
