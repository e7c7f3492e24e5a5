//! An Axum server on a thread of its own, with or without a layer.

use std::{convert::Infallible, sync::mpsc, thread};

use axum::{
    Router, ServiceExt, extract::Request, response::Response, routing::get, serve::IncomingStream,
};
use okta_tower::Okta;
use tokio::net::TcpListener;
use tower::{Layer, Service, layer::layer_fn};

use super::cpu::Tasks;
use crate::baseline::Baseline;

/// The layer in front of the handler.
pub(crate) enum Front<'o> {
    Nothing,
    /// A layer that does nothing: Axum's own cost of a layer.
    Idle,
    /// The baseline layer, which accepts this token.
    Baseline(&'o str),
    /// `Router::layer`, the usual place.
    Okta(&'o Okta),
    /// The layer around the router, so that Axum does not box the layer's service.
    Around(&'o Okta),
}

/// Starts a server that runs until the process ends. Returns its port and its thread.
pub(crate) fn start(front: Front<'_>) -> (u16, Tasks) {
    let router = Router::new().route("/", get(|| async { "ok" }));
    let router = match front {
        Front::Nothing => router,
        Front::Idle => router.layer(layer_fn(|service| service)),
        Front::Baseline(token) => {
            let token = token.to_owned();
            router.layer(layer_fn(move |service| Baseline::new(&token, service)))
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
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        sender.send(Tasks::this_thread()).expect("a receiver");
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            let listener = TcpListener::from_std(socket).expect("a listener");
            axum::serve(listener, make).await.expect("it serves");
        });
    });
    (port, receiver.recv().expect("the thread runs"))
}
