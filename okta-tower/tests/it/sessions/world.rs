//! An application that users sign in to with browsers.

use std::convert::Infallible;

use bytes::Bytes;
use http::{
    HeaderMap, Request, Response, StatusCode,
    header::{COOKIE, LOCATION, SET_COOKIE},
    request::Builder,
};
use okta_tower::{Okta, OktaBuilder, SignIn, Verified, Via, auth, session::Session};
use okta_tower_test::{Client, Issuer, ManualClock, TokenBuilder, User};
use tower::Service;

use crate::world::{
    cookies::{self, Jar},
    okta,
};

pub(crate) use crate::world::{
    World,
    answer::{Answer, Body, ask},
};

pub(crate) const ORIGIN: &str = "http://localhost:3000";
const CALLBACK: &str = "http://localhost:3000/authorization-code/callback";
pub(crate) const KEY: &str = "8eAVWYOB7ShzLMsvVkDl9dGmTgBtWmS1k4Yi_sC0Kpc";
pub(crate) const OTHER_KEY: &str = "bqQ1s9dXo3w-0PvGzJUyTnC5mL7R2hEaFfKiB84tZYk";

/// Seconds after a sign-in until the session is due for a refresh: the access token lasts an hour.
pub(crate) const DUE: u64 = 3550;

/// A world whose issuer has a user and knows the application as a client.
pub(crate) async fn world() -> World {
    world_with(sign_in()).await
}

pub(crate) async fn world_with(sign_in: SignIn) -> World {
    world_on(ManualClock::new(), sign_in).await
}

/// On a clock that the test shares with something else.
pub(crate) async fn world_on(clock: ManualClock, sign_in: SignIn) -> World {
    world_set(clock, sign_in, |okta| okta).await
}

/// With other settings of the application.
pub(crate) async fn world_set(
    clock: ManualClock,
    sign_in: SignIn,
    set: impl FnOnce(OktaBuilder) -> OktaBuilder,
) -> World {
    let issuer = Issuer::builder()
        .clock(clock.clone())
        .client(Client::with_secret("web", "secret").redirect_uri(CALLBACK))
        .user(User::new("ada@example.com").groups(["viewer"]))
        .start()
        .await
        .unwrap();
    World::on(issuer, clock, |okta| set(client(okta).sign_in(sign_in))).await
}

fn client(okta: OktaBuilder) -> OktaBuilder {
    okta.client_id("web").client_secret("secret")
}

pub(crate) fn sign_in() -> SignIn {
    SignIn::new()
        .redirect_uri(CALLBACK)
        .offline_access()
        .cookie_keys(KEY)
        .cookie_name("okta_session")
}

impl World {
    /// Another process of the same application.
    pub(crate) async fn another_process(&self, sign_in: SignIn) -> Okta {
        okta(&self.issuer, &self.clock, |okta| {
            client(okta).sign_in(sign_in)
        })
        .await
    }

    /// A browser in which Ada has signed in.
    pub(crate) async fn signed_in(&self) -> Browser {
        let mut browser = Browser::default();
        self.sign_in(&mut browser).await;
        browser
    }

    /// Ada signs in, whatever this browser had before.
    pub(crate) async fn sign_in(&self, browser: &mut Browser) {
        let service = self.okta.sign_in_service();
        let answer = browser.ask(&service, Request::get("/login")).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{answer:?}");
        let location = answer.header(LOCATION.as_str()).unwrap();
        let callback = self.issuer.authorize_as("ada@example.com", location);
        let url = callback.url();
        let target = url.strip_prefix(ORIGIN).unwrap();
        let answer = browser.ask(&service, Request::get(target)).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{answer:?}");
        assert!(browser.session().is_some(), "{answer:?}");
    }

    /// Lets time pass, and uses a browser's session on the way so that it does not idle out.
    pub(crate) async fn use_for(&self, browser: &mut Browser, seconds: u64) {
        let service = tower::Layer::layer(&self.okta.layer(), tower::service_fn(who));
        let mut left = seconds;
        while left > 0 {
            let step = left.min(1800);
            left -= step;
            self.advance(step);
            if left > 0 {
                let answer = browser.ask(&service, Request::get("/")).await;
                assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
            }
        }
    }

    pub(crate) fn machine_token(&self) -> TokenBuilder {
        self.issuer.token().user("machine@example.com")
    }
}

impl Answer {
    /// Whether the response sets or removes cookies.
    pub(crate) fn sets_cookies(&self) -> bool {
        self.headers.contains_key(SET_COOKIE)
    }
}

/// Answers with the kind of caller.
pub(crate) async fn who(request: Request<Body>) -> Result<Response<Body>, Infallible> {
    let text = match auth::caller(request.extensions()) {
        Ok(Some(caller)) => match caller.via() {
            Via::Session => "a session".to_owned(),
            _ => format!("bearer {}", caller.subject()),
        },
        Ok(None) => "nobody".to_owned(),
        Err(_) => "no layer".to_owned(),
    };
    Ok(Response::new(text.into()))
}

/// Rejects like an extractor that needs a caller: with the error in the extensions.
pub(crate) async fn strict(request: Request<Body>) -> Result<Response<Body>, Infallible> {
    match auth::require_caller(request.extensions()) {
        Ok(_) => who(request).await,
        Err(error) => {
            let head = auth::RequestHead::of(&request);
            let refusal = auth::Refusal::of(error, head);
            Ok(refusal.response(Body::from("an extractor's own words")))
        }
    }
}

/// Refreshes the caller's session.
pub(crate) async fn checkout(request: Request<Body>) -> Result<Response<Body>, Infallible> {
    let caller = request.extensions().get::<Verified>().unwrap();
    let session = Session::<okta_tower::NoExtra>::of(caller).unwrap();
    session.refresh_now().await.unwrap();
    Ok(Response::new(Body::from("refreshed")))
}

/// A browser: its cookies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Browser(Jar);

impl Browser {
    /// Sends a request with its cookies, and stores those of the response.
    pub(crate) async fn ask<S, B>(&mut self, service: &S, request: Builder) -> Answer
    where
        S: Service<Request<Body>, Response = Response<B>, Error = Infallible> + Clone,
        B: http_body::Body<Data = Bytes>,
        B::Error: std::fmt::Debug,
    {
        let answer = ask(service, self.with(request)).await;
        self.take(&answer.headers);
        answer
    }

    pub(crate) fn with(&self, request: Builder) -> Builder {
        if self.0.is_empty() {
            return request;
        }
        request.header(COOKIE, self.cookies())
    }

    /// The cookies as the `Cookie` header has them.
    pub(crate) fn cookies(&self) -> String {
        cookies::header(&self.0)
    }

    pub(crate) fn take(&mut self, headers: &HeaderMap) {
        cookies::take(&mut self.0, headers);
    }

    pub(crate) fn session(&self) -> Option<&str> {
        self.0.get("okta_session").map(String::as_str)
    }

    pub(crate) fn set_session(&mut self, value: &str) {
        self.0.insert("okta_session".to_owned(), value.to_owned());
    }
}

/// A GET of a browser that opens a page.
pub(crate) fn navigation(target: &str) -> Builder {
    Request::get(target)
        .header("sec-fetch-mode", "navigate")
        .header("sec-fetch-dest", "document")
        .header("accept", "text/html,*/*;q=0.8")
}

/// A GET of a page's script.
pub(crate) fn fetch(target: &str) -> Builder {
    Request::get(target)
        .header("sec-fetch-mode", "cors")
        .header("sec-fetch-dest", "empty")
        .header("accept", "application/json")
}
