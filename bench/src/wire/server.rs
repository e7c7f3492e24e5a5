//! An Axum server on a thread of its own, with or without a layer.

use std::{convert::Infallible, sync::mpsc, thread};

use axum::{
    Router, ServiceExt, extract::Request, response::Response, routing::get, serve::IncomingStream,
};
use okta_tower::Okta;
use tokio::net::TcpListener;
use tower::{Layer, Service, layer::layer_fn};

use super::cpu::Tasks;
use crate::least::Least;

/// What stands in front of the handler.
pub(super) enum Front<'o> {
    Nothing,
    /// A layer that does nothing: what Axum itself takes for having one.
    Idle,
    /// The least that lets this token through.
    Least(&'o str),
    /// `Router::layer`, as most have it.
    Okta(&'o Okta),
    /// The router inside the layer: Axum has no box to put the layer's future into.
    Around(&'o Okta),
}

/// Starts it, for as long as this process lives, and tells its port and its thread.
pub(super) fn start(front: Front<'_>) -> (u16, Tasks) {
    let router = Router::new().route("/", get(|| async { "ok" }));
    let router = match front {
        Front::Nothing => router,
        Front::Idle => router.layer(layer_fn(|service| service)),
        Front::Least(token) => {
            let token = token.to_owned();
            router.layer(layer_fn(move |service| Least::new(&token, service)))
        }
        Front::Okta(okta) => router.layer(okta.layer()),
        Front::Around(okta) => {
            let service = okta.layer().layer(router.with_state(()));
            return serve(ServiceExt::<Request>::into_make_service(service));
        }
    };
    serve(router.into_make_service())
}

fn serve<M, S>(make: M) -> (u16, Tasks)
where
    M: for<'l> Service<
            IncomingStream<'l, TcpListener>,
            Response = S,
            Error = Infallible,
            Future: Send,
        > + Send
        + 'static,
    S: Service<Request, Response = Response, Error = Infallible, Future: Send>
        + Clone
        + Send
        + 'static,
{
    let socket = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    socket.set_nonblocking(true).expect("a setting");
    let port = socket.local_addr().expect("an address").port();
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        tell.send(Tasks::this_thread()).expect("somebody asks");
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            let listener = TcpListener::from_std(socket).expect("a listener");
            axum::serve(listener, make).await.expect("it serves");
        });
    });
    (port, told.recv().expect("the thread is there"))
}
