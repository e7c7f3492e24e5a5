//! The contract of `poll_ready`: the inner service that was polled ready is the one that is called, at once or after a
//! wait, with whatever bodies and services there are.

#[path = "layer/challenge.rs"]
#[allow(dead_code, reason = "shared with the tests of the layer")]
mod challenge;
#[path = "layer/world.rs"]
#[allow(dead_code, reason = "shared with the tests of the layer")]
mod world;

use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response, StatusCode, header::AUTHORIZATION};
use http_body::Frame;
use http_body_util::BodyExt;
use okta_tower::{
    Okta, Require, RouteRules, Verified,
    auth::{AuthLayer, AuthService, EmptyBody, Problem, ResponseFuture},
};
use okta_tower_test::{Endpoint, HeldAnswer};
use tokio::{sync::mpsc, task::yield_now};
use tower::{Layer, Service, ServiceBuilder, ServiceExt, buffer::Buffer, service_fn};

use crate::world::{Body, World, ask, to, who, with};

/// How many requests may be in the inner service at once.
const LIMIT: usize = 2;

/// Says no to being called without having been polled ready, and keeps count. A clone has not been polled.
#[derive(Debug, Default)]
struct Picky {
    is_ready: bool,
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    running: AtomicUsize,
    most: AtomicUsize,
    served: AtomicUsize,
}

impl Clone for Picky {
    fn clone(&self) -> Self {
        let counts = Arc::clone(&self.counts);
        Self {
            is_ready: false,
            counts,
        }
    }
}

impl Service<Request<Body>> for Picky {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.is_ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        assert!(self.is_ready, "called without having been polled ready");
        assert!(request.extensions().get::<Verified>().is_some());
        self.is_ready = false;
        let counts = Arc::clone(&self.counts);
        let running = counts.running.fetch_add(1, Ordering::SeqCst) + 1;
        counts.most.fetch_max(running, Ordering::SeqCst);
        Box::pin(async move {
            yield_now().await;
            counts.running.fetch_sub(1, Ordering::SeqCst);
            counts.served.fetch_add(1, Ordering::SeqCst);
            Ok(Response::new(Body::from("served")))
        })
    }
}

impl Picky {
    fn served(&self) -> usize {
        self.counts.served.load(Ordering::SeqCst)
    }

    fn most(&self) -> usize {
        self.counts.most.load(Ordering::SeqCst)
    }
}

/// A key that nobody knows yet signs the token, and the answer that would bring it is held back.
async fn unknown_key(world: &World) -> (String, HeldAnswer) {
    world.clock.wait_for_sleepers(1).await;
    world.clock.advance(Duration::from_secs(11));
    world.issuer.rotate_in_emergency();
    let held = world.issuer.hold_next(Endpoint::Keys);
    (world.token().sign(), held)
}

fn waits(okta: &Okta) -> u64 {
    okta.metrics()
        .get("okta_tower_key_waits_total", "")
        .unwrap()
}

async fn wait_for_waiters(okta: &Okta, count: u64) {
    while waits(okta) < count {
        yield_now().await;
    }
}

#[tokio::test]
async fn on_the_warm_path_a_concurrency_limit_holds_and_every_request_is_served() {
    let world = World::start().await;
    let picky = Picky::default();
    let service = ServiceBuilder::new()
        .layer(world.okta.layer())
        .concurrency_limit(LIMIT)
        .service(picky.clone());
    let token = world.token().sign();
    let requests: Vec<_> = (0..9)
        .map(|_| {
            let (service, token) = (service.clone(), token.clone());
            tokio::spawn(async move { ask(&service, with(&token)).await })
        })
        .collect();
    for request in requests {
        assert_eq!(request.await.unwrap().body, "served");
    }
    assert_eq!((picky.served(), picky.most()), (9, LIMIT));
}

#[tokio::test]
async fn on_the_waiting_path_a_concurrency_limit_holds_and_every_request_is_served() {
    let world = World::start().await;
    let picky = Picky::default();
    let service = ServiceBuilder::new()
        .layer(world.okta.layer())
        .concurrency_limit(LIMIT)
        .service(picky.clone());
    let (token, held) = unknown_key(&world).await;
    let requests: Vec<_> = (0..9)
        .map(|_| {
            let (service, token) = (service.clone(), token.clone());
            tokio::spawn(async move { ask(&service, with(&token)).await })
        })
        .collect();
    held.arrived().await;
    wait_for_waiters(&world.okta, LIMIT as u64).await;
    assert_eq!(picky.served(), 0);
    held.release();
    for request in requests {
        assert_eq!(request.await.unwrap().body, "served");
    }
    assert_eq!(picky.served(), 9);
    assert!(picky.most() <= LIMIT, "{}", picky.most());
    assert_eq!(world.issuer.requests(Endpoint::Keys), 2);
}

