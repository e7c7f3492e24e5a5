//! A request through the layer, warm: by bearer token and by sealed session cookie, beside the bare service.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    hint::black_box,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use http::{HeaderName, HeaderValue, Request, Response, header};
use okta_tower::{Body, Okta, SignIn};
use okta_tower_test::{Client, Issuer};
use tower::{Layer, Service, ServiceExt};

use crate::now;

const ROUNDS: usize = 400;
const REPEATS: u32 = 500;
const CALLBACK: &str = "http://localhost:3000/authorization-code/callback";

/// Answers at once.
#[derive(Clone)]
struct Bare;

impl Service<Request<()>> for Bare {
    type Response = Response<()>;
    type Error = Infallible;
    type Future = Ready<Result<Response<()>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<()>) -> Self::Future {
        black_box(&request);
        ready(Ok(Response::new(())))
    }
}

pub(crate) async fn run(issuer: &Issuer, bearer: &Okta, token: &str) {
    issuer.register(Client::with_secret("0oaBench", "s3cr3t").redirect_uri(CALLBACK));
    let sessions = Okta::builder(issuer.url())
        .client_id("0oaBench")
        .client_secret("s3cr3t")
        .sign_in(SignIn::new().redirect_uri(CALLBACK).offline_access())
        .danger()
        .allow_http_on_loopback()
        .start()
        .await
        .unwrap();
    let cookie = sign_in(issuer, &sessions).await;
    println!("session cookies of {} bytes", cookie.len());
    let bearer_value = HeaderValue::from_str(&format!("Bearer {token}")).unwrap();
    let cookie_value = HeaderValue::from_str(&cookie).unwrap();

    let (mut bare, mut by_token, mut by_cookie) =
        (Bare, bearer.layer().layer(Bare), sessions.layer().layer(Bare));
    let mut cases: [(&str, Box<dyn FnMut()>, Vec<Duration>); 3] = [
        ("bare service", Box::new(|| one(&mut bare, header::AUTHORIZATION, &bearer_value)), Vec::new()),
        ("layer, warm bearer token", Box::new(|| one(&mut by_token, header::AUTHORIZATION, &bearer_value)), Vec::new()),
        ("layer, warm session cookie", Box::new(|| one(&mut by_cookie, header::COOKIE, &cookie_value)), Vec::new()),
    ];
    for _ in 0..ROUNDS {
        for (_, run, times) in &mut cases {
            let start = Instant::now();
            for _ in 0..REPEATS {
                run();
            }
            times.push(start.elapsed() / REPEATS);
        }
    }
    let mut medians = Vec::new();
    for (name, _, times) in &mut cases {
        times.sort();
        let median = times[times.len() / 2];
        println!("{name:34} {median:>12.1?}");
        medians.push(median.as_secs_f64());
    }
    let [bare, token, cookie] = medians[..] else { unreachable!() };
    println!(
        "a session request is {:.2} of a bearer request ({:.2} of what the layer adds to it)",
        cookie / token,
        (cookie - bare) / (token - bare)
    );
}

fn one<S: Service<Request<()>, Response = Response<()>, Error = Infallible>>(
    service: &mut S,
    name: HeaderName,
    value: &HeaderValue,
) {
    let mut request = Request::new(());
    request.headers_mut().insert(name, value.clone());
    let response = now(service.call(request)).unwrap();
    assert_eq!(response.status(), 200);
}

/// The cookies of a person who has signed in.
async fn sign_in(issuer: &Issuer, okta: &Okta) -> String {
    let ask = |url: String, cookies: String| {
        let request = Request::get(url).header(header::COOKIE, cookies);
        okta.sign_in_service().oneshot(request.body(Body::default()).unwrap())
    };
    let kept = |response: &Response<Body>| {
        let fields = response.headers().get_all(header::SET_COOKIE).iter();
        let pairs = fields.map(|field| field.to_str().unwrap().split(';').next().unwrap().to_owned());
        pairs.filter(|pair| !pair.ends_with('=')).collect::<Vec<_>>().join("; ")
    };
    let started = ask("/login".into(), String::new()).await.unwrap();
    let location = started.headers()[header::LOCATION].to_str().unwrap();
    let callback = issuer.authorize_as("admin", location).url();
    kept(&ask(callback, kept(&started)).await.unwrap())
}
