use std::convert::Infallible;

use axum::{
    body::Body,
    http::{Request, Response},
};
use okta_tower::Okta;
use tower::{Service, ServiceBuilder};
use tower_http::trace::TraceLayer;

async fn hello(_: Request<Body>) -> Result<Response<Body>, Infallible> {
    Ok(Response::new(Body::empty()))
}

fn serve<S: Service<Request<Body>>>(_: S) {}

fn app(okta: &Okta) {
    let layers = ServiceBuilder::new();
    let layers = layers.layer(TraceLayer::new_for_http());
    let layers = layers.layer(okta.layer());
    serve(layers.service_fn(hello));
}

fn main() {
    let _ = app;
}
