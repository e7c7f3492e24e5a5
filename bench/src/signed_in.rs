//! A signed-in user, in process: `/login`, the issuer and the callback.

use http::{HeaderMap, Request, Response, header};
use okta_tower::{Body, Okta, SignIn};
use okta_tower_test::{Client, Issuer, User};
use tower::ServiceExt;

use crate::request::one;

const CALLBACK: &str = "http://localhost:3000/authorization-code/callback";
const LOGIN: &str = "grace@example.com";

/// Starts okta-tower with sign-in, for an issuer with a user in the given number of groups.
pub(crate) async fn okta(
    issuer: &Issuer,
    groups: usize,
    adapt: impl FnOnce(SignIn) -> SignIn,
) -> Okta {
    issuer.register(Client::with_secret("0oaBench", "s3cr3t").redirect_uri(CALLBACK));
    let names = (0..groups).map(|number| format!("department-{number:04}"));
    issuer.add_user(User::new(LOGIN).name("Grace Hopper").groups(names));
    Okta::builder(issuer.url())
        .client_id("0oaBench")
        .client_secret("s3cr3t")
        .algorithms([issuer.algorithm()])
        // Many groups make long tokens.
        .max_token_bytes(64 << 10)
        .sign_in(adapt(SignIn::new().redirect_uri(CALLBACK).offline_access()))
        .danger()
        .allow_http_on_loopback()
        .start()
        .await
        .expect("the issuer responds")
}

/// Returns the response of `/login`, which redirects the browser to the issuer.
pub(crate) async fn started(okta: &Okta) -> Response<Body> {
    ask(okta, "/login", String::new()).await
}

/// Returns the response of the callback, which sets the session's cookies or shows the problem.
pub(crate) async fn called_back(
    issuer: &Issuer,
    okta: &Okta,
    started: &Response<Body>,
) -> Response<Body> {
    let location = started.headers()[header::LOCATION].to_str().expect("a URL");
    let url = issuer.authorize_as(LOGIN, location).url();
    ask(okta, &url, kept(started)).await
}

/// Returns the headers that a browser sends after sign-in.
pub(crate) async fn headers(issuer: &Issuer, okta: &Okta) -> HeaderMap {
    let started = started(okta).await;
    cookies(&called_back(issuer, okta, &started).await)
}

pub(crate) fn cookies(response: &Response<Body>) -> HeaderMap {
    one(header::COOKIE, &kept(response))
}

async fn ask(okta: &Okta, url: &str, cookies: String) -> Response<Body> {
    let request = Request::get(url)
        .header(header::COOKIE, cookies)
        .body(Body::default())
        .expect("a request");
    okta.sign_in_service()
        .oneshot(request)
        .await
        .expect("a response")
}

/// Returns the cookies that a browser would keep from a response.
fn kept(response: &Response<Body>) -> String {
    let fields = response.headers().get_all(header::SET_COOKIE).iter();
    let pairs = fields.filter_map(|field| field.to_str().ok()?.split(';').next());
    pairs
        .filter(|pair| !pair.ends_with('='))
        .collect::<Vec<_>>()
        .join("; ")
}
