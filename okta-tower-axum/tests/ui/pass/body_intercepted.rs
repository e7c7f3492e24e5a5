use std::convert::Infallible;

use axum::http::{Request, Response};
use okta_tower::Okta;
use tonic::{Status, body::Body, service::InterceptorLayer};
use tower::{Service, ServiceBuilder};
use tower_http::map_response_body::MapResponseBodyLayer;

async fn hello(_: Request<Body>) -> Result<Response<Body>, Infallible> {
    Ok(Response::new(Body::empty()))
}

fn intercept(call: tonic::Request<()>) -> Result<tonic::Request<()>, Status> {
    Ok(call)
}

fn serve<S: Service<Request<Body>>>(_: S) {}

fn app(okta: &Okta) {
    let layers = ServiceBuilder::new().layer(okta.layer());
    let layers = layers.layer(MapResponseBodyLayer::new(Body::new));
    let layers = layers.layer(InterceptorLayer::new(intercept));
    serve(layers.service_fn(hello));
}

fn main() {
    let _ = app;
}