#[tokio::test]
async fn one_handle_can_have_several_requests_waiting_and_goes_on_with_others_meanwhile() {
    let world = World::start().await;
    let picky = Picky::default();
    let mut service = world.okta.layer().layer(picky.clone());
    let good = world.token().sign();
    let (token, held) = unknown_key(&world).await;
    let request = |token: &str| with(token).body(Body::default()).unwrap();

    let mut waiting = Vec::new();
    for count in 1..=3 {
        let future = service.ready().await.unwrap().call(request(&token));
        waiting.push(tokio::spawn(future));
        wait_for_waiters(&world.okta, count).await;
        // The handle is as good as before: it was given a clone, which is polled anew.
        let response = service.ready().await.unwrap().call(request(&good)).await;
        assert_eq!(response.unwrap().status(), StatusCode::OK);
    }
    assert_eq!(picky.served(), 3);
    held.arrived().await;
    held.release();
    for future in waiting {
        assert_eq!(future.await.unwrap().unwrap().status(), StatusCode::OK);
    }
    assert_eq!(picky.served(), 6);
}

#[tokio::test]
async fn a_request_whose_key_does_not_come_is_refused_and_the_inner_service_is_not_called() {
    let world = World::start().await;
    let picky = Picky::default();
    let service = world.okta.layer().layer(picky.clone());
    let (_, held) = unknown_key(&world).await;
    let token = world.token().header("kid", "never-published").sign();
    let request = tokio::spawn(async move { ask(&service, with(&token)).await });
    held.arrived().await;
    // The wait of two seconds, beside the fetch that is held back.
    world.clock.wait_for_sleepers(1).await;
    world.clock.advance(Duration::from_secs(2));
    let answer = request.await.unwrap();
    assert_eq!(
        (answer.status, answer.reason()),
        (StatusCode::UNAUTHORIZED, Some("unknown_key"))
    );
    assert_eq!(picky.served(), 0);
    assert_eq!(waits(&world.okta), 1, "and it waits once");
}

#[tokio::test]
async fn a_public_route_does_not_wait_for_anybodys_key_and_the_route_beside_it_does() {
    let world = World::start().await;
    let table = RouteRules::new()
        .at("/", Require::authenticated())
        .at("/health", Require::public())
        .build()
        .unwrap();
    let service = world.okta.layer().rules(table).layer(service_fn(who));
    let (token, held) = unknown_key(&world).await;
    assert_eq!(
        ask(&service, to("/health", &token)).await.body,
        "hello nobody"
    );
    assert_eq!(waits(&world.okta), 0);
    let request = tokio::spawn(async move { ask(&service, with(&token)).await });
    wait_for_waiters(&world.okta, 1).await;
    held.release();
    assert_eq!(request.await.unwrap().body, "hello ada@example.com");
}

#[tokio::test]
async fn a_waiting_request_that_is_dropped_gives_its_place_back_and_cancels_no_fetch() {
    let world = World::start().await;
    let picky = Picky::default();
    let service = ServiceBuilder::new()
        .layer(world.okta.layer())
        .concurrency_limit(1)
        .service(picky.clone());
    let good = world.token().sign();
    let (token, held) = unknown_key(&world).await;
    let caller = tokio::spawn({
        let (service, token) = (service.clone(), token.clone());
        async move { ask(&service, with(&token)).await }
    });
    wait_for_waiters(&world.okta, 1).await;
    held.arrived().await;
    caller.abort();
    assert!(caller.await.unwrap_err().is_cancelled());

    // The one place of the inner service is free again.
    assert_eq!(ask(&service, with(&good)).await.body, "served");
    // And the fetch goes on, for whoever comes next.
    held.release();
    assert_eq!(ask(&service, with(&token)).await.body, "served");
    assert_eq!(world.issuer.requests(Endpoint::Keys), 2);
}

#[tokio::test]
async fn a_refused_request_gives_its_place_back() {
    let world = World::start().await;
    let service = ServiceBuilder::new()
        .layer(world.okta.layer())
        .concurrency_limit(1)
        .service(Picky::default());
    for _ in 0..3 {
        assert_eq!(
            ask(&service, with("a.b.c")).await.status,
            StatusCode::UNAUTHORIZED
        );
        assert_eq!(
            ask(&service, with(&world.token().sign())).await.body,
            "served"
        );
    }
}

/// One of a kind.
struct Unique(Picky);

impl Service<Request<Body>> for Unique {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = <Picky as Service<Request<Body>>>::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        self.0.call(request)
    }
}

#[tokio::test]
async fn a_service_that_cannot_be_cloned_is_served_from_behind_a_buffer() {
    let world = World::start().await;
    let picky = Picky::default();
    let service = ServiceBuilder::new()
        .layer(world.okta.layer())
        .service(Buffer::new(Unique(picky.clone()), 4));
    let good = world.token().sign();
    let (token, held) = unknown_key(&world).await;
    let request = |token: &str| with(token).body(Body::default()).unwrap();
    let waiting = tokio::spawn(service.clone().oneshot(request(&token)));
    wait_for_waiters(&world.okta, 1).await;
    assert_eq!(
        service
            .clone()
            .oneshot(request(&good))
            .await
            .unwrap()
            .status(),
        StatusCode::OK
    );
    let refused = service.clone().oneshot(request("a.b.c")).await.unwrap();
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    held.release();
    assert_eq!(waiting.await.unwrap().unwrap().status(), StatusCode::OK);
    assert_eq!(picky.served(), 2);
}

