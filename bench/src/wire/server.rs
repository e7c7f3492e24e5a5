//! An Axum server on a thread of its own, with or without the layer.

use std::thread;

use axum::{Router, routing::get};
use okta_tower::Okta;

/// Starts it, for as long as this process lives, and tells its port.
pub(super) fn start(okta: Option<&Okta>) -> u16 {
    let mut router = Router::new().route("/", get(|| async { "ok" }));
    if let Some(okta) = okta {
        router = router.layer(okta.layer());
    }
    let socket = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    socket.set_nonblocking(true).expect("a setting");
    let port = socket.local_addr().expect("an address").port();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(socket).expect("a listener");
            axum::serve(listener, router).await.expect("it serves");
        });
    });
    port
}
