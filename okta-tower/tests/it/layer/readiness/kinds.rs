//! Services that are not `Clone` or `Send` or that fail, and slow bodies.

use std::{
    convert::Infallible,
    pin::Pin,
    rc::Rc,
    sync::atomic::{AtomicUsize, Ordering},
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response, StatusCode, header::AUTHORIZATION};
use http_body::Frame;
use http_body_util::BodyExt;
use tokio::sync::mpsc;
use tower::{Layer, Service, ServiceBuilder, ServiceExt, buffer::Buffer, service_fn};

use crate::{
    layer::readiness::picky::{Picky, unknown_key, wait_for_waiters},
    layer::world::{Body, World, who, with},
};

/// A service without `Clone`.
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
async fn service_without_clone_works_behind_a_buffer() {
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

/// A body whose frames come from a channel. The default one has ended.
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
async fn bodies_stream_in_both_directions() {
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

    // A rejection does not wait for the request's body, and its own body has ended.
    let (_send, receive) = mpsc::channel(1);
    let refused = service
        .oneshot(with("a.b.c").body(Stream(receive)).unwrap())
        .await
        .unwrap();
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    assert!(refused.into_body().frame().await.is_none());
}

#[tokio::test]
async fn body_and_service_need_not_be_send() {
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
async fn inner_service_error_is_passed_through() {
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
async fn one_service_serves_different_callers_in_turn() {
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