/// A body whose pieces come when somebody sends them. The default one has ended.
struct Stream(mpsc::Receiver<Bytes>);

impl Default for Stream {
    fn default() -> Self {
        Self(mpsc::channel(1).1)
    }
}

impl http_body::Body for Stream {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0
            .poll_recv(context)
            .map(|piece| piece.map(|piece| Ok(Frame::data(piece))))
    }
}

async fn mirror(request: Request<Stream>) -> Result<Response<Stream>, Infallible> {
    Ok(Response::new(request.into_body()))
}

#[tokio::test]
async fn bodies_stream_through_in_both_directions_and_nothing_is_held_back() {
    let world = World::start().await;
    let service = world.okta.layer().layer(service_fn(mirror));
    let (send, receive) = mpsc::channel(1);
    let request = with(&world.token().sign()).body(Stream(receive)).unwrap();
    let mut body = service.clone().oneshot(request).await.unwrap().into_body();
    for piece in ["one", "two", "three"] {
        send.send(Bytes::from(piece)).await.unwrap();
        let frame = body.frame().await.unwrap().unwrap();
        assert_eq!(frame.into_data().unwrap(), piece);
    }
    drop(send);
    assert!(body.frame().await.is_none());

    // A refusal does not wait for the request's body, and has ended itself.
    let (_send, receive) = mpsc::channel(1);
    let refused = service
        .oneshot(with("a.b.c").body(Stream(receive)).unwrap())
        .await
        .unwrap();
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    assert!(refused.into_body().frame().await.is_none());
}

#[tokio::test]
async fn neither_the_body_nor_the_service_needs_to_be_send() {
    let world = World::start().await;
    let good = world.token().sign();
    let (token, held) = unknown_key(&world).await;
    let local = tokio::task::LocalSet::new();
    local
        .run_until(async {
            let seen = Rc::new(AtomicUsize::new(0));
            let service = world
                .okta
                .layer()
                .layer(service_fn(|request: Request<Rc<str>>| {
                    let seen = Rc::clone(&seen);
                    async move {
                        seen.fetch_add(request.body().len(), Ordering::SeqCst);
                        Ok::<_, Infallible>(Response::new(Rc::new(Body::default())))
                    }
                }));
            let request = |token: &str| with(token).body(Rc::from("four")).unwrap();
            let wait = service.clone().oneshot(request(&token));
            let release = async {
                wait_for_waiters(&world.okta, 1).await;
                let warm = service.clone().oneshot(request(&good)).await.unwrap();
                assert_eq!(warm.status(), StatusCode::OK);
                held.release();
            };
            let (waited, ()) = tokio::join!(wait, release);
            assert_eq!(waited.unwrap().status(), StatusCode::OK);
            let refused = service.oneshot(request("a.b.c")).await.unwrap();
            assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
            assert_eq!(seen.load(Ordering::SeqCst), 8);
        })
        .await;
}

#[tokio::test]
async fn an_error_of_the_inner_service_is_handed_on_as_it_is() {
    #[derive(Debug, PartialEq)]
    struct Own(u8);
    let world = World::start().await;
    let failing = service_fn(|_: Request<Body>| async { Err::<Response<Body>, Own>(Own(7)) });
    let service = world.okta.layer().layer(failing);
    let request = |token: &str| with(token).body(Body::default()).unwrap();
    let error = service
        .clone()
        .oneshot(request(&world.token().sign()))
        .await
        .unwrap_err();
    assert_eq!(error, Own(7));
    let refused = service.oneshot(request("a.b.c")).await.unwrap();
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_same_connection_can_have_several_callers_in_turn() {
    let world = World::start().await;
    let mut service = world.okta.layer().optional().layer(service_fn(who));
    let ada = world.token().sign();
    let eve = world.issuer.token().user("eve@example.com").sign();
    for (token, name) in [
        (Some(&ada), "ada@example.com"),
        (None, "nobody"),
        (Some(&eve), "eve@example.com"),
    ] {
        let mut request = Request::new(Body::default());
        if let Some(token) = token {
            let value = format!("Bearer {token}").parse().unwrap();
            request.headers_mut().insert(AUTHORIZATION, value);
        }
        let response = service.ready().await.unwrap().call(request).await.unwrap();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(body, format!("hello {name}"));
    }
}

const fn is_send<T: Send>() {}
const fn is_send_sync_clone<T: Send + Sync + Clone>() {}

/// Compiles, and that is the test: the future is `Send` where its parts are, and the bodies need not be `Sync`.
#[allow(dead_code, reason = "the compiler is who reads it")]
const fn futures_are_send_when_their_parts_are<F: Send, S: Send, B: Send, R: Send + Sync>() {
    is_send::<ResponseFuture<F, S, B, R>>();
}

const _: () = {
    is_send_sync_clone::<Okta>();
    is_send_sync_clone::<Verified>();
    is_send_sync_clone::<AuthLayer<EmptyBody>>();
    is_send_sync_clone::<AuthLayer<Problem>>();
    is_send_sync_clone::<AuthService<Picky, Problem>>();
};
