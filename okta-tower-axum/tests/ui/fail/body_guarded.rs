use std::convert::Infallible;

use axum::http::{Request, Response};
use okta_tower::Require;
use tower::{Service, ServiceBuilder};

struct Page;

async fn page(_: Request<()>) -> Result<Response<Page>, Infallible> {
    Ok(Response::new(Page))
}

fn serve<S: Service<Request<()>>>(_: S) {}

fn main() {
    let guard = Require::group("admin").layer();
    serve(ServiceBuilder::new().layer(guard).service_fn(page));
}
