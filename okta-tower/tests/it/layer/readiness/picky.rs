//! An inner service that enforces the contract, and a key whose fetch is held back.

use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use http::{Request, Response};
use okta_tower::{Okta, Verified};
use okta_tower_test::{Endpoint, HeldAnswer};
use tokio::task::yield_now;
use tower::Service;

use crate::layer::world::{Body, World};

/// How many requests may be in the inner service at once.
pub(crate) const LIMIT: usize = 2;

/// Panics if called before it was polled ready, and counts calls. A clone has not been polled.
#[derive(Debug, Default)]
pub(crate) struct Picky {
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
    pub(crate) fn served(&self) -> usize {
        self.counts.served.load(Ordering::SeqCst)
    }

    pub(crate) fn most(&self) -> usize {
        self.counts.most.load(Ordering::SeqCst)
    }
}

/// Signs a token with a key that is not fetched yet, and holds back the response with the key.
pub(crate) async fn unknown_key(world: &World) -> (String, HeldAnswer) {
    world.clock.wait_for_sleepers(1).await;
    world.advance(11);
    world.issuer.rotate_in_emergency();
    let held = world.issuer.hold_next(Endpoint::Keys);
    (world.token().sign(), held)
}

pub(crate) fn waits(okta: &Okta) -> u64 {
    okta.metrics()
        .get("okta_tower_key_waits_total", "")
        .unwrap()
}

pub(crate) async fn wait_for_waiters(okta: &Okta, count: u64) {
    while waits(okta) < count {
        yield_now().await;
    }
}
